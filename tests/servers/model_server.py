"""A small OpenAI-compatible model server on loopback: the one thing that tests fake, behind real HTTP.

Answers depend on the prompt alone, so two runs with the same settings get the same answers. Every
request is logged in memory: that log is the bill. Scripted replies hit every elimination rule, and
break in every way a provider's answer can break.
"""

import asyncio
import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from tests.servers.limits import Limit
from tests.servers.loopback import reset, running_loop

_POLL_S = 0.02


@dataclass
class Reply:
    """What the server says to one request."""

    text: str | None = "fine"
    finish_reason: str | None = "stop"
    status: int = 200
    error: str = ""
    code: str | None = None
    """Of the error, such as insufficient_quota."""
    headers: dict[str, str] = field(default_factory=dict)
    raw: str | None = None
    """A body sent as it is, instead of a chat completion."""
    content_type: str = "text/html"
    """Of a raw body."""
    delay_s: float = 0.0
    served_model: str | None = None
    """The model that the answer says it is from; the one asked for when None."""
    refusal: str | None = None
    completion_tokens: int | None = None
    """What the usage says; counted from the text when None."""
    vector: list[Any] | None = None
    """What is said to be the prompt's vector; one by its hash when None."""
    breaks: Literal["silent", "stall", "reset", "cut"] | None = None
    """Say nothing at all; or send half the body, and then nothing, RST or an early end."""


Script = Callable[[str, int], Reply]
"""From the prompt and how often it was asked before, to the reply."""


@dataclass
class Arrival:
    """One request as the log keeps it."""

    prompt: str
    at_s: float
    """When it came; seconds of the monotonic clock."""
    key: str
    """Its Authorization header."""
    status: int | None = None
    """What was replied; None where nothing whole was, or not yet."""
    done_s: float | None = None
    """When the reply was made; seconds of the monotonic clock."""
    refused: bool = False
    """True where the server's limit refused it."""


class ModelServer:
    """The running server: its address and its bill."""

    def __init__(self, script: Script, latency_s: float, limit: Limit | None) -> None:
        self.script = script
        self.latency_s = latency_s
        self.limit = limit
        self.address = ""
        self.asked: Counter[str] = Counter()
        self.bodies: list[dict[str, Any]] = []
        self.arrivals: list[Arrival] = []
        self.answered: Counter[str] = Counter()
        """Completions sent or on their way, by prompt: what a provider charges for."""
        self.prompt_tokens = 0
        self.completion_tokens = 0
        self.in_flight = 0
        self.most_in_flight = 0

    @property
    def requests(self) -> int:
        """Requests that arrived."""
        return self.asked.total()

    @property
    def refused(self) -> int:
        """Requests that the limit refused."""
        return sum(arrival.refused for arrival in self.arrivals)

    def of(self, prompt: str) -> list[Arrival]:
        """Return a prompt's requests, oldest first."""
        return [arrival for arrival in self.arrivals if arrival.prompt == prompt]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        prompt = body["messages"][-1]["content"] if "messages" in body else _input_of(body)
        self.bodies.append(body)
        arrival = Arrival(prompt, time.monotonic(), request.headers.get("Authorization", ""))
        self.arrivals.append(arrival)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._reply(request, body, arrival)
        finally:
            self.in_flight -= 1

    async def _reply(
        self, request: web.Request, body: dict[str, Any], arrival: Arrival
    ) -> web.StreamResponse:
        before = self.asked[arrival.prompt]
        self.asked[arrival.prompt] += 1
        if self.limit is not None and not self.limit.admit():
            arrival.refused = True
            reply = Reply(status=429, error="Rate limit reached", code="rate_limit_exceeded")
        else:
            reply = self.script(arrival.prompt, before)
            await asyncio.sleep(self.latency_s + reply.delay_s)
        if reply.breaks == "silent":
            return await _hang(request)
        is_answer = reply.raw is None and reply.status == 200
        content = self._completion(body, arrival.prompt, reply) if is_answer else _other(reply)
        if reply.breaks is not None:
            return await _break_off(request, content, reply.breaks)
        arrival.status, arrival.done_s = reply.status, time.monotonic()
        limits = self.limit.headers(refused=arrival.refused) if self.limit else {}
        kind = reply.content_type if reply.raw is not None else "application/json"
        return web.Response(
            body=content, content_type=kind, charset="utf-8", status=reply.status,
            headers={**limits, **reply.headers},
        )  # fmt: skip

    def _completion(self, body: dict[str, Any], prompt: str, reply: Reply) -> bytes:
        """Return a completion's body, and put it on the bill."""
        self.answered[prompt] += 1
        make = completion if "messages" in body else embedding
        made = make(body["model"], prompt, reply)
        self.prompt_tokens += made["usage"]["prompt_tokens"]
        self.completion_tokens += made["usage"].get("completion_tokens", 0)
        return json.dumps(made).encode()


