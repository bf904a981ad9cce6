"""The model door: one HTTP request a call, and the same meaning whichever lane it goes through.

Every promise is tried on both lanes against a real server, because they share no code on the wire.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from schemas.calls.call import Limits, Request, Sampling
from schemas.calls.call import Reply as Replied
from schemas.errors import Retryable, RowFault
from schemas.settings.asking import Lane
from schemas.stages import Stage
from tasks.doors.models import litellm_lane, llm
from tests.conftest import ROOT
from tests.servers.model_server import (
    ModelServer,
    Reply,
    completion,
    plain,
    serving,
    vector_for,
)
from tests.servers.proxy import Fault, proxying

KEY = "sk-CANARY-0123456789abcdef"
LANES: list[tuple[Lane, str]] = [
    ("auto", "openai/stand-in"),
    ("auto", "hosted_vllm/stand-in"),
    ("litellm", "openai/stand-in"),
    ("litellm", "hosted_vllm/stand-in"),
]
SAMPLING = Sampling(temperature=0.7, top_p=0.9, max_tokens=123, frequency_penalty=0.5)


class Scripted:
    """A script that each test sets anew."""

    def __init__(self) -> None:
        self.reply: Reply | None = None

    def __call__(self, prompt: str, before: int) -> Reply:
        return self.reply or plain(prompt, before)


class Door:
    """One lane to one model, and the server behind it."""

    def __init__(
        self, runner: asyncio.Runner, server: ModelServer, scripted: Scripted,
        lane: Lane, model: str,
    ) -> None:  # fmt: skip
        self.runner, self.server, self.scripted = runner, server, scripted
        self.lane, self.model = lane, model
        self.is_embedding = False
        self._seen = server.requests

    @property
    def sent(self) -> int:
        """Requests since this test began."""
        return self.server.requests - self._seen

    def ask(
        self, prompt: str = "Name a knot.", *, base: str | None = None, timeout_s: float = 20.0
    ) -> Replied:
        request = Request(
            "row-1", 1, Stage.RESPOND, self.model, prompt, SAMPLING, is_embedding=self.is_embedding
        )
        return self.runner.run(
            llm.complete(
                request, api_base=base or self.server.address, timeout_s=timeout_s, lane=self.lane
            )
        )

    def answer(self, reply: Reply, **how: Any) -> Replied:
        self.scripted.reply = reply
        return self.ask(**how)

    def fault(self, reply: Reply, **how: Any) -> Retryable | RowFault:
        """Return what the door raises at a reply."""
        self.scripted.reply = reply
        with pytest.raises((Retryable, RowFault)) as raised:
            self.ask(**how)
        fault = raised.value
        assert isinstance(fault, Retryable | RowFault)
        return fault


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """One loop for all: clients keep their connections, and belong to a loop."""
    with asyncio.Runner() as runner:
        yield runner
        runner.run(llm.close())


@pytest.fixture(scope="module")
def scripted() -> Scripted:
    return Scripted()


@pytest.fixture(scope="module")
def server(scripted: Scripted) -> Iterator[ModelServer]:
    with serving(scripted) as server:
        yield server


@pytest.fixture(params=LANES, ids=["-".join(lane) for lane in LANES])
def door(
    request: pytest.FixtureRequest, runner: asyncio.Runner, server: ModelServer,
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch,
) -> Door:  # fmt: skip
    for name in ("OPENAI_API_KEY", "HOSTED_VLLM_API_KEY"):
        monkeypatch.setenv(name, KEY)
    scripted.reply = None
    return Door(runner, server, scripted, *request.param)


def spoilt(**change: Any) -> Reply:
    """Return a completion with some of its fields changed."""
    body = {**completion("stand-in", "", Reply("A bowline.")), **change}
    return Reply(raw=json.dumps(body), content_type="application/json")


def with_message(**change: Any) -> Reply:
    message = {"role": "assistant", "content": "A bowline.", **change}
    return spoilt(choices=[{"index": 0, "finish_reason": "stop", "message": message}])


def test_an_answer_comes_with_all_that_the_endpoint_says_of_it(door: Door) -> None:
    began = time.time()
    answer = door.answer(Reply("A bowline.", served_model="stand-in-2", delay_s=0.2)).answer
    assert answer.text == "A bowline."
    assert answer.finish_reason == "stop"
    assert (answer.model, answer.served_model) == (door.model, "stand-in-2")
    assert (answer.prompt_tokens, answer.completion_tokens) == (4, 3)
    assert not answer.estimated
    assert answer.attempts == 1
    assert answer.error is None
    assert 0.2 <= answer.latency_s < 10
    assert began - 1 <= answer.finished_at <= time.time() + 1
    assert door.sent == 1


def test_what_goes_over_the_wire_is_the_prompt_the_sampling_and_the_key(door: Door) -> None:
    door.ask("Tie it.")
    sent = door.server.bodies[-1]
    assert sent["model"] == "stand-in"
    assert sent["messages"] == [{"role": "user", "content": "Tie it."}]
    assert (sent["temperature"], sent["top_p"]) == (0.7, 0.9)
    assert (sent["max_tokens"], sent["frequency_penalty"]) == (123, 0.5)
    assert set(sent) <= {
        "model", "messages", "temperature", "top_p", "max_tokens", "frequency_penalty", "stream",
    }  # fmt: skip
    assert not sent.get("stream")
    assert door.server.arrivals[-1].key == f"Bearer {KEY}"


def test_an_endpoint_that_wants_no_key_is_asked_without_one(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A local server is the commonest endpoint of all."""
    for name in ("OPENAI_API_KEY", "HOSTED_VLLM_API_KEY"):
        monkeypatch.delenv(name)
    assert door.answer(Reply("A bowline.")).answer.text == "A bowline."
    assert KEY not in door.server.arrivals[-1].key


