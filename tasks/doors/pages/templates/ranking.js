"use strict";
// Keys for who ranks much. The page works without them: every key presses what can be clicked.
const form = document.getElementById("vote");
const rows = [...form.querySelectorAll("fieldset")];
const cells = rows.map((row) => [...row.querySelectorAll(".cell")]);
const isChoice = form.dataset.style === "choose";
let at = 0;
let cell = 0;
let isSent = false;

function mark() {
  rows.forEach((row, n) => row.classList.toggle("here", n === at));
  cells.flat().forEach((one) => one.classList.toggle("here", one === cells[at][cell]));
}

function go(row, to = 0) {
  at = Math.min(Math.max(row, 0), rows.length - 1);
  cell = to < 0 ? cells[at].length - 1 : to;
  mark();
  rows[at].scrollIntoView({ block: "nearest" });
}

function step(by) {
  if (cells[at][cell + by]) go(at, cell + by);
  else if (rows[at + by]) go(at + by, by > 0 ? 0 : -1);
}

function press(value) {
  const found = [...cells[at][cell].querySelectorAll("input")].find((one) => one.value === value);
  if (!found) return;
  found.checked = true;
  step(1);
}

function clear() {
  step(-1);
  const inputs = [...cells[at][cell].querySelectorAll("input")];
  inputs.forEach((one) => { one.checked = one.value === ""; });
}

const choices = { 1: "first", 2: "second", t: "tie", 0: "" };
const ways = {
  j: () => go(at + 1),
  k: () => go(at - 1),
  s: () => form.requestSubmit(document.getElementById("skip")),
  u: () => document.getElementById("undo")?.requestSubmit(),
  enter: () => form.requestSubmit(document.getElementById("save")),
  backspace: clear,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const key = event.key.toLowerCase();
  // On a button Enter presses that one.
  if (key === "enter" && event.target.closest("button, a")) return;
  const value = isChoice ? choices[key] : { 0: "" }[key] ?? (/^[1-9]$/.test(key) ? key : undefined);
  if (value === undefined && !ways[key]) return;
  event.preventDefault();
  if (value === undefined) ways[key]();
  else press(value);
});

form.addEventListener("change", (event) => {
  const row = rows.indexOf(event.target.closest("fieldset"));
  go(row, cells[row].indexOf(event.target.closest(".cell")));
});

// A second press while the first is on its way would only be answered with the next item.
document.addEventListener("submit", (event) => {
  if (isSent) event.preventDefault();
  isSent = true;
});
window.addEventListener("pageshow", () => { isSent = false; });
mark();
