"""A session as its users have it: a status to read, commands that take effect, an end."""

import math
import threading
from dataclasses import replace

import pytest

from tcpviz.client.fetch import Fetch
from tcpviz.recording import Kind, Recording
from tcpviz.session.options import RunOptions
from tcpviz.session.output import Discard
from tcpviz.session.run import Run
from tcpviz.session.session import Session
from tcpviz.session.status import Phase
from tcpviz.session.world import check
from tcpviz.tcp.state import State

LAB = check(RunOptions("http://lab/"))


def finished(options: RunOptions) -> Session:
    session = Session(options)
    session.run()
    return session


def rows(recording: Recording) -> list[tuple[object, ...]]:
    return [(*recording.row(i), recording.data(i), recording.snapshot(i)) for i in range(len(recording))]


def test_a_run_ends_with_the_whole_body() -> None:
    session = finished(replace(LAB, url="http://lab/bytes/100000"))
    assert session.status.phase is Phase.DONE
    assert session.status.response == "200 OK"
    assert session.status.body == 100_000


@pytest.mark.parametrize("pace", [1e308, math.inf, math.nan])
def test_no_pace_is_too_fast(pace: float) -> None:
    session = finished(replace(LAB, pace=pace))
    assert (session.status.phase, session.status.failure) == (Phase.DONE, None)


def test_the_phase_tells_what_the_run_waits_for() -> None:
    session, phases = Session(check(RunOptions("https://lab/"))), list[Phase]()
    session.run(lambda: phases.append(session.status.phase))
    assert list(dict.fromkeys(phases))[:4] == [
        Phase.RESOLVING,
        Phase.CONNECTING,
        Phase.SECURING,
        Phase.ASKING,
    ]


@pytest.mark.parametrize(("host", "advice"), [("lab", "--link kernel"), ("labb", "spelled right")])
def test_the_labs_name_on_a_real_link_is_told_where_it_belongs(
    host: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tcpviz.session.resolver.resolve", lambda _: "nobody knows it")
    failure = finished(RunOptions(f"http://{host}/", link="raw")).status.failure
    assert failure
    assert (failure.exit_code, failure.text) == (6, f"the name {host} could not be resolved: nobody knows it")
    assert advice in failure.advice


def test_in_the_lab_time_wait_is_kept_to_its_end() -> None:
    session = finished(LAB)
    last = session.recording.snapshot(len(session.recording) - 1)
    assert last
    assert last.state is State.CLOSED


def test_without_linger_it_leaves_in_time_wait() -> None:
    session = finished(replace(LAB, linger=0.0))
    last = session.recording.snapshot(len(session.recording) - 1)
    assert last
    assert last.state is State.TIME_WAIT


def test_the_same_options_give_the_same_run() -> None:
    options = replace(LAB, url="http://lab/bytes/100000", impair="loss=5%,reorder=5%")
    assert rows(finished(options).recording) == rows(finished(options).recording)


def test_another_seed_gives_another_run() -> None:
    options = replace(LAB, url="http://lab/bytes/100000", impair="loss=5%")
    assert rows(finished(options).recording) != rows(finished(replace(options, seed=2)).recording)


@pytest.mark.parametrize(
    ("url", "exit_code"),
    [("http://", 3), ("gopher://lab/", 1), ("http://lab:81/", 7), ("http://elsewhere.invalid/", 6)],
)
def test_a_failure_is_a_status_and_no_exception(url: str, exit_code: int) -> None:
    session = finished(replace(LAB, url=url))
    assert session.status.phase is Phase.FAILED
    assert session.status.failure
    assert session.status.failure.exit_code == exit_code


def test_a_limit_of_time_is_one_of_lab_time() -> None:
    assert finished(replace(LAB, timeout=5.0)).status.phase is Phase.DONE
    late = finished(replace(LAB, timeout=5.0, impair="out.loss=100%"))
    assert late.status.failure
    assert late.status.failure.exit_code == 28
    assert late.status.now == 5_000_000_000


def test_a_held_session_can_be_stopped() -> None:
    session = Session(replace(LAB, held=True))
    session.start()
    session.stop(wait=30)
    assert "tcpviz-worker" not in {thread.name for thread in threading.enumerate()}


def test_a_fault_of_ours_is_told_and_kept_in_the_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(run: Run[Fetch], now: int) -> None:
        raise ZeroDivisionError("by our own fault")

    monkeypatch.setattr(Run, "round", fail)
    session = finished(LAB)
    assert session.status.failure
    assert "by our own fault" in session.status.failure.text
    notes = [i for i in range(len(session.recording)) if session.recording.row(i).kind is Kind.NOTE]
    assert "ZeroDivisionError" in session.recording.text(notes[-1])


class NoRoom(Discard):
    """A reader that never reads."""

    def room(self) -> int:
        return 0


def test_the_lab_stands_still_while_the_body_waits_for_its_reader() -> None:
    session = Session(replace(LAB, url="http://lab/bytes/1000000"), outputs=lambda wake: [NoRoom()])
    moments: list[int] = []

    def look() -> None:
        moments.append(session.status.now)
        if (moments[-1] == moments[-5:][0] and len(moments) >= 5) or len(moments) == 5000:
            session.stop()

    session.run(look)
    assert len(moments) < 5000
