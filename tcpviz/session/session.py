"""A run in a thread of its own: commands in, records and a status out."""

import gc
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from itertools import islice
from pathlib import Path
from queue import SimpleQueue

from tcpviz.client.failure import ExitCode, Failure, timed_out, unresolved
from tcpviz.client.fetch import Errand, Fetch, Stage
from tcpviz.client.url import UrlError, parse_url, without_credentials
from tcpviz.host.address import Address
from tcpviz.lab.network import lab_address
from tcpviz.link.base import LinkError
from tcpviz.link.plan import Plan
from tcpviz.recording import Kind, Recording, RecordingError
from tcpviz.session.clock import Alarm
from tcpviz.session.fetching import errands_of, fetch_in
from tcpviz.session.gate import Gate, GateAction
from tcpviz.session.options import RunOptions
from tcpviz.session.output import Discard, Output
from tcpviz.session.resolver import Resolver
from tcpviz.session.run import Run
from tcpviz.session.status import PendingFrame, Phase, Status
from tcpviz.session.watch import Watch
from tcpviz.session.world import World, clock_for, host_to_reach, label, open_world
from tcpviz.tcp.events import Event
from tcpviz.tcp.state import State

SECOND = 1_000_000_000
_BEFORE_ANSWER = {Stage.SECURING: Phase.SECURING, Stage.TRANSFER: Phase.ASKING}
"""What a connection that stands is busy with while there is no answer."""

_LAB_ADVICE = "the built-in server is on --link sim and --link kernel only: leave --link out for it"

SHOWN_AT_GATE = 64

Explain = Callable[[Sequence[Event]], str]