@pytest.mark.parametrize("slash", ["", "/"])
def test_an_address_may_end_with_a_slash(door: Door, slash: str) -> None:
    assert door.ask(base=door.server.address + slash).answer.text
    assert door.sent == 1


class Sorted(NamedTuple):
    """An error status, and what the caller may do about it."""

    status: int
    code: str | None
    error: str
    kind: str | None
    """Of a Retryable; None for a RowFault."""


QUOTA = "You exceeded your current quota, please check your plan and billing details."
LONG = "This model's maximum context length is 8192 tokens. Please reduce the length."
STATUSES = [
    Sorted(400, None, "That is no knot.", None),
    Sorted(400, "context_length_exceeded", LONG, None),
    Sorted(400, "content_policy_violation", "Your request was rejected.", None),
    Sorted(413, None, "Too large.", None),
    Sorted(422, None, "Not so.", None),
    Sorted(401, "invalid_api_key", "Wrong key.", "auth"),
    Sorted(402, None, "Payment required.", "auth"),
    Sorted(403, None, "Not for you.", None),
    Sorted(404, "model_not_found", "The model stand-in does not exist.", "auth"),
    Sorted(429, "insufficient_quota", QUOTA, "auth"),
    Sorted(429, "rate_limit_exceeded", "Slow down.", "rate_limit"),
    Sorted(408, None, "You were slow.", "timeout"),
    Sorted(500, None, "Something broke.", "server"),
    Sorted(502, None, "Something between broke.", "server"),
    Sorted(503, None, "Out for lunch.", "server"),
    Sorted(504, None, "Somebody else was slow.", "timeout"),
    Sorted(524, None, "Somebody else was slow.", "timeout"),
    Sorted(529, "overloaded_error", "Too many of you.", "server"),
]


@pytest.mark.parametrize("case", STATUSES, ids=lambda c: f"{c.status}-{c.code}")
def test_an_error_is_sorted_by_what_can_be_done_about_it(door: Door, case: Sorted) -> None:
    fault = door.fault(Reply(status=case.status, error=case.error, code=case.code))
    assert case.error.split(".")[0] in str(fault)
    assert isinstance(fault, RowFault) == (case.kind is None)
    assert getattr(fault, "kind", None) == case.kind
    assert len(str(fault).splitlines()) == 1
    assert door.sent == 1, "a library asked again on its own"


