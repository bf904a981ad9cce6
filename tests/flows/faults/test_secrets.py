"""A key is used and never kept: not in logs, files, Prefect's database or what is printed."""

import json
from contextlib import ExitStack
from pathlib import Path

import pandas as pd
import psutil
import pytest

from tests.conftest import own_seeds, write_seeds
from tests.flows.installed import call
from tests.flows.runs import kill, run_flags, start_run, wait_for
from tests.flows.searched import places_of
from tests.servers.model_server import ModelServer, Reply, digest, kind_of, plain, serving
from tests.servers.prefect_server import brought_along, users_prefect
from tests.servers.warm import ANEW

DOTENV_KEY = "hv-DOTENV-CANARY-5f1b77aa"
OTHER_SECRET = "hunter2-CANARY-91c0de44"
PROVIDERS_KEY = "sk-proj-PROVIDER-CANARY-c3d2e1f0a9"
CANARY = "CANARY"
N_SEEDS = 12

TRACE = """Traceback (most recent call last):
  File "/srv/gateway.py", line 7, in forward
    client = Client(api_key='{header}', upstream='{upstream}')
{header} / {upstream}
"""


class Careless:
    """A provider that repeats the key it was given, and its own, in every error there is."""

    def __init__(self) -> None:
        self.server: ModelServer | None = None
        self.refuses_all = True

    def script(self, prompt: str, before: int) -> Reply:
        assert self.server is not None
        told = f"{self.server.arrivals[-1].key} {PROVIDERS_KEY}"
        trace = TRACE.format(header=self.server.arrivals[-1].key, upstream=PROVIDERS_KEY)
        if self.refuses_all and self.server.answered.total() >= N_SEEDS:
            return Reply(status=401, error=f"Incorrect API key provided: {told}")
        if kind_of(prompt) != "evolve":
            return plain(prompt, before)
        return {
            0: Reply(status=400, error=f"bad request, headers were {told}"),
            1: Reply(status=500, raw=trace, content_type="text/plain"),
            2: Reply(raw=f"<html>{told}</html>"),
            3: Reply(
                raw=json.dumps({"detail": f"no route for {told}"}), content_type="application/json"
            ),
        }.get(int(digest(prompt), 16) % 6, plain(prompt, before))


@pytest.mark.long
@pytest.mark.parametrize(("lane", "model"), [("auto", "hosted_vllm/m"), ("litellm", "openai/m")])
def test_keys_come_out_nowhere(
    embedded: dict[str, str], embedded_home: Path, tmp_path: Path, lane: str, model: str
) -> None:
    """A run folder, a report and a log are handed around; a key in them is anybody's."""
    user = tmp_path / "user"
    user.mkdir()
    (user / ".env").write_text(f"HOSTED_VLLM_API_KEY={DOTENV_KEY}\n")
    write_seeds(user / "seeds.json", own_seeds(N_SEEDS))
    env = {**embedded, "DATABASE_PASSWORD": OTHER_SECRET}
    key = DOTENV_KEY if lane == "auto" else embedded["OPENAI_API_KEY"]
    provider, said = Careless(), []
    with ExitStack() as stack:
        server = provider.server = stack.enter_context(serving(provider.script))
        if lane == "litellm":
            prefect = stack.enter_context(users_prefect(embedded, tmp_path / "prefect"))
            env["PREFECT_API_URL"] = prefect.address
        flags = ["--seeds", "seeds.json", "--out", "run", "--model", model, "--lane", lane,
                 "--api-base", server.address, "--epochs", 2, "--max-attempts", 2]  # fmt: skip
        stopped = call(user, env, "run", *flags)
        assert stopped.returncode == 4, stopped.stderr
        assert "Incorrect API key provided" in stopped.stderr
        provider.refuses_all = False
        done = call(user, env, "run", *flags)
        assert done.returncode == 0, done.stderr
        said += [stopped, done, call(user, env, "plan", *flags)]
    assert {arrival.key for arrival in server.arrivals} == {f"Bearer {key}"}
    eliminated = pd.read_parquet(user / "run" / "eliminated")
    unanswered = eliminated[eliminated["reason"] == "unanswered"]
    said += [call(user, env, *command, "run") for command in (["status"], ["report"])]
    said += [call(user, env, "show", "run", row_id) for row_id in unanswered["id"]]
    for one in said:
        assert one.returncode == 0 or one is stopped, one.stderr
        assert CANARY not in one.stdout + one.stderr
    assert places_of(CANARY, user / "run", embedded_home, tmp_path / "prefect") == []
    # What was searched is where it would be: the errors are there, without the keys.
    evidence = " ".join(unanswered["evidence"])
    for words in ("bad request", "gateway.py", "html", "no route", "[redacted]"):
        assert words in evidence
    assert any(".parquet: evidence" in place for place in places_of("[redacted]", user / "run"))
    seen_by_prefect = embedded_home if lane == "auto" else tmp_path / "prefect"
    assert any("prefect.db: log" in place for place in places_of("refuses every", seen_by_prefect))


