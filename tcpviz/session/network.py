"""A run for programs: a link and a host on it in a thread of their own, as long as somebody uses them."""

import atexit
import threading
import weakref
from contextlib import suppress
from pathlib import Path

from tcpviz.host.address import Address
from tcpviz.link.base import LinkError
from tcpviz.link.plan import Plan
from tcpviz.recording import Kind, Recording, RecordingError
from tcpviz.recording.recording import Explain
from tcpviz.session import socket_errors
from tcpviz.session.calls import Attempt, Call, Calls, Pending, T
from tcpviz.session.clock import Alarm
from tcpviz.session.options import RunOptions
from tcpviz.session.world import clock_for, label, open_world

_running: set["Network"] = set()


class Network:
    """Its users call `call`, from any thread; the last that leaves ends it.

    The thread alone touches link, host and connections. On the lab's clock no time passes while nobody
    waits in a call.
    """

    def __init__(
        self,
        options: RunOptions,
        destination: Address | None,
        *,
        explain: Explain,
        record: Path | None,
        recorded: bool,
    ) -> None:
        """`options` are checked. Raises OSError."""
        self._clock = clock_for(options)
        self._alarm = Alarm()
        self._calls = Calls(self._alarm.ring)
        self._users: set[object] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="tcpviz-network", daemon=True)
        try:
            self.world = open_world(options, destination)
            self.recording = Recording.create(
                link=label(options), epoch=self._clock.epoch, path=record, explain=explain
            )
        except (LinkError, RecordingError) as error:
            raise socket_errors.of_run(error) from error
        if not recorded:
            self.recording.stop()
        weakref.finalize(self, self.recording.close)
        for note in self.world.notes:
            self.recording.moment(self._clock.now(), Kind.NOTE, text=note)
        self._run = self.world.join(self._calls, self.recording)
        self.opened = self._calls.opened
        self.tell = self._calls.tell

    # From any thread

    def start(self) -> None:
        """Let it run; the program's end ends it too, in good order."""
        _running.add(self)
        self._thread.start()

    def call(self, attempt: Attempt[T], timeout: float | None = None, pending: Pending | None = None) -> T:
        """Have the run do this, and wait for the answer. Raises OSError."""
        return self._calls.ask(Call(attempt, timeout, pending)).result()

    def order(self, attempt: Attempt[object]) -> None:
        """Have the run do this, some time. For finalizers: it neither waits nor locks."""
        self._calls.ask(Call(attempt))

    @property
    def over(self) -> bool:
        """Whether the thread has ended: whoever looks at its parts now is alone with them."""
        return not self._thread.is_alive()

    def impair(self, plan: Plan) -> None:
        """Let these things go wrong on the way from now on."""

        def attempt(now: int) -> bool:
            self._run.impair(plan, now)
            return True

        self.call(attempt)

    def join(self, user: object) -> None:
        """It goes on at least until `user` leaves."""
        self._users.add(user)

    def leave(self, user: object, *, wait: bool = True) -> None:
        """This user needs it no more. After the last link and thread end; `wait` for that."""
        self._users.discard(user)
        if not self._users:
            self.stop(wait=wait)

    def stop(self, *, wait: bool = True) -> None:
        """End it at once: what is still open is reset."""
        self._stopping.set()
        self._alarm.ring()
        if self._thread.ident is None:
            self.world.link.close()
        elif wait:
            self._thread.join()

    # The thread

    def _work(self) -> None:
        end = socket_errors.closed()
        try:
            self._drive()
        except Exception as error:
            end = socket_errors.of_run(error)
        finally:
            with suppress(LinkError):
                self.world.link.close()
            self._calls.end(end)
            _running.discard(self)

    def _drive(self) -> None:
        run, clock, descriptor = self._run, self._clock, self.world.link.fileno()
        try:
            while not self._stopping.is_set():
                run.round(clock.now())
                self._calls.answer()
                clock.wait(self._until(), descriptor, self._alarm, 0.0)
        finally:
            with suppress(LinkError, RecordingError):
                run.abandon(clock.now())
            with suppress(LinkError, RecordingError):
                run.release(clock.now())

    def _until(self) -> int | None:
        """When the next round is due: the lab stands still while its users think."""
        if self.world.virtual_time and not self._calls.waiting:
            return None
        return self._run.next_deadline()


@atexit.register
def _stop_all() -> None:
    for network in list(_running):
        network.stop()