def test_an_error_that_is_a_page_or_a_word_is_sorted_by_its_status(door: Door) -> None:
    """Proxies before an endpoint know nothing of its JSON."""
    page = "<html><head><title>502</title></head><body>Bad gateway</body></html>"
    for raw, kind in ((page, "text/html"), ("no", "text/plain"), ('{"error": "no"}', "text/json")):
        fault = door.fault(Reply(status=502, raw=raw, content_type=kind))
        assert isinstance(fault, Retryable)
        assert fault.kind == "server"
        refusal = door.fault(Reply(status=429, raw=raw, content_type=kind))
        assert isinstance(refusal, Retryable)
        assert refusal.kind == "rate_limit"
    assert door.sent == 6


@pytest.mark.parametrize("status", [429, 503])
def test_the_time_to_wait_is_read(door: Door, status: int) -> None:
    for told, wanted in (("7", 7.0), ("0.25", 0.25), ("0", 0.0)):
        fault = door.fault(Reply(status=status, error="Later.", headers={"Retry-After": told}))
        assert isinstance(fault, Retryable)
        assert fault.retry_after_s == wanted
    for told in ("soon", "-3", "nan", "inf", "Wed, 21 Oct 2026 07:28:00 GMT"):
        fault = door.fault(Reply(status=status, error="Later.", headers={"Retry-After": told}))
        assert isinstance(fault, Retryable)
        wait_s = fault.retry_after_s or 0.0
        assert 0 <= wait_s < 1e6, told


def test_the_endpoints_limits_are_read_from_its_headers(door: Door) -> None:
    told = {
        "x-ratelimit-limit-requests": "600",
        "x-ratelimit-remaining-requests": "599",
        "x-ratelimit-reset-requests": "120ms",
        "x-ratelimit-limit-tokens": "150000",
        "x-ratelimit-remaining-tokens": "149984",
        "x-ratelimit-reset-tokens": "6m1.5s",
    }
    reply = door.answer(Reply("A bowline.", headers=told))
    assert reply.limits == Limits(600, 599, 0.12, 150_000, 149_984, 361.5)
    plain_reply = door.answer(Reply("A bowline."))
    assert plain_reply.limits is None


def test_limits_that_make_no_sense_are_none(door: Door) -> None:
    told = {
        "x-ratelimit-limit-requests": "many",
        "x-ratelimit-remaining-requests": "-4",
        "x-ratelimit-reset-requests": "a while",
    }
    assert door.answer(Reply("A bowline.", headers=told)).limits is None


@pytest.mark.parametrize("reason", ["stop", "length", "content_filter"])
def test_how_an_answer_ended_is_kept(door: Door, reason: str) -> None:
    """A cut answer looks like a good one: only this tells."""
    answer = door.answer(Reply("The first half", finish_reason=reason)).answer
    assert (answer.text, answer.finish_reason) == ("The first half", reason)


@pytest.mark.parametrize("content", [None, "", [{"type": "refusal", "refusal": "I will not."}]])
def test_a_refusal_in_a_field_of_its_own_is_no_text(door: Door, content: Any) -> None:
    """It would become an instruction, or a response that is learnt from."""
    refusal = None if isinstance(content, list) else "I will not."
    answer = door.answer(with_message(content=content, refusal=refusal)).answer
    assert (answer.text, answer.ending, answer.refusal) == ("", "refused", "I will not.")


def test_an_empty_answer_is_an_answer_here(door: Door) -> None:
    """Whether it can be used is for the engine to say, which also counts what it cost."""
    for reply in (Reply(""), Reply(None)):
        answer = door.answer(reply).answer
        assert (answer.text, answer.prompt_tokens) == ("", 4)


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": None, "completion_tokens": None}])
def test_tokens_are_estimated_where_usage_is_none(door: Door, usage: Any) -> None:
    answer = door.answer(spoilt(usage=usage), prompt="Name a knot that holds. " * 20).answer
    assert answer.text == "A bowline."
    assert answer.estimated
    assert 60 < answer.prompt_tokens < 240
    assert 1 <= answer.completion_tokens < 10