class Session:
    """One fetch, from the first ARP to the end of TIME-WAIT.

    `recording` and `status` may be read from any thread at any time. Everything else that the run is
    made of belongs to the thread that executes `run()`: the worker that `start()` makes, or the caller.
    """

    def __init__(
        self,
        options: RunOptions,
        *,
        explain: Explain | None = None,
        outputs: Callable[[Callable[[], None]], Sequence[Output]] | None = None,
        record: Path | None = None,
        spare: bool = False,
        recorded: bool = True,
    ) -> None:
        """`explain` words the packet comments of the recording; `outputs` makes a sink for the body
        of each URL (it is given what wakes the worker); `record` is the file to keep, instead of a
        temporary one, which with `spare` takes over when that file can't be written any more; without
        `recorded` the recording stays empty, for a run that nobody looks at."""
        self.options = options
        self._clock = clock_for(options)
        self.recording = Recording.create(
            link=label(options),
            epoch=self._clock.epoch,
            path=record,
            explain=explain,
            about=_about(options),
            spare=spare,
        )
        self.unkept = ""
        """Why the run is not kept by itself, though it should be."""
        if not recorded:
            self.recording.stop()
        self._alarm = Alarm()
        urls = 1 + len(options.web.more)
        self._outputs: Sequence[Output] = outputs(self._alarm.ring) if outputs else [Discard()] * urls
        self._commands: SimpleQueue[Callable[[Run[Fetch]], None]] = SimpleQueue()
        self._resolver = Resolver(self._alarm.ring)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._pace = options.pace
        self._impairment = options.impair
        self._linger_until: int | None = None
        self.status = Status(
            url=without_credentials(options.url),
            link=label(options),
            impair=options.impair,
            held=options.held,
            pace=options.pace,
        )

    # From any thread

    def start(self) -> None:
        """Run in a daemon thread: a worker that does not end never keeps the program."""
        self._thread = threading.Thread(target=self.run, name="tcpviz-worker", daemon=True)
        self._thread.start()

    def stop(self, wait: float = 0.3) -> None:
        """End the run at once and wait at most `wait` seconds for the link to be given back."""
        self._stopping.set()
        self._alarm.ring()
        if self._thread:
            self._thread.join(wait)

    @property
    def held(self) -> bool:
        """Whether the gate is shut."""
        return self.status.held

    def hold(self) -> None:
        """Shut the gate: nothing passes but what `step` lets through."""
        self._do(lambda run: run.hold())

    def resume(self) -> None:
        """Open the gate."""
        self._do(lambda run: run.open_gate(self._clock.now()))

    def stop_at(self, stops: Sequence[Watch]) -> None:
        """Shut the gate by itself at any of these, and at no others."""
        self._do(lambda run: run.watch_for(stops))

    def step(self, action: GateAction = GateAction.PASS) -> None:
        """Do `action` to the one frame that stands at the shut gate."""
        self._do(lambda run: run.let_through(action, self._clock.now()))

    def impair(self, plan: Plan) -> None:
        """Let these things go wrong on the way from now on, whatever the run began with."""
        self._impairment = str(plan)
        self._do(lambda run: run.impair(plan, self._clock.now()))

    def set_pace(self, pace: float) -> None:
        """Lab seconds that pass in one of ours; 0: as fast as it goes. A real peer has its own pace."""
        self._pace = pace
        self._alarm.ring()

    def _do(self, command: Callable[[Run[Fetch]], None]) -> None:
        self._commands.put(command)
        self._alarm.ring()

    # The worker

    def run(self, progress: Callable[[], None] | None = None) -> None:
        """The whole run in this thread; `progress` is called after each round. Never raises: what the
        network, the link, the disk or a fault of ours does becomes `status.failure`."""
        try:
            with ExitStack() as stack:
                errands = errands_of(self.options, self._outputs)
                world = open_world(self.options, self._destination())
                stack.callback(world.link.close)
                for note in world.notes:
                    self.recording.moment(self._clock.now(), Kind.NOTE, text=note)
                self._drive(world, errands, progress or (lambda: None))
                # Before the link is closed, which may take longer than those who quit wait.
                self._write_end()
        except _EndedError as ended:
            self._fail(ended.failure)
        except UrlError as error:
            self._fail(Failure(error.exit_code, str(error), error.advice))
        except LinkError as error:
            self._fail(Failure(ExitCode.CONNECT_FAILED, str(error)))
        except RecordingError as error:
            self._fail(Failure(ExitCode.WRITE_FAILED, str(error), "Free some space and run it again."))
        except Exception as error:
            self._fail_by_ourselves(error)
        self._write_end()

    def _write_end(self) -> None:
        failure = self.status.failure
        self.recording.end(failure.text if failure else self.status.phase.value)

    def _destination(self) -> Address | None:
        """The address to find a link for; None where the options say enough."""
        host = host_to_reach(self.options)
        if host is None:
            return None
        self.status = replace(self.status, phase=Phase.RESOLVING, virtual_time=False)
        options = self.options
        limits = [each for each in (options.timeout, options.web.connect_timeout) if each is not None]
        limit = round(min(limits) * SECOND) if limits else None
        while not self._stopping.is_set():
            answer = self._resolver.ask(host)
            if isinstance(answer, str):
                failure = unresolved(host, answer)
                raise _EndedError(replace(failure, advice=_LAB_ADVICE) if lab_address(host) else failure)
            if answer:
                return answer[0]
            if limit is not None and self._clock.now() >= limit:
                raise _EndedError(timed_out(Phase.RESOLVING.value))
            self._clock.wait(limit, -1, self._alarm, 0.0)
        raise _EndedError

    def _drive(self, world: World, errands: Sequence[Errand], progress: Callable[[], None]) -> None:
        run = fetch_in(world, self.options, errands, self.recording)
        run.gate.held = self.options.held
        run.watch_for(self.options.stops)
        descriptor = world.link.fileno()
        # All modules and widgets stay until the end: to look for garbage among them again and again costs
        # a fifth of a fast run.
        gc.collect()
        gc.freeze()
        try:
            while not self._stopping.is_set():
                self._obey(run)
                self._resolve(world, run)
                run.round(self._clock.now())
                self._publish(world, run)
                progress()
                if self.status.phase.over:
                    return
                self._clock.wait(self.status.due, descriptor, self._alarm, self._pace_now(run))
        finally:
            # However it ends, the peer learns of it and the rows that are there are kept.
            if not self.status.phase.over:
                with suppress(LinkError):
                    run.abandon(self._clock.now())
                self.status = replace(self.status, phase=Phase.STOPPED, held=False, pending=())
            with suppress(LinkError):
                run.release(self._clock.now())
            progress()

    def _obey(self, run: Run[Fetch]) -> None:
        while not self._commands.empty():
            self._commands.get()(run)

    def _resolve(self, world: World, run: Run[Fetch]) -> None:
        fetch = run.application
        if name := fetch.wants:
            answer = world.address_of(name) or self._resolver.ask(name)
            if isinstance(answer, str):
                fetch.unresolved(answer)
            elif answer is not None:
                fetch.resolved([answer] if isinstance(answer, IPv4Address | IPv6Address) else answer)

    def _until(self, world: World, run: Run[Fetch]) -> int | None:
        """When the next round is due. The lab stands still while a frame waits at the gate, or the body
        for its reader."""
        if world.virtual_time and (run.gate.queue or self._body_waits(run)):
            return None
        if world.virtual_time and run.application.wants:
            return self._clock.now()  # the name is known at once, and nothing may happen before
        deadlines = (run.next_deadline(), self._linger_until)
        return min((deadline for deadline in deadlines if deadline is not None), default=None)

    def _body_waits(self, run: Run[Fetch]) -> bool:
        try:
            fetch = run.application
            return not fetch.done and fetch.sink.room() == 0
        except OSError:
            return False  # it will never be read: the fetch is to find out

    def _pace_now(self, run: Run[Fetch]) -> float:
        """Nobody watches TIME-WAIT or an idle world in slow motion, nor steps through it."""
        return 0.0 if run.application.done or run.gate.held else self._pace

    # What the others see

    def _publish(self, world: World, run: Run[Fetch]) -> None:
        now = self._clock.now()
        fetch = run.application
        response = fetch.response
        self.status = Status(
            url=self.status.url,
            phase=self._phase(world, run, now),
            link=world.link.info.name,
            link_note="; ".join(world.notes),
            virtual_time=world.virtual_time,
            impair=self._impairment,
            held=run.gate.held,
            stopped=run.stopped,
            pace=self._pace,
            now=now,
            due=self._until(world, run),
            pending=_pending(run.gate),
            body=response.body_received if response else 0,
            length=response.length if response else None,
            sent=fetch.body_sent,
            response=response.status_line if response else "",
            outcomes=tuple(fetch.outcomes),
            failure=fetch.failure,
        )

    def _phase(self, world: World, run: Run[Fetch], now: int) -> Phase:
        fetch = run.application
        if fetch.done:
            if not self._lingering(world, run, now):
                return Phase.FAILED if fetch.failure else Phase.DONE
            return Phase.LINGERING
        if fetch.wants:
            return Phase.RESOLVING
        if not run.host.address_ready:
            return Phase.CLAIMING
        if fetch.response is None:
            return _BEFORE_ANSWER.get(fetch.stage, Phase.CONNECTING)
        return Phase.CLOSING if fetch.response.complete else Phase.TRANSFER

    def _lingering(self, world: World, run: Run[Fetch], now: int) -> bool:
        """Whether TIME-WAIT still has to be kept: `linger` seconds of it, in the lab all of it, for its
        minutes cost nothing there. Frames at the gate or a run that failed need no linger but their way."""
        if run.gate.queue:
            return True
        waiting = any(flow.connection.state is State.TIME_WAIT for flow in run.host.flows.values())
        if not waiting or run.application.failure:
            return False
        if self._linger_until is None:
            self._linger_until = now + round(self.options.linger * SECOND)
        if world.virtual_time and self.options.linger:
            self._linger_until = run.next_deadline()
            return True
        return now < self._linger_until

    def _fail(self, failure: Failure | None) -> None:
        self.status = replace(self.status, phase=Phase.FAILED, failure=failure)

    def _fail_by_ourselves(self, error: Exception) -> None:
        text = f"tcpviz itself failed: {type(error).__name__}: {error}"
        self._fail(Failure(ExitCode.INTERNAL, text, "This is a bug: please report it with the saved run."))
        calls = traceback.extract_tb(error.__traceback__)
        where = ", ".join(f"{Path(call.filename).name}:{call.lineno} {call.name}" for call in calls)
        self.recording.moment(self._clock.now(), Kind.NOTE, text=f"{text} (in {where})")
        with suppress(RecordingError):
            self.recording.commit()


class _EndedError(Exception):
    """The run is over before it began: stopped, or with a failure."""

    def __init__(self, failure: Failure | None = None) -> None:
        super().__init__()
        self.failure = failure


def _about(options: RunOptions) -> str:
    """What the recording says was fetched: nothing that TLS would hide, no password."""
    with suppress(UrlError):
        url = parse_url(options.url)
        return (
            without_credentials(options.url) if url.scheme == "http" else f"{url.scheme}://{url.authority}/"
        )
    return ""


def _pending(gate: Gate) -> tuple[PendingFrame, ...]:
    """The first frames at the gate: as many as a screen may want to show."""
    return tuple(
        PendingFrame(each.data, each.direction, each.since) for each in islice(gate.queue, SHOWN_AT_GATE)
    )
