"""A small run recorded by hand: handshake, request, a response of three segments of which the second is
lost and sent again, and the close. Every number in it is chosen, so that tests can name it."""

from ipaddress import IPv4Address

from tcpviz.link.base import Direction, Fate
from tcpviz.recording import Kind, Recording
from tcpviz.tcp.events import (
    AckReason,
    AckSent,
    Event,
    Held,
    HoleFilled,
    Negotiated,
    RttSampled,
    StateChanged,
    Timer,
    TimerSet,
)
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State, Trigger
from tcpviz.view.run import RunView
from tcpviz.wire import arp, ethernet, ipv4, tcp
from tcpviz.wire.checksum import pseudo_header
from tcpviz.wire.segment import ACK, FIN, PSH, SYN, Segment
from tcpviz.wire.seq import Seq, seq

IN, OUT = Direction.IN, Direction.OUT
MS = 1_000_000

OUR_MAC, PEER_MAC = bytes.fromhex("020000000002"), bytes.fromhex("020000000001")
OUR_ADDRESS, PEER_ADDRESS = IPv4Address("192.0.2.2").packed, IPv4Address("192.0.2.1").packed
OUR_PORT, PEER_PORT = 40000, 80
ISS, IRS = Seq(4_000_000_000), Seq(0xFFFF_FF00)
"""The peer's numbers wrap within the first segment."""

REQUEST = b"GET / HTTP/1.1\r\nHost: lab\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2829\r\n\r\n".ljust(2896, b"x")
MSS = 1448

BASE = Snapshot(
    state=State.SYN_SENT,
    iss=ISS,
    irs=Seq(0),
    snd_una=ISS,
    snd_nxt=seq(ISS + 1),
    snd_max=seq(ISS + 1),
    snd_wnd=0,
    rcv_nxt=Seq(0),
    rcv_wnd=65535,
    mss=MSS,
    cwnd=14480,
    ssthresh=1 << 62,
    srtt=0,
    rttvar=0,
    rto=1000 * MS,
    backoff=0,
    dup_acks=0,
    unsent=0,
    unread=0,
)


def tcp_frame(direction: Direction, segment: Segment) -> bytes:
    """`segment` on the way between the two ends."""
    ends = (OUR_ADDRESS, PEER_ADDRESS, OUR_PORT, PEER_PORT, OUR_MAC, PEER_MAC)
    if direction is IN:
        ends = (PEER_ADDRESS, OUR_ADDRESS, PEER_PORT, OUR_PORT, PEER_MAC, OUR_MAC)
    source, destination, source_port, destination_port, source_mac, destination_mac = ends
    addresses = pseudo_header(source, destination, ipv4.TCP, 0)
    data = tcp.build_with_checksum(source_port, destination_port, segment, addresses)
    packet = ipv4.build(source, destination, ipv4.TCP, data)
    return ethernet.build(destination_mac, source_mac, ethernet.IPV4, packet)


def arp_frame(packet: arp.ArpPacket) -> bytes:
    """`packet` to everybody."""
    return ethernet.build(ethernet.BROADCAST, packet.sender_mac, ethernet.ARP, arp.build(packet))


ARP_REQUEST = arp_frame(arp.ArpPacket(arp.REQUEST, OUR_MAC, OUR_ADDRESS, bytes(6), PEER_ADDRESS))


class RunBuilder:
    """Writes rows one after the other, each with the state after it."""

    def __init__(self) -> None:
        self.recording = Recording.create(link="sim", epoch=1_700_000_000_000_000_000)
        self.snapshot = BASE

    def moves(self, **changes: object) -> None:
        """The state after the next row differs in these variables."""
        self.snapshot = self.snapshot._replace(**changes)  # type: ignore[arg-type]

    def call(self, time: int, *events: Event) -> None:
        """The application did something."""
        self.recording.moment(time, Kind.CALL, flow=1, snapshot=self.snapshot, events=events)

    def sent(
        self, time: int, segment: Segment, *events: Event, fate: Fate = Fate.PASSED, text: str = ""
    ) -> None:
        """We sent `segment`."""
        self._frame(time, OUT, segment, events, fate, text)

    def came(
        self, time: int, segment: Segment, *events: Event, fate: Fate = Fate.PASSED, text: str = ""
    ) -> None:
        """`segment` arrived."""
        self._frame(time, IN, segment, events, fate, text)

    def lost(self, time: int, segment: Segment) -> None:
        """`segment` was eaten on its way to us: no connection knows of it."""
        self.recording.frame(time, IN, tcp_frame(IN, segment), fate=Fate.LOST)

    def _frame(
        self,
        time: int,
        direction: Direction,
        segment: Segment,
        events: tuple[Event, ...],
        fate: Fate,
        text: str,
    ) -> None:
        data = tcp_frame(direction, segment)
        self.recording.frame(
            time, direction, data, flow=1, snapshot=self.snapshot, events=events, fate=fate, text=text
        )


def ours(at: int) -> Seq:
    """A number of what we send, from its relative one."""
    return seq(ISS + at)


