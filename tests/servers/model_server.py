"""A small OpenAI-compatible model server on loopback: the one thing that tests fake, behind real HTTP.

Answers depend on the prompt alone, so two runs with the same settings get the same answers. Every
request is logged in memory: that log is the bill. Scripted replies hit every elimination rule.
"""

import asyncio
import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Reply:
    """What the server says to one request."""

    text: str | None = "fine"
    finish_reason: str = "stop"
    status: int = 200
    error: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    raw: str | None = None
    """A body sent as it is, instead of a chat completion."""
    delay_s: float = 0.0


Script = Callable[[str, int], Reply]
"""From the prompt and how often it was asked before, to the reply."""


class ModelServer:
    """The running server: its address and its bill."""

    def __init__(self, script: Script, latency_s: float) -> None:
        self.script = script
        self.latency_s = latency_s
        self.address = ""
        self.asked: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.answered: Counter[str] = Counter()
        self.in_flight = 0
        self.most_in_flight = 0

    @property
    def requests(self) -> int:
        """Requests that arrived."""
        return self.asked.total()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        prompt = body["messages"][-1]["content"]
        self.bodies.append(body)
        before = self.asked[prompt]
        self.asked[prompt] += 1
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            reply = self.script(prompt, before)
            await asyncio.sleep(self.latency_s + reply.delay_s)
        finally:
            self.in_flight -= 1
        if reply.raw is not None:
            return web.Response(text=reply.raw, content_type="text/html", status=reply.status)
        if reply.status != 200:
            error = {"error": {"message": reply.error, "type": "error", "code": None}}
            return web.json_response(error, status=reply.status, headers=reply.headers)
        self.answered[prompt] += 1
        return web.json_response(_completion(body["model"], prompt, reply), headers=reply.headers)


def _completion(model: str, prompt: str, reply: Reply) -> dict[str, Any]:
    counts = len(prompt) // 4 + 1, len(reply.text or "") // 4 + 1
    return {
        "id": "chatcmpl-" + hashlib.sha256(prompt.encode()).hexdigest()[:12],
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [
            {
                "index": 0,
                "finish_reason": reply.finish_reason,
                "message": {"role": "assistant", "content": reply.text},
            }
        ],
        "usage": {
            "prompt_tokens": counts[0],
            "completion_tokens": counts[1],
            "total_tokens": sum(counts),
        },
    }


@contextmanager
def serving(script: Script, *, latency_s: float = 0.0) -> Iterator[ModelServer]:
    """Serve on a free port of loopback for the length of a block."""
    server = ModelServer(script, latency_s)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(_start(server), loop).result()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _start(server: ModelServer) -> web.AppRunner:
    app = web.Application(client_max_size=16 * 1024**2)
    app.router.add_post("/v1/chat/completions", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    sockets = site._server.sockets  # type: ignore[union-attr]
    server.address = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/v1"
    return runner


def kind_of(prompt: str) -> str:
    """Tell an evolver's, a judge's and a responder's prompt apart, as the general pack words them."""
    if prompt.rstrip().endswith("#Verdict#:"):
        return "judge"
    if prompt.rstrip().endswith(("#Rewritten Prompt#:", "#Created Prompt#:")):
        return "evolve"
    return "respond"


def given_in(prompt: str) -> str:
    """Return the instruction inside an evolver's prompt."""
    return prompt.rpartition("#Given Prompt#:\n")[2].rpartition("\n\n#")[0]


def digest(prompt: str) -> str:
    """Return a short name for a prompt, the same in every process."""
    return hashlib.sha256(prompt.encode()).hexdigest()[:8]


def plain(prompt: str, _before: int) -> Reply:
    """Answer everything well: every child is kept."""
    kind = kind_of(prompt)
    if kind == "judge":
        return Reply("Not Equal")
    if kind == "evolve":
        return Reply(f"{given_in(prompt)} Mention the number {digest(prompt)}.")
    return Reply(f"The answer to this is {digest(prompt)}, as the facts show.")


def every_rule(prompt: str, before: int) -> Reply:
    """Answer mostly well, and break each rule of the paper for some prompts, by their hash."""
    kind, lot = kind_of(prompt), int(digest(prompt), 16) % 20
    if kind == "judge" and lot < 3:
        return Reply("Equal" if lot < 2 else "Perhaps.")
    if kind == "evolve" and lot < 3:
        text = f"{given_in(prompt)} See the #Given Prompt# again."
        return Reply(text) if lot < 2 else Reply(status=400, error="this prompt is not allowed")
    if kind == "respond" and lot < 4:
        return Reply("I'm sorry, I cannot do that." if lot < 2 else "... the!")
    return plain(prompt, before)