@pytest.mark.slow
def test_the_servers_process_is_given_no_key(
    embedded: dict[str, str], three_seeds: Path, tmp_path: Path
) -> None:
    """It lives as long as the run and needs none: what it has not, it cannot lose."""
    with serving(plain, latency_s=5) as server:
        # A fork's own block of variables is its parent's: of this one, a new process shows its own.
        env = {**embedded, "DATABASE_PASSWORD": OTHER_SECRET, **ANEW}
        process = start_run(env, *run_flags(server, three_seeds, tmp_path / "run"))
        wait_for(lambda: bool(brought_along(process.pid)), process=process)
        (child,) = brought_along(process.pid)
        theirs, ours = child.environ(), psutil.Process(process.pid).environ()
        kill(process)
    assert "OPENAI_API_KEY" in ours
    assert theirs["EVOLFLOW_HOME"] == ours["EVOLFLOW_HOME"]
    assert not [name for name, value in theirs.items() if CANARY in value]


# Settings: what is refused is not repeated.


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ('api_key = "sk-CANARY-12345678"', "api_key is a secret"),
        ('[openai]\napi_key = "hush-CANARY-1"', "api_key is a secret"),
        (
            '[prices."openai/m"]\ninput = 1\noutput = 1\ntoken = "hush-CANARY-1"',
            "token is a secret",
        ),
        ('bearer = "sk-CANARY-12345678"', "bearer: unknown setting"),
        ('[env]\nFOO = "sk-CANARY-12345678"', "env: unknown setting"),
        ('epochs = "sk-CANARY-12345678"', "epochs: "),
        ('prices = "Bearer CANARYCANARYCANARY"', "prices: "),
        ('model = ["sk-CANARY-12345678"]', "model: "),
        ('api_base = "https://CANARY:CANARY@host/v1"', "api_base: "),
        ('epochs = "hunter2-CANARY-91c0de44"', "epochs: "),
        ('epochs = 3 "sk-CANARY-12345678"', "not TOML"),
    ],
)
def test_a_refused_settings_file_does_not_give_its_key_away(
    environment: dict[str, str], tmp_path: Path, toml: str, told: str
) -> None:
    config = tmp_path / "run.toml"
    config.write_text(toml + "\n")
    env = {**environment, "DATABASE_PASSWORD": OTHER_SECRET}
    model = [] if toml.startswith("model") else ["--model", "openai/m"]
    done = call(tmp_path, env, "run", config, "--seeds", "s.json", "--out", "run", *model)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert told in done.stderr
    assert CANARY not in done.stderr + done.stdout
    assert list(tmp_path.iterdir()) == [config]


def test_a_key_given_in_the_place_of_a_model_is_not_repeated(
    environment: dict[str, str], three_seeds: Path
) -> None:
    flags = ["--seeds", three_seeds, "--out", "run", "--model", environment["OPENAI_API_KEY"]]
    done = call(three_seeds.parent, environment, "plan", *flags)
    assert done.returncode == 2
    assert "names no provider" in done.stderr
    assert CANARY not in done.stderr