def theirs(at: int) -> Seq:
    """A number of what the peer sends, from its relative one."""
    return seq(IRS + at)


def small_run() -> Recording:
    """The run, committed. Its rows are the constants below."""
    run = RunBuilder()
    run.recording.frame(0, OUT, ARP_REQUEST)
    _handshake(run)
    _transfer(run)
    _close(run)
    run.recording.commit()
    return run.recording


(
    ROW_ARP,
    ROW_CONNECT,
    ROW_SYN,
    ROW_SYN_ACK,
    ROW_ACK,
    ROW_REQUEST,
    ROW_DATA,
    ROW_LOST,
    ROW_BEYOND,
    ROW_DUPLICATE_ACK,
    ROW_AGAIN,
    ROW_ACK_OF_ALL,
    ROW_FIN,
    ROW_LAST,
) = range(14)


def _handshake(run: RunBuilder) -> None:
    opened = StateChanged(State.CLOSED, State.SYN_SENT, Trigger.ACTIVE_OPEN)
    run.call(1 * MS, opened)
    run.sent(1 * MS, Segment(ISS, flags=SYN, window=65535, mss=1460, sack_permitted=True, window_scale=7))
    run.moves(state=State.ESTABLISHED, irs=IRS, snd_una=ours(1), rcv_nxt=theirs(1))
    run.moves(snd_wnd=65160, srtt=20 * MS, rttvar=10 * MS, rto=200 * MS)
    run.came(
        21 * MS,
        Segment(IRS, ours(1), SYN | ACK, 65160, mss=1460, sack_permitted=True, window_scale=7),
        StateChanged(State.SYN_SENT, State.ESTABLISHED, Trigger.RCV_SYN_ACK),
        Negotiated(MSS, 7, 7, True, False),
        RttSampled(20 * MS, 20 * MS, 10 * MS, 200 * MS),
    )
    run.sent(21 * MS, Segment(ours(1), theirs(1), ACK, 512))


def _transfer(run: RunBuilder) -> None:
    first, second, third = RESPONSE[:MSS], RESPONSE[MSS:2448], RESPONSE[2448:]
    second_at, third_at, end = 1 + len(first), 1 + len(first) + len(second), 1 + len(RESPONSE)
    run.moves(snd_nxt=ours(1 + len(REQUEST)), snd_max=ours(1 + len(REQUEST)))
    run.sent(22 * MS, Segment(ours(1), theirs(1), PSH | ACK, 512, REQUEST))
    run.moves(snd_una=ours(1 + len(REQUEST)), rcv_nxt=theirs(second_at))
    run.moves(deadlines=((Timer.DELAYED_ACK, 82 * MS),))
    run.came(42 * MS, Segment(theirs(1), ours(1 + len(REQUEST)), ACK, 509, first))
    run.lost(43 * MS, Segment(theirs(second_at), ours(1 + len(REQUEST)), ACK, 509, second))
    run.moves(held=((theirs(third_at), theirs(end)),), deadlines=())
    run.came(
        44 * MS,
        Segment(theirs(third_at), ours(1 + len(REQUEST)), PSH | ACK, 509, third),
        Held(theirs(third_at), theirs(end)),
    )
    run.sent(
        44 * MS,
        Segment(ours(1 + len(REQUEST)), theirs(second_at), ACK, 512, sack=((theirs(third_at), theirs(end)),)),
        AckSent(AckReason.OUT_OF_ORDER),
    )
    run.moves(rcv_nxt=theirs(end), held=())
    run.came(
        250 * MS,
        Segment(theirs(second_at), ours(1 + len(REQUEST)), ACK, 509, second),
        HoleFilled(theirs(end)),
    )
    run.sent(
        250 * MS,
        Segment(ours(1 + len(REQUEST)), theirs(end), ACK, 512),
        AckSent(AckReason.HOLE_FILLED),
    )


def _close(run: RunBuilder) -> None:
    end, sent = 1 + len(RESPONSE), 1 + len(REQUEST)
    run.moves(state=State.FIN_WAIT_1, snd_nxt=ours(sent + 1), snd_max=ours(sent + 1))
    run.sent(
        251 * MS,
        Segment(ours(sent), theirs(end), FIN | ACK, 512),
        StateChanged(State.ESTABLISHED, State.FIN_WAIT_1, Trigger.CLOSE),
    )
    run.moves(state=State.TIME_WAIT, snd_una=ours(sent + 1), rcv_nxt=theirs(end + 1))
    run.came(
        271 * MS,
        Segment(theirs(end), ours(sent + 1), FIN | ACK, 509),
        StateChanged(State.FIN_WAIT_1, State.TIME_WAIT, Trigger.RCV_FIN_AND_ACK_OF_FIN),
        TimerSet(Timer.TIME_WAIT, 240_271 * MS),
    )


def read_whole(recording: Recording) -> RunView:
    """A view that has taken everything in."""
    run = RunView(recording)
    run.advance(1, lambda: 0)
    return run
