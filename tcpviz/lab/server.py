"""The lab's web server: HTTP/1.1 with h11 on our own engine, as the peer of a simulated link."""

import random
import ssl
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Interface, IPv6Interface

import h11

from tcpviz.client.failure import FetchError
from tcpviz.client.stream import Stream
from tcpviz.client.tls import Tls
from tcpviz.host.host import Flow, Host
from tcpviz.lab import certificate, site
from tcpviz.lab.network import PEER_ADDRESS, PEER_ADDRESS6, PEER_MAC, PORTS, TLS_PORTS
from tcpviz.tcp.config import Config
from tcpviz.tcp.events import CwndChanged, Event, Negotiated, RttSampled, TimerSet
from tcpviz.tcp.state import State
from tcpviz.wire.frame import Frame

_READ_SIZE = 64 << 10
_TARGET_LIMIT = 128 << 10
_MOST_TOLD = 4096
"""Frames whose story is kept until they arrive: more than are ever on their way."""
_ORDINARY = (CwndChanged, RttSampled, TimerSet, Negotiated)
"""What the sender's stack always does: it says nothing about why a frame was sent."""
_NOTHING: tuple[bytes, list[Event]] = (b"", [])


class LabPeer:
    """The other end of the built-in network: a host with a web server on it (a SimPeer)."""

    def __init__(
        self,
        *,
        seed: int = 1,
        config: Config | None = None,
        busy: int = 0,
        address: IPv4Interface = PEER_ADDRESS,
        address6: IPv6Interface = PEER_ADDRESS6,
        mac: bytes = PEER_MAC,
        mtu: int = 1500,
        tls_context: Callable[[], ssl.SSLContext] = certificate.server_context,
    ) -> None:
        """`busy`: how long (ns) the server leaves a new connection unread."""
        rng = random.Random(seed)
        self.host = Host(
            mac=mac, address=address, address6=address6, mtu=mtu, rng=rng, secret=rng.randbytes(16)
        )
        self._server = WebServer(self.host, config or Config(), busy=busy, tls_context=tls_context)
        self._told: dict[int, tuple[bytes, list[Event]]] = {}
        """By the identity of a frame: the frame, and what led to it."""

    def on_frame(self, frame: Frame, now: int) -> None:
        """A frame arrived: the server goes on with the flow it belongs to."""
        flow = self.host.on_frame(frame, now)
        if flow is not None:
            self._server.step(flow, now)

    def on_deadline(self, now: int) -> None:
        """A timer of the stack or a pause of the server is over."""
        for flow in self.host.on_deadline(now):
            self._server.step(flow, now)
        self._server.on_deadline(now)

    def frames(self, now: int) -> Iterator[bytes]:
        """What it sends now."""
        for data, flow in self.host.frames(now):
            if flow is not None and (events := flow.connection.events()):
                self._tell(data, events)
            yield data

    def next_deadline(self) -> int | None:
        """When it does something by itself."""
        moments = (self.host.next_deadline(), self._server.next_deadline())
        return min((moment for moment in moments if moment is not None), default=None)

    def told(self, data: bytes) -> Sequence[Event]:
        """What its stack did before it sent this very object, once."""
        return self._told.pop(id(data), _NOTHING)[1]

    def _tell(self, data: bytes, events: Sequence[Event]) -> None:
        telling = [event for event in events if not isinstance(event, _ORDINARY)]
        if telling:
            self._told[id(data)] = (data, telling)
            if len(self._told) > _MOST_TOLD:
                del self._told[next(iter(self._told))]

    def peer_state(self, remote_port: int) -> State | None:
        """The state of its end of the connection from our `remote_port`; None: it never knew one."""
        flow = self._server.flows.get(remote_port)
        return None if flow is None else flow.connection.state


class WebServer:
    """Answers every connection to the lab's ports of a host with the pages of `site`."""

    def __init__(
        self,
        host: Host,
        config: Config,
        *,
        busy: int = 0,
        tls_context: Callable[[], ssl.SSLContext] = certificate.server_context,
    ) -> None:
        """`tls_context` makes what TLS's clients are shown."""
        self.flows: dict[int, Flow] = {}
        """The latest flow from each remote port."""
        self._busy = busy
        self._tls_context = tls_context
        self._visits: dict[Flow, Visit] = {}
        for port in (*PORTS, *TLS_PORTS):
            host.listen(port, config, self._accept)

    def step(self, flow: Flow, now: int) -> None:
        """Go on with one connection: something about it has changed."""
        visit = self._visits.get(flow)
        if visit is not None and not flow.connection.closed:
            visit.step(now)
        if flow.connection.closed:
            self._visits.pop(flow, None)

    def next_deadline(self) -> int | None:
        """When the next pause is over."""
        return min((visit.due for visit in self._visits.values() if visit.due is not None), default=None)

    def on_deadline(self, now: int) -> None:
        """Go on where a pause is over."""
        for flow, visit in list(self._visits.items()):
            if visit.due is not None and visit.due <= now:
                self.step(flow, now)

    def _accept(self, flow: Flow) -> None:
        self.flows[flow.remote.port] = flow
        tls = Tls(flow.connection, self._tls_context()) if flow.local.port in TLS_PORTS else None
        self._visits[flow] = Visit(flow, self._busy, tls)


