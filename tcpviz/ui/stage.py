"""What is on the screen: one recording, the session that still writes it, and the moment that is looked at.

No widget in here: the screen asks this what to show and what makes sense now.
"""

import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple

from tcpviz.analysis.filter import Filter, compile_filter
from tcpviz.client.url import parse_url
from tcpviz.recording import Recording
from tcpviz.session.gate import GateAction
from tcpviz.session.options import RunOptions
from tcpviz.session.status import PendingFrame, Status
from tcpviz.ui.cursor import Cursor
from tcpviz.ui.listing import AllPackets, Listing, PassingPackets, nearest, shows, step
from tcpviz.ui.running import RunningSession
from tcpviz.ui.seeking import Seeker
from tcpviz.view import patience
from tcpviz.view.breakpoints import AtFilter, Stop
from tcpviz.view.filtered import FilteredPackets
from tcpviz.view.moment import Moment
from tcpviz.view.packets import Line
from tcpviz.view.run import RunView
from tcpviz.view.safe import SafeText, safe
from tcpviz.view.streams import Streams

PACES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 0.0)
"""Lab seconds in one of ours, from the slowest to "as fast as it goes"."""


class Situation(NamedTuple):
    """What decides which keys make sense."""

    packets: bool
    alerts: bool
    live: bool
    """A session runs."""
    held: bool
    pending: bool
    virtual_time: bool
    follows: bool
    filtered: bool = False
    """The list shows some packets only."""
    repeatable: bool = False
    """It can be run again: it is no file."""
    streams: bool = False
    """There are several TCP streams to choose from."""
    at_end: bool = True
    """The last packet is shown: a step on goes through the gate."""
    begins_held: bool = False
    """The next run begins with the gate shut."""


