"""`evolflow rank serve` over real HTTP: no vote is lost, none counted twice, nobody is named."""

import json
import re
import resource
import signal
import socket
import threading
from pathlib import Path

import httpx
import pytest

from schemas.folders.evaluation import EvaluationFolder
from schemas.tables.vote import Aspect
from tests.conftest import Evolflow
from tests.flows.runs import wait_for
from tests.servers.loopback import free_port
from tests.servers.ranking import SYSTEMS, Rater, evaluation, served

pytestmark = pytest.mark.slow
FOUR = (*SYSTEMS, "wumpus-3", "narwhal-x")


@pytest.fixture
def folder(tmp_path: Path) -> EvaluationFolder:
    return evaluation(tmp_path / "run")


def judge_all(rater: Rater, said: str = "first") -> int:
    """Vote until nothing is left; returns how often."""
    count = 0
    while rater.is_asked():
        assert rater.choose(said).status_code == 200
        count += 1
    return count


def test_a_rater_judges_every_item_and_each_vote_is_on_the_disk_when_the_page_says_so(
    folder: EvaluationFolder, environment: dict[str, str]
) -> None:
    with served(folder, environment, "--repeat-share", 0) as room:
        ann = Rater(room, "Ann")
        for count in (1, 2, 3):
            assert "No vote yet" in ann.page if count == 1 else "Undo it" in ann.page
            ann.choose("first", accuracy="tie")
            assert len(room.votes()) == count
        assert "Thank you" in ann.page
        first = room.votes()[0]
        assert first.ranks[Aspect.OVERALL] == dict(zip(first.order, (1, 2), strict=True))
        assert set(first.ranks[Aspect.ACCURACY].values()) == {1}
        assert {vote.item_id for vote in room.votes()} == {"i0", "i1", "i2"}
        assert room.process.poll() is None


def test_four_answers_are_ranked_with_ties(tmp_path: Path, environment: dict[str, str]) -> None:
    folder = evaluation(tmp_path / "run", systems=FOUR)
    with served(folder, environment) as room:
        ann = Rater(room, "Ann")
        given = {"overall-1": "1", "overall-2": "2", "overall-3": "2"}
        refused = ann.post("/vote", ballot=ann.hidden()["ballot"], do="save", **given)
        assert refused.status_code == 422
        assert "Overall: rank every answer, or none of them." in refused.text
        # What was filled in is still there.
        assert re.search(r'name="overall-2" value="2" checked', refused.text)
        ann.post("/vote", ballot=ann.hidden()["ballot"], do="save", **given, **{"overall-4": "4"})
        (vote,) = room.votes()
        assert list(vote.ranks[Aspect.OVERALL].items()) == list(
            zip(vote.order, (1, 2, 2, 4), strict=True)
        )
        assert set(vote.order) == set(FOUR)