def test_tokens_that_cannot_be_are_no_usage(door: Door) -> None:
    """They would make a cost, or a number that no table can hold."""
    for count in (-5, 10**30):
        usage = {"prompt_tokens": count, "completion_tokens": count, "total_tokens": count}
        answer = door.answer(spoilt(usage=usage)).answer
        assert answer.estimated
        assert 0 < answer.prompt_tokens < 1000
        assert 0 < answer.completion_tokens < 1000


MALFORMED = {
    "no JSON": Reply(raw="{'no'", content_type="application/json"),
    "nothing": Reply(raw="", content_type="application/json"),
    "a page": Reply(raw="<html><body>Welcome to the gateway</body></html>"),
    "a list": Reply(raw="[1, 2, 3]", content_type="application/json"),
    "a word": Reply(raw='"fine"', content_type="application/json"),
    "null": Reply(raw="null", content_type="application/json"),
    "deep": Reply(raw="[" * 200_000, content_type="application/json"),
    "no choices": spoilt(choices=None),
    "empty choices": spoilt(choices=[]),
    "choices of words": spoilt(choices=["fine"]),
    "no message": spoilt(choices=[{"index": 0, "finish_reason": "stop"}]),
    "a number for text": with_message(content=7),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_no_answer_is_told_apart_from_one(door: Door, name: str) -> None:
    fault = door.fault(MALFORMED[name])
    assert isinstance(fault, Retryable)
    kinds = {"a page": "no_endpoint", "empty choices": "withheld"}
    assert fault.kind == kinds.get(name, "bad_answer")
    assert 0 < len(str(fault)) <= 400
    assert len(str(fault).splitlines()) == 1
    assert door.sent == 1


def test_an_error_in_a_body_of_200_is_told_in_its_own_words(door: Door) -> None:
    """Some routers answer 200 whatever became of the request."""
    body = json.dumps({"error": {"message": "The tide is out.", "code": 502}})
    fault = door.fault(Reply(raw=body, content_type="application/json"))
    assert "The tide is out." in str(fault)
    assert door.sent == 1


def test_usage_in_words_does_not_spoil_an_answer(door: Door) -> None:
    answer = door.answer(spoilt(usage={"prompt_tokens": "few", "completion_tokens": "4"})).answer
    assert (answer.text, answer.estimated) == ("A bowline.", True)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_named_and_never_followed(door: Door, status: int) -> None:
    """It would take the key and the prompt to an address that nobody named."""
    with serving(plain) as elsewhere:
        target = f"{elsewhere.address}/chat/completions"
        fault = door.fault(Reply(status=status, raw="", headers={"Location": target}))
        assert isinstance(fault, Retryable) and fault.kind == "auth"
        assert f"redirected to {target}" in str(fault)
        assert elsewhere.requests == 0
    assert door.sent == 1


@pytest.mark.parametrize(
    ("fault", "kinds"),
    [
        (Fault("stall"), {"timeout"}),
        (Fault("stall", after=150), {"timeout"}),
        (Fault("drip", delay_s=0.05), {"timeout"}),
        (Fault("delay", delay_s=30), {"timeout"}),
        (Fault("reset"), {"connection"}),
        (Fault("reset", after=150), {"connection"}),
        (Fault("cut"), {"connection"}),
        (Fault("cut", after=150), {"connection"}),
    ],
    ids=lambda value: f"{value.kind}-{value.after}" if isinstance(value, Fault) else "",
)
def test_a_spoilt_connection_ends_in_time_and_is_named(
    door: Door, fault: Fault, kinds: set[str]
) -> None:
    """Libraries' own timeouts start anew with every byte; this one is a clock on the wall."""
    with proxying(door.server.address, lambda _: fault) as proxy:
        began = time.monotonic()
        raised = door.fault(Reply("A bowline."), base=proxy.address, timeout_s=1.0)
        took_s = time.monotonic() - began
    assert isinstance(raised, Retryable)
    assert raised.kind in kinds, raised
    assert took_s < 2.5
    assert door.sent == 1
    assert proxy.connections == 1


def test_after_spoilt_connections_the_next_call_gets_a_sound_one(door: Door) -> None:
    faults = [Fault("reset", after=150), Fault("stall"), Fault()]
    with proxying(door.server.address, lambda number: faults[min(number, 2)]) as proxy:
        for _ in range(2):
            door.fault(Reply("A bowline."), base=proxy.address, timeout_s=1.0)
        for _ in range(3):
            assert door.ask(base=proxy.address).answer.text == "A bowline."


def test_a_silent_server_is_left_at_the_deadline(door: Door) -> None:
    began = time.monotonic()
    raised = door.fault(Reply(breaks="silent"), timeout_s=0.5)
    assert time.monotonic() - began < 2
    assert isinstance(raised, Retryable)
    assert raised.kind == "timeout"
    assert "0.5 s" in str(raised)


def test_an_address_where_nobody_listens_is_told_apart_and_named(door: Door) -> None:
    with serving(plain) as gone:
        address = gone.address
    raised = door.fault(Reply("A bowline."), base=address)
    assert isinstance(raised, Retryable)
    assert raised.kind == "refused"
    unknown = door.fault(Reply("A bowline."), base="http://no-such-host.invalid/v1")
    assert isinstance(unknown, Retryable)
    assert unknown.kind == "refused"


@pytest.mark.parametrize("status", [400, 401, 429, 500])
def test_no_key_gets_out_by_a_providers_words(door: Door, status: int) -> None:
    """Messages are stored in rows, shown in reports and pasted into bug trackers."""
    words = f"Incorrect API key provided: {KEY}. Also Bearer {KEY} and sk-other-9876543210."
    fault = door.fault(Reply(status=status, error=words))
    assert "CANARY" not in str(fault)
    assert "9876543210" not in str(fault)
    assert "Incorrect API key provided" in str(fault)
    for linked in (fault.__cause__, fault.__context__):
        assert fault.__suppress_context__ or "CANARY" not in repr(linked)


def test_a_long_message_is_cut_and_any_text_survives(door: Door) -> None:
    fault = door.fault(Reply(status=400, error="Bad knot.\n" * 10_000))
    assert len(str(fault)) <= 400
    assert len(str(fault).splitlines()) == 1


TEXTS = {
    "many scripts": "Ein Knoten – узел – 绳结 – 結び目 – עֲנִיבָה – 🪢👩‍🚀",
    "controls": "a\u0000b\tc\u2028d\r\ne\u200f\ufeff",
    "markup": "<script>alert('</script>')</script> {braces} %s $PATH \\n #Given Prompt#",
    "a megabyte": "绳结 knots \U0001f9f6 " * 60_000,
}


@pytest.mark.parametrize("name", TEXTS)
def test_any_text_goes_there_and_back_unchanged(door: Door, name: str) -> None:
    text = TEXTS[name]
    assert door.answer(Reply(text), prompt=text).answer.text == text
    assert door.server.bodies[-1]["messages"][0]["content"] == text


def test_half_a_character_never_gets_to_where_text_is_stored(door: Door) -> None:
    """A model that is cut in the middle of an emoji sends one; no table and no file takes it."""
    body = with_message(content="half \ud83e").raw
    assert body is not None
    spoilt_all = body.replace('"stop"', '"st\\ud83e"').replace('"stand-in"', '"in\\ud83e"')
    answer = door.answer(Reply(raw=spoilt_all, content_type="application/json")).answer
    # The text itself stays verbatim in the ledger, which escapes it; verbs mend it.
    assert answer.text.startswith("half ")
    for stored in (answer.served_model, answer.finish_reason):
        assert (stored or "").encode()
    raw = json.dumps({"error": {"message": "Bad \ud83e knot."}})
    fault = door.fault(Reply(status=400, raw=raw, content_type="application/json"))
    assert "Bad" in str(fault)
    assert str(fault).encode()


@pytest.mark.parametrize("end", ["\n", "\r\n", " "])
def test_a_key_with_a_line_end_is_still_the_key(
    door: Door, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """Keys come out of files, and files end with a line end."""
    for name in ("OPENAI_API_KEY", "HOSTED_VLLM_API_KEY"):
        monkeypatch.setenv(name, KEY + end)
    assert door.answer(Reply("A bowline.")).answer.text == "A bowline."
    assert door.server.arrivals[-1].key == f"Bearer {KEY}"


def test_each_row_gets_its_own_answer_when_many_are_asked_at_once(door: Door) -> None:
    door.scripted.reply = None
    prompts = [f"Say what knot {number} holds." for number in range(40)]

    async def ask_all() -> list[Replied]:
        first = Request("row", 1, Stage.RESPOND, door.model, "", SAMPLING)
        return await asyncio.gather(
            *(
                llm.complete(
                    replace(first, prompt=prompt),
                    api_base=door.server.address,
                    timeout_s=30,
                    lane=door.lane,
                )
                for prompt in prompts
            )
        )

    replies = door.runner.run(ask_all())
    assert [r.answer.text for r in replies] == [plain(prompt, 0).text for prompt in prompts]
    assert door.sent == 40


@pytest.fixture
def vectors(door: Door) -> Door:
    """The same door, asked for vectors."""
    door.is_embedding = True
    return door


def test_a_vector_is_the_answer_s_text_and_only_the_prompt_is_paid_for(vectors: Door) -> None:
    answer = vectors.ask("Name a knot.").answer
    assert json.loads(answer.text) == pytest.approx(vector_for("Name a knot."), rel=1e-5)
    assert " " not in answer.text
    assert (answer.prompt_tokens, answer.completion_tokens) == (4, 0)
    assert (answer.finish_reason, answer.served_model) == ("stop", "stand-in")
    assert not answer.estimated
    assert vectors.sent == 1
    body = vectors.server.bodies[-1]
    assert not {"messages", "max_tokens", "temperature"} & set(body)
    assert vectors.server.arrivals[-1].key == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "vector",
    [[], ["0.1", 0.2], [None, 0.2], [float("nan"), 0.2], [float("inf")], [1e39], [[0.1]]],
    ids=["empty", "text", "null", "nan", "infinite", "too-large", "nested"],
)  # fmt: skip
def test_what_is_no_vector_of_finite_numbers_may_come_right_later(
    vectors: Door, vector: list[Any]
) -> None:
    fault = vectors.fault(Reply(vector=vector))
    assert isinstance(fault, Retryable) and fault.kind == "bad_answer"
    assert vectors.sent == 1


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(status=429, error="slow down"), "rate_limit"),
        (Reply(status=503, error="overloaded"), "server"),
        (Reply(status=401, error="no such key"), "auth"),
        (Reply(raw="<html>"), "no_endpoint"),
        (Reply(raw='{"data": []}', content_type="application/json"), "bad_answer"),
        (Reply(breaks="cut"), "connection"),
        (Reply(breaks="silent"), "timeout"),
        (Reply(status=400, error="the input is too long"), None),
    ],
    ids=["429", "503", "401", "page", "no-vector", "cut", "silent", "400"],
)
def test_faults_mean_for_vectors_what_they_mean_for_words(
    vectors: Door, reply: Reply, kind: str | None
) -> None:
    fault = vectors.fault(reply, timeout_s=2.0 if reply.breaks == "silent" else 20.0)
    assert (fault.kind if isinstance(fault, Retryable) else None) == kind
    assert vectors.sent == 1


def test_an_embedding_model_s_words_cost_nothing_and_a_chat_model_makes_no_vectors() -> None:
    price = llm.price_of("openai/text-embedding-3-small", {})
    assert price is not None and price.input > 0 and price.output == 0
    assert llm.makes_vectors("openai/text-embedding-3-small")
    assert llm.makes_vectors("hosted_vllm/my-own")
    assert not llm.makes_vectors("openai/gpt-4.1-mini")


@pytest.mark.parametrize("provider", sorted(llm._WELL_KNOWN))
def test_litellm_has_the_providers_that_it_is_not_asked_about(provider: str) -> None:
    assert litellm_lane.has_provider(f"{provider}/some-model")


def test_to_plan_for_a_well_known_provider_loads_no_litellm() -> None:
    """It takes four seconds of work, and a plan only needs the table of prices."""
    program = (
        "import sys; from tasks.doors.models import llm\n"
        "llm.check_model('openai/gpt-4.1-mini', setting='model', api_base=None, lane='auto',"
        " needs_key=False)\n"
        "assert llm.price_of('openai/gpt-4.1-mini', {}) is not None\n"
        "assert 'litellm' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