class Stage:
    """One recording being looked at."""

    def __init__(
        self,
        recording: Recording,
        session: RunningSession | None = None,
        options: RunOptions | None = None,
    ) -> None:
        self.recording = recording
        self.session = session
        self.options = options
        self.run = RunView(recording)
        self.streams = Streams(self.run)
        self.cursor = Cursor()
        self.filter: Filter | None = None
        self.listing: Listing = AllPackets(self.run)
        self._found: FilteredPackets | None = None
        self._one_stream = False
        """The filter is for one TCP stream, chosen from the list of them."""
        self._strays = False
        """A filter has come, and the packet under the cursor may not be listed."""
        self.seeker: Seeker | None = None
        """While the next breakpoint is looked for."""
        self._known: dict[AtFilter, FilteredPackets] = {}
        self.done: Counter[GateAction] = Counter()
        """What the user did at the gate, and how often."""
        self._shown = datetime.now()

    @property
    def status(self) -> Status | None:
        """The session's; None for a file."""
        return self.session.status if self.session else None

    @property
    def pending(self) -> tuple[PendingFrame, ...]:
        """What waits at the gate."""
        return self.session.status.pending if self.session else ()

    def situation(self) -> Situation:
        """What decides which keys make sense."""
        status = self.status
        live = status is not None and not status.phase.over
        return Situation(
            packets=self.cursor.count > 0,
            alerts=len(self.run.alerts) > 0,
            live=live,
            held=live and status is not None and status.held,
            pending=live and bool(self.pending),
            virtual_time=live and status is not None and status.virtual_time,
            follows=self.cursor.follows,
            filtered=self.filter is not None,
            repeatable=self.options is not None,
            streams=len(self.streams) > 1,
            at_end=self._at_end,
        )

    def advance(self, budget: int) -> bool:
        """Read what is new for at most `budget` ns. Tells whether there was anything."""
        grew = self.run.advance(budget, time.monotonic_ns)
        self.cursor.grow(len(self.run.packets))
        self.streams.advance(budget, time.monotonic_ns)
        if self._found is not None and self._found.behind:
            self._found.advance(budget, time.monotonic_ns)
            return True
        return grew

    def show_only(self, wanted: Filter | None) -> None:
        """List the packets that pass; None: all."""
        self.filter = wanted
        self._found = None if wanted is None else FilteredPackets(self.run, wanted)
        self._strays = wanted is not None
        self._one_stream = False
        self.listing = AllPackets(self.run) if self._found is None else PassingPackets(self._found)

    def come_back(self) -> bool:
        """Once all packets were looked at: from a packet that is not listed to the nearest that is. Tells
        whether the cursor has moved."""
        if not self._strays or self._found is None or self._found.behind:
            return False
        self._strays = False
        if self.cursor.follows or not len(self.listing):
            return False
        before, here = self.cursor.position, nearest(self.listing, self.cursor.position)
        self.cursor.go(here)
        return here != before

    def show_stream(self, number: int) -> None:
        """List the packets of one TCP stream, from its first on."""
        self.show_only(compile_filter(f"tcp.stream == {number}"))
        self._one_stream = True
        self.cursor.go(self.streams.first(number))

    @property
    def mixed(self) -> bool:
        """Whether packets of several TCP streams may be listed."""
        return len(self.streams) > 1 and not self._one_stream

    @property
    def passing(self) -> Sequence[int] | None:
        """The positions of the packets that were found to pass the filter; None without one."""
        return None if self._found is None else self._found.positions

    @property
    def filter_caption(self) -> SafeText:
        """What the list says of its filter; empty without one."""
        if self.filter is None or self._found is None:
            return SafeText("")
        progress = f"{self._found.behind:,} not looked at yet   " if self._found.behind else ""
        return safe(f"{progress}filter: {self.filter.text}")

    def moment(self) -> Moment | None:
        """What is looked at: the end of the record while following, else the packet under the cursor.

        None while there is nothing yet.
        """
        if not len(self.run):
            return None
        if self.cursor.follows or not self.cursor.count:
            return self.run.moment(len(self.run) - 1)
        return self.run.moment(self.run.packets.row(self.cursor.position))

    def lines_at_gate(self) -> list[Line]:
        """The packets that wait, as rows of the list."""
        pending = self.pending
        lines = [self.run.pending_line(frame.data, frame.direction, frame.since) for frame in pending]
        return [
            line._replace(note=safe(f"{line.note} [sent again]"), info=safe(f"{line.info} [sent again]"))
            if patience.repeated(pending, index)
            else line
            for index, line in enumerate(lines)
        ]

    @property
    def file_name(self) -> str:
        """What the file of this run may be called: its name, the time of its start on the user's clock (the
        lab's own stands at the same moment in each run), and a number where there is such a file already."""
        start = self._shown if self.session else datetime.fromtimestamp(self.recording.epoch / 1e9)
        name = f"{self._name}-{start:%Y%m%d-%H%M%S}"
        numbers = chain([""], (f"-{number}" for number in count(2)))
        names = (f"{name}{number}.pcapng" for number in numbers)
        return next(each for each in names if not Path(each).exists())

    @property
    def _name(self) -> str:
        """The scenario or the host."""
        if self.options is None:
            return "capture"
        return self.options.scenario or parse_url(self.options.url).host

    # Breakpoints

    def seek(self, stops: Sequence[Stop]) -> None:
        """Look for the next row, after the one that is shown, that a run would stop at."""
        moment = self.moment()
        if moment:
            self.seeker = Seeker(self.run, moment.index, stops, self._known)

    def sought(self, budget: int) -> bool:
        """Go on looking, and go there once it is found. Tells whether the search has just ended."""
        if self.seeker is None or not self.seeker.advance(budget, time.monotonic_ns):
            return False
        if self.seeker.found is not None:
            self.go_to_row(self.seeker.found)
        return True

    # The gate

    def toggle_hold(self) -> None:
        """Shut the gate, or open it."""
        if self.session and self.session.status.held:
            self.session.resume()
        elif self.session:
            self.session.hold()

    def gate(self, action: GateAction) -> None:
        """Do something to the packet at the gate, and look at what comes of it."""
        if self.session and self.pending:
            self.cursor.live()
            self.done[action] += 1
            self.session.step(action)

    def change_pace(self, by: int) -> None:
        """The next faster or slower pace."""
        if self.session:
            pace = self.session.status.pace
            at = min(range(len(PACES)), key=lambda i: abs(PACES[i] - pace)) if pace else len(PACES) - 1
            self.session.set_pace(PACES[min(max(at + by, 0), len(PACES) - 1)])

    # Moving through time

    @property
    def _at_end(self) -> bool:
        return self.cursor.follows or self.cursor.position == self.cursor.last

    def next(self) -> None:
        """One packet on. At the live end of a held run that means: let one through."""
        if self._at_end and self.situation().pending:
            self.gate(GateAction.PASS)
        else:
            self.step(1)

    def step(self, by: int) -> None:
        """Some rows of the list on or back; beyond the last one: to the end, and on with it."""
        if not len(self.listing) and by < 0:
            return
        position = step(self.listing, self.cursor.position, by)
        if position is None:
            self.cursor.live()
        else:
            self.cursor.go(position)

    def first(self) -> None:
        """To the first packet of the list."""
        if len(self.listing):
            self.cursor.go(self.listing.position(0))

    def go_to_number(self, number: int) -> None:
        """To the packet with this number, or the last one before it."""
        self.cursor.go(self.run.position_of(number))

    def go_to_row(self, row: int) -> None:
        """To the packet that was the last one at this row of the recording."""
        self.cursor.go(self.run.packets.position(row))

    def go_to_time(self, moment: int) -> None:
        """To the last packet not later than `moment` (ns)."""
        self.cursor.go(self.run.packets.at_time(moment))

    def go_to_alert(self, *, forward: bool) -> bool | None:
        """To the next or the previous packet of the list that has an alert; beyond the last one to the first,
        and the other way round. Whether it was such a leap; None where no packet of the list has one."""
        here = self.run.packets.row(self.cursor.position)
        for start, leaps in ((here, False), (-1 if forward else len(self.recording), True)):
            row = self._listed_alert(start, forward=forward)
            if row is not None:
                self.go_to_row(row)
                return leaps
        return None

    def _listed_alert(self, row: int, *, forward: bool) -> int | None:
        """The row of the first alert after, or before, `row` whose packet the list shows."""
        beyond = self.run.alerts.next if forward else self.run.alerts.previous
        found = beyond(row)
        while found is not None and not shows(self.listing, self.run.packets.position(found)):
            found = beyond(found)
        return found

    @property
    def strays(self) -> bool:
        """Whether the packet that is looked at is none of those in the list."""
        return self.filter is not None and not shows(self.listing, self.cursor.position)

    @property
    def last_number(self) -> int:
        """The number of the last packet that has one."""
        positions = range(self.cursor.last, -1, -1)
        return next((number for position in positions if (number := self._number(position))), 0)

    def _number(self, position: int) -> int:
        return self.recording.row(self.run.packets.row(position)).number

    def retire(self) -> None:
        """End the session; what was recorded can still be looked at."""
        if self.session:
            self.session.stop()

    def close(self) -> None:
        """End the session and let go of the recording."""
        if self.session:
            self.session.stop()
        self.recording.close()