def completion(model: str, prompt: str, reply: Reply) -> dict[str, Any]:
    """Return a chat completion as OpenAI shapes it."""
    made_tokens = reply.completion_tokens
    if made_tokens is None:
        made_tokens = len(reply.text or "") // 4 + 1
    counts = len(prompt) // 4 + 1, made_tokens
    message = {"role": "assistant", "content": reply.text}
    if reply.refusal is not None:
        message["refusal"] = reply.refusal
    return {
        "id": "chatcmpl-" + hashlib.sha256(prompt.encode()).hexdigest()[:12],
        "object": "chat.completion",
        "created": 1,
        "model": reply.served_model or model,
        "choices": [{"index": 0, "finish_reason": reply.finish_reason, "message": message}],
        "usage": {
            "prompt_tokens": counts[0],
            "completion_tokens": counts[1],
            "total_tokens": sum(counts),
        },
    }


def embedding(model: str, prompt: str, reply: Reply) -> dict[str, Any]:
    """Return an embedding as OpenAI shapes it."""
    vector = vector_for(prompt) if reply.vector is None else reply.vector
    tokens = len(prompt) // 4 + 1
    return {
        "object": "list",
        "model": reply.served_model or model,
        "data": [{"object": "embedding", "index": 0, "embedding": vector}],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def vector_for(text: str) -> list[float]:
    """Return a text's vector, the same in every process."""
    return [byte / 255 for byte in hashlib.sha256(text.encode()).digest()[:8]]


def _input_of(body: dict[str, Any]) -> str:
    given = body["input"]
    return str(given if isinstance(given, str) else given[0])


def _other(reply: Reply) -> bytes:
    """Return the body of what is no completion."""
    if reply.raw is not None:
        return reply.raw.encode()
    error = {"message": reply.error, "type": reply.code or "error", "code": reply.code}
    return json.dumps({"error": error}).encode()


async def _hang(request: web.Request) -> web.StreamResponse:
    """Say nothing more until the client hangs up."""
    while request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(_POLL_S)
    return web.Response()


async def _break_off(request: web.Request, content: bytes, how: str) -> web.StreamResponse:
    """Send half of a body and then stall, reset or end."""
    response = web.StreamResponse(headers={"Content-Length": str(len(content))})
    response.content_type = "application/json"
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    if how == "stall":
        await _hang(request)
    elif request.transport is not None:
        # Half a body that is overtaken by its own RST would be none at all.
        await asyncio.sleep(_POLL_S)
        if how == "reset":
            reset(request.transport)
        request.transport.close()
    return response


@contextmanager
def serving(
    script: Script, *, latency_s: float = 0.0, limit: Limit | None = None
) -> Iterator[ModelServer]:
    """Serve on a free port of loopback for the length of a block."""
    server = ModelServer(script, latency_s, limit)
    with running_loop() as loop:
        runner = asyncio.run_coroutine_threadsafe(_start(server), loop).result()
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()


async def _start(server: ModelServer) -> web.AppRunner:
    app = web.Application(client_max_size=16 * 1024**2)
    app.router.add_post("/v1/chat/completions", server.handle)
    app.router.add_post("/v1/embeddings", server.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=1024)
    await site.start()
    sockets = site._server.sockets
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