class Visit:
    """One connection to the server: request, answer, the next request, until one side closes."""

    def __init__(self, flow: Flow, busy: int, tls: Tls | None = None) -> None:
        self.due: int | None = None
        """When it goes on, while it pauses."""
        self._busy = busy
        self._connection = flow.connection
        self._tls = tls
        self._stream: Stream = tls or flow.connection
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_TARGET_LIMIT)
        self._unsent = memoryview(b"")
        self._request: h11.Request | None = None
        self._intake: site.Intake | None = None
        self._answer: site.Answer | None = None
        self._next: site.Piece | None = None
        self._over = False

    def step(self, now: int) -> None:
        """Go as far as the connection, the peer and the page's pauses allow."""
        if self._busy:
            self._busy, self.due = 0, now + self._busy
        if self.due is not None and now < self.due:
            return
        self.due = None
        try:
            if self._tls is None or self._tls.handshake(now):
                self._converse(now)
        except FetchError:  # the client has given up, or speaks no TLS that we know
            self._close(now)

    def _converse(self, now: int) -> None:
        while self._flush(now) and not self._over and self._advance(now):
            pass

    def _flush(self, now: int) -> bool:
        """Hand over what waits; whether all of it was taken."""
        if self._unsent:
            self._unsent = self._unsent[self._stream.send(self._unsent, now) :]
        return not self._unsent

    def _advance(self, now: int) -> bool:
        if self._answer is not None:
            return self._speak(self._answer, now)
        if self._http.our_state is h11.MUST_CLOSE:
            self._close(now)
            return False
        return self._listen(now)

    # The request

    def _listen(self, now: int) -> bool:
        try:
            return self._hear(self._http.next_event(), now)
        except h11.RemoteProtocolError as error:
            self._begin(site.failure(error.error_status_hint, str(error)))
            return True

    def _hear(self, event: object, now: int) -> bool:
        """Take one event of h11's; whether there may be another."""
        if event is h11.NEED_DATA:
            return self._feed(now)
        if isinstance(event, h11.Request):
            self._begin_request(event)
        elif isinstance(event, h11.Data) and self._intake is not None:
            self._take(self._intake, event)
        elif isinstance(event, h11.EndOfMessage) and self._request is not None:
            self._respond(self._request)
        elif isinstance(event, h11.ConnectionClosed):
            self._close(now)
        return not self._over

    def _feed(self, now: int) -> bool:
        data = self._stream.receive(_READ_SIZE, now)
        if not data and not self._stream.at_eof:
            return False
        self._http.receive_data(data)
        return True

    def _begin_request(self, request: h11.Request) -> None:
        """Decide what becomes of its body, and say so to a client that waits for it (RFC 9110 10.1.1)."""
        self._request, self._intake = request, None
        if request.method in (b"GET", b"HEAD"):
            return
        kind = dict(request.headers).get(b"content-type", b"").decode("latin-1")
        intake = site.intake(request.method.decode("ascii"), request.target.decode("ascii"), kind)
        if isinstance(intake, site.Answer):
            self._begin(intake)
            return
        self._intake = intake
        if self._http.they_are_waiting_for_100_continue:
            self._queue(h11.InformationalResponse(status_code=100, headers=[], reason="Continue"))

    def _take(self, intake: site.Intake, event: h11.Data) -> None:
        if not intake.take(bytes(event.data)):
            self._begin(site.failure(413, f"more than {site.LARGEST_ECHO} octets are too many"))

    def _respond(self, request: h11.Request) -> None:
        if self._intake is not None:
            return self._begin(self._intake.answer())
        answer = site.answer(request.target.decode("ascii"))
        return self._begin(answer._replace(body=iter(())) if request.method == b"HEAD" else answer)

    # The response

    def _begin(self, answer: site.Answer) -> None:
        headers = list(answer.headers)
        if answer.length is not None:
            headers.append(("Content-Length", str(answer.length)))
        if answer.ending is not site.Ending.KEEP_ALIVE:
            headers.append(("Connection", "close"))
        self._queue(h11.Response(status_code=answer.status, headers=headers, reason=answer.reason))
        self._answer = answer

    def _speak(self, answer: site.Answer, now: int) -> bool:
        """Queue the next piece of the body, or wait until it is due, or end the response."""
        piece = self._next or next(answer.body, None)
        self._next = None
        if piece is None:
            self._finish(answer, now)
            return True
        if piece.pause:
            self._next, self.due = site.Piece(piece.data), now + piece.pause
            return False
        self._queue(h11.Data(bytes(piece.data)))
        return True

    def _finish(self, answer: site.Answer, now: int) -> None:
        self._answer = None
        if answer.ending is site.Ending.RESET:
            self._connection.abort(now)
            self._over = True
            return
        self._queue(h11.EndOfMessage())
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()

    def _queue(self, event: h11.Event) -> None:
        self._unsent = memoryview(bytes(self._unsent) + (self._http.send(event) or b""))

    def _close(self, now: int) -> None:
        if self._tls is not None:
            self._tls.close_notify(now)
        if not self._connection.closed:
            if self._http.their_state in (h11.DONE, h11.MUST_CLOSE, h11.CLOSED):
                self._connection.close(now)
            else:
                self._connection.shutdown(now)  # a RST would overtake the answer to a request that goes on
        self._over = True