def test_no_page_header_cookie_or_address_names_a_system(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    """A name, or anything that is always the same for one system, would tell who wrote what."""
    folder = evaluation(tmp_path / "run", systems=FOUR, items=4)
    with served(folder, environment, "--raters", 2) as room:
        seen = []
        for name in ("Ann", "Bo"):
            rater = Rater(room, name)
            rater.browser.event_hooks["response"].append(
                lambda one: seen.append(f"{one.url} {one.headers} {one.read().decode()}")
            )
            while rater.is_asked():
                ranks = {f"overall-{slot}": "1" for slot in range(1, 5)}
                rater.post("/vote", ballot=rater.hidden()["ballot"], do="save", **ranks)
            rater.undo()
            rater.skip()
            seen.append(str(list(rater.browser.cookies.jar)))
            for path in ("/ranking.css", "/ranking.js", "/favicon.ico", "/run.json", "/docs"):
                rater.browser.get(path)
        everything = "\n".join(seen).lower()
        assert "answer 4" in everything
        for system in (*FOUR, "null-model"):
            assert system not in everything
        orders = {vote.order for vote in room.votes()}
        assert len(orders) > 2


def test_a_killed_server_has_every_vote_that_it_acknowledged_and_goes_on_on_the_same_port(
    folder: EvaluationFolder, environment: dict[str, str]
) -> None:
    port = free_port()
    with served(folder, environment, "--repeat-share", 0, port=port) as room:
        ann = Rater(room, "Ann")
        ann.choose("first")
        ann.choose("tie")
        before = room.votes()
        room.kill()
        with pytest.raises(httpx.TransportError):
            ann.choose("second")
    with served(folder, environment, port=port) as room:
        assert room.votes() == before
        # The same open page, its old form: cookie, token and ballot still hold.
        ann.choose("second")
        assert len(room.votes()) == 3
        assert "Thank you" in ann.page


@pytest.mark.parametrize(("point", "kept"), [("vote-received", 1), ("vote-kept", 2)])
def test_a_server_killed_in_the_middle_of_a_post_counts_the_vote_once_when_it_is_sent_again(
    folder: EvaluationFolder, environment: dict[str, str], point: str, kept: int
) -> None:
    port = free_port()
    deadly = {**environment, "EVOLFLOW_FAILPOINT": f"{point}:2"}
    with served(folder, deadly, port=port) as room:
        ann = Rater(room, "Ann")
        ann.choose("first")
        old = ann.hidden()
        with pytest.raises(httpx.TransportError):
            ann.choose("second")
        room.process.wait(timeout=60)
        assert room.process.returncode == -signal.SIGKILL
        assert len(room.votes()) == kept
    with served(folder, environment, port=port) as room:
        ann.post("/vote", ballot=old["ballot"], do="save", overall="second")
        assert len(room.votes()) == 2
        assert room.votes()[1].ranks[Aspect.OVERALL] == dict(
            zip(room.votes()[1].order, (2, 1), strict=True)
        )


def test_a_full_disk_is_said_in_one_line_and_the_filled_form_stays(
    folder: EvaluationFolder, environment: dict[str, str]
) -> None:
    limit = 2_000

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    room_for_some = evaluation(folder.root.parent / "many", items=12)
    with served(room_for_some, environment, before=little_room) as room:
        ann = Rater(room, "Ann")
        answer = ann.choose("tie", accuracy="second")
        while answer.status_code == 200:
            answer = ann.choose("tie", accuracy="second")
        assert answer.status_code == 507
        (fault,) = re.findall(r'<p class="fault"[^>]*>([^<]*)<', answer.text)
        assert fault.startswith("Not saved: file too large.")
        assert str(room_for_some.root) not in answer.text
        assert re.search(r'name="overall" value="tie" checked', answer.text)
        assert re.search(r'name="accuracy" value="second" checked', answer.text)
        count = len(room.votes())
        assert count >= 2
        resource.prlimit(room.process.pid, resource.RLIMIT_FSIZE, (limit, limit))
        assert ann.choose("tie").status_code == 507
        assert len(room.votes()) == count
    with served(room_for_some, environment) as room:
        again = Rater(room, "Ann")
        again.choose("tie")
        assert len(room.votes()) == count + 1


def test_two_raters_at_once_never_take_more_than_was_asked_for(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    folder = evaluation(tmp_path / "run", items=6)
    with served(folder, environment, "--raters", 1, "--repeat-share", 0) as room:
        raters = [Rater(room, name) for name in ("Ann", "Bo")]
        threads = [threading.Thread(target=judge_all, args=(rater,)) for rater in raters]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(vote.item_id for vote in room.votes()) == [f"i{n}" for n in range(6)]


def test_a_double_click_two_tabs_and_a_replayed_post_are_one_vote(
    folder: EvaluationFolder, environment: dict[str, str]
) -> None:
    with served(folder, environment) as room:
        ann = Rater(room, "Ann")
        form = {**ann.hidden(), "do": "save", "overall": "first"}
        threads = [
            threading.Thread(target=lambda: ann.browser.post("/vote", data=form)) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(room.votes()) == 1
        other_tab = ann.browser.post("/vote", data={**form, "overall": "second"})
        assert other_tab.status_code == 200
        assert [vote.ranks[Aspect.OVERALL] for vote in room.votes()] == [
            dict(zip(room.votes()[0].order, (1, 2), strict=True))
        ]


def test_undo_is_an_event_more_and_shows_the_item_again_as_it_was_filled(
    folder: EvaluationFolder, environment: dict[str, str]
) -> None:
    with served(folder, environment) as room:
        ann = Rater(room, "Ann")
        texts = re.findall(r"Answer of \d+ letters", ann.page)
        ann.choose("first")
        undone = ann.hidden()["vote"]
        size = folder.votes.stat().st_size
        ann.undo()
        assert room.votes() == []
        assert folder.votes.stat().st_size > size
        assert re.findall(r"Answer of \d+ letters", ann.page) == texts
        assert re.search(r'name="overall" value="first" checked', ann.page)
        # Pressed twice, it does not take back one vote more.
        ann.choose("second")
        ann.post("/undo", vote=undone)
        assert len(room.votes()) == 1


def test_a_reload_or_another_browser_goes_on_where_the_rater_stopped(
    folder: EvaluationFolder, environment: dict[str, str]
) -> None:
    with served(folder, environment) as room:
        ann = Rater(room, "Ann")
        ann.choose("first")
        ballot = ann.hidden()["ballot"]
        assert ballot in ann.reload()
        assert Rater(room, " ann ").hidden()["ballot"] == ballot
        ann.skip()
        assert [vote.is_skipped for vote in room.votes()] == [False, True]


def test_forms_of_strangers_are_refused(
    folder: EvaluationFolder, environment: dict[str, str]
) -> None:
    with served(folder, environment) as room:
        ann = Rater(room, "Ann")
        form = {**ann.hidden(), "do": "save", "overall": "first"}
        for headers in ({"Origin": "http://evil.example"}, {"Origin": "null"},
                        {"Host": "evil.example"}):  # fmt: skip
            assert ann.browser.post("/vote", data=form, headers=headers).status_code == 403
        for broken in ({**form, "csrf": ""}, {**form, "csrf": "é"}, {"ballot": form["ballot"]}):
            assert ann.browser.post("/vote", data=broken).status_code == 403
        assert httpx.post(f"{room.address}/vote", data=form).status_code == 403
        forged = {name: value[:-2] + "00" for name, value in ann.browser.cookies.items()}
        assert httpx.post(f"{room.address}/vote", data=form, cookies=forged).status_code == 403
        assert ann.browser.post("/vote", data={**form, "overall": "x" * 70_000}).status_code == 413
        assert ann.browser.get("/", headers={"Host": "evil.example"}).status_code == 403
        stale = ann.browser.post("/vote", data={**form, "ballot": "0" * 24})
        assert stale.status_code == 422
        assert "out of date" in stale.text
        assert ann.browser.post("/name", data={**form, "name": "\u202e"}).status_code == 422
        assert room.votes() == []


def test_every_answer_has_a_policy_that_lets_nothing_in_and_nothing_out(
    folder: EvaluationFolder, environment: dict[str, str]
) -> None:
    with served(folder, environment) as room:
        ann = Rater(room, "Ann")
        for path in ("/", "/ranking.css", "/nowhere"):
            headers = ann.browser.get(path).headers
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["cache-control"] == "no-store"
            assert "server" not in headers
        page = httpx.get(room.address)
        token = re.findall(r'name="csrf" value="([^"]*)"', page.text)[0]
        entered = httpx.post(f"{room.address}/name", data={"csrf": token, "name": "Bo"})
        assert "HttpOnly" in entered.headers["set-cookie"]
        assert "SameSite=strict" in entered.headers["set-cookie"]


def test_open_to_others_it_warns_and_asks_for_the_token_that_it_prints(
    folder: EvaluationFolder, environment: dict[str, str]
) -> None:
    with served(folder, environment, "--host", "0.0.0.0") as room:
        (warning,) = [line for line in room.said if "WARNING" in line]
        assert "0.0.0.0 can be reached by others" in warning
        token = room.said[0].partition("?")[2]
        assert httpx.get(room.address).status_code == 403
        assert httpx.get(f"{room.address}/?token=wrong").status_code == 403
        with httpx.Client(base_url=room.address, follow_redirects=True) as browser:
            assert "Your name" in browser.get(f"/?{token}").text
            assert browser.get("/").status_code == 200
            assert browser.get("/ranking.css").status_code == 200


def test_a_run_is_served_by_one_process_and_a_taken_port_is_said_in_one_line(
    folder: EvaluationFolder, environment: dict[str, str], evolflow: Evolflow, tmp_path: Path
) -> None:
    with served(folder, environment) as room:
        second = evolflow("rank", "serve", folder.root, "--port", free_port())
        assert (second.returncode, second.stderr.count("\n")) == (2, 1)
        assert f"in use by pid {room.process.pid}" in second.stderr
        port = room.address.rpartition(":")[2]
        taken = evolflow("rank", "serve", evaluation(tmp_path / "other").root, "--port", port)
        assert (taken.returncode, taken.stderr.count("\n")) == (2, 1)
        assert f"--port: {port} on 127.0.0.1 cannot be had" in taken.stderr


def test_ctrl_c_ends_it_cleanly(folder: EvaluationFolder, environment: dict[str, str]) -> None:
    with served(folder, environment) as room:
        ann = Rater(room, "Ann")
        ann.choose("first")
        # Somebody who has connected and says nothing does not hold it up.
        idle = socket.create_connection(("127.0.0.1", int(room.address.rpartition(":")[2])))
        room.process.send_signal(signal.SIGINT)
        wait_for(lambda: room.process.poll() is not None, 60)
        idle.close()
    assert room.process.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--systems", "zyxomma-7"], "two different ones are needed"),
        (["--systems", "zyxomma-7,nobody"], "has no answers of nobody; it has those of zyxomma-7"),
        (["--systems", ""], "has no answers of"),
        (["--host", "example.org"], "no IP address"),
    ],
)
def test_what_cannot_be_served_is_said_in_one_line(
    folder: EvaluationFolder, evolflow: Evolflow, arguments: list[str], complaint: str
) -> None:
    done = evolflow("rank", "serve", folder.root, *arguments)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert complaint in done.stderr


def test_commands_on_what_is_no_evaluation_say_so_and_write_nothing(
    tmp_path: Path, evolflow: Evolflow, folder: EvaluationFolder
) -> None:
    for command in (["rank", "serve"], ["agree"]):
        done = evolflow(*command, tmp_path / "nothing")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert not (tmp_path / "nothing").exists()
    (line,) = evolflow("agree", folder.root).stderr.splitlines()
    assert "no votes of people yet" in line


def test_votes_travel_through_files_and_agree_says_what_they_come_to(
    folder: EvaluationFolder, environment: dict[str, str], evolflow: Evolflow, tmp_path: Path
) -> None:
    with served(folder, environment, "--raters", 2, "--repeat-share", 0) as room:
        for name in ("Ann", "Bo"):
            judge_all(Rater(room, name))
        votes = room.votes()
    for ending in (".csv", ".parquet", ".json"):
        out = tmp_path / f"votes{ending}"
        assert "6 votes" in evolflow("rank", "export", folder.root, "--out", out).stdout
        known = evolflow("rank", "import", folder.root, out)
        assert known.stdout == "0 votes added, 6 were there already\n", known.stderr
    other = evaluation(tmp_path / "other")
    added = evolflow("rank", "import", other.root, tmp_path / "votes.csv")
    assert added.stdout == "6 votes added, 0 were there already\n", added.stderr
    printed = json.loads(evolflow("agree", other.root, "--json").stdout)
    written = json.loads(other.agreement.read_text())
    assert printed == written
    assert written["votes"] == len(votes) == 6
    text = evolflow("agree", other.root).stdout
    assert "6 votes of 2 raters on 3 items" in text
    assert "no item was judged by both" in text


def test_a_real_evaluation_is_ranked_by_people_and_its_judge_compared(
    environment: dict[str, str], evolflow: Evolflow, tmp_path: Path
) -> None:
    """From answers to the judge beside people, with what the commands write for each other."""
    asked = [f"Explain how to tie knot {n}." for n in range(3)]
    (tmp_path / "tests.json").write_text(json.dumps([{"instruction": one} for one in asked]))
    for name, answer in (
        ("long", "Make a loop, pull it through and tighten it."),
        ("terse", "No."),
    ):
        answers = [{"instruction": one, "output": answer} for one in asked]
        (tmp_path / f"{name}.json").write_text(json.dumps(answers))
    folder = EvaluationFolder(tmp_path / "run")
    done = evolflow(
        "evaluate", "--tests", tmp_path / "tests.json", "--out", folder.root,
        "--systems", f"terse={tmp_path / 'terse.json'}",
        "--systems", f"long={tmp_path / 'long.json'}", "--judge", "offline/rewriter",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with served(folder, environment, "--raters", 2, "--repeat-share", 0) as room:
        for name in ("Ann", "Bo"):
            rater = Rater(room, name)
            while rater.is_asked():
                first, _ = re.findall(r"(Make a loop|No\.)", rater.page)
                rater.choose("first" if first == "Make a loop" else "second")
    found = json.loads(evolflow("agree", folder.root, "--json").stdout)
    (pair,) = [cell for cell in found["pairs"] if cell["aspect"] == "overall"]
    wins = {pair["system"]: pair["win"], pair["baseline"]: pair["lose"]}
    assert wins == {"long": 3, "terse": 0}
    assert found["aspects"]["overall"]["people"]["with_ties"]["rate"] == 1.0
    assert found["judge"]["judge"] == "offline/rewriter"
    assert found["judge"]["votes"]["with_ties"]["n"] > 0
    # People's votes are no part of what the evaluation has committed.
    assert evolflow("verify", folder.root).returncode == 0


def test_what_cannot_be_imported_changes_nothing(
    folder: EvaluationFolder, evolflow: Evolflow, tmp_path: Path, environment: dict[str, str]
) -> None:
    header = "vote,rater,item_id,is_repeat,is_skipped,at,slot,system,overall"
    good = f"v1,Ann,i0,false,false,now,1,{SYSTEMS[0]},1\nv1,Ann,i0,false,false,now,2,{SYSTEMS[1]},2"
    broken = {
        "a.csv": f"{header}\n{good}\n{good.replace('v1', 'v2').replace('i0', 'i9')}",
        "b.csv": f"{header}\n{good.replace(SYSTEMS[0], 'nobody')}",
        "c.csv": "vote,rater\nv1,Ann",
        "d.csv": f"{header}\nv1,Ann",
        "e.csv": "",
        "f.json": "{}",
        "g.json": "[",
        "h.json": '[{"data": {"item_id": "i0"}, "annotations": [{"result": []}]}]',
        "i.parquet": "no Parquet",
        "j.txt": "",
        "k.csv": f"{header}\n{good[:-1]}two",
    }
    with served(folder, environment):
        (tmp_path / "good.csv").write_text(f"{header}\n{good}")
        assert "in use" in evolflow("rank", "import", folder.root, tmp_path / "good.csv").stderr
    for name, text in broken.items():
        (tmp_path / name).write_text(text)
        done = evolflow("rank", "import", folder.root, tmp_path / name)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), (name, done.stderr)
        assert name in done.stderr
    missing = evolflow("rank", "import", folder.root, tmp_path / "missing.csv")
    assert "is not a file; name" in missing.stderr
    assert folder.votes.read_bytes() == b""
