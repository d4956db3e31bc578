"""Named set-ups of the built-in network, each made to show one thing. The same every time: all seeded."""

from dataclasses import dataclass

from tcpviz.lab.network import HOST_NAMES
from tcpviz.tcp.config import MILLISECOND, SECOND, Config

_DEFAULTS = Config()
_FIVE_SEGMENTS = 5 * 1448


@dataclass(frozen=True, slots=True)
class Scenario:
    """One set-up: what is fetched, through what kind of network, between which two ends.

    Times in ns. `impair` is a plan as `link.impair.parse_plan` reads it, seeded with `seed` as all else.
    """

    name: str
    title: str
    watch: str
    """What to look for, in one or two sentences."""
    path: str = "/"
    port: int = 80
    impair: str = ""
    delay: int = 20 * MILLISECOND
    """How long a packet travels, each way."""
    rate: int | None = 10_000_000
    """Bits per second, each way; None: no limit."""
    seed: int = 1
    ours: Config = _DEFAULTS
    theirs: Config = _DEFAULTS
    half_close: bool = False
    """Our FIN goes out right behind the request."""
    busy: int = 0
    """How long the server leaves a new connection unread."""

    @property
    def url(self) -> str:
        """What to fetch."""
        host = HOST_NAMES[0] if self.port == 80 else f"{HOST_NAMES[0]}:{self.port}"
        return f"http://{host}{self.path}"


_ALL = (
    Scenario(
        "handshake",
        "A whole conversation",
        "Three packets open the connection, one asks, a few answer, and a FIN from each side closes it. "
        "Watch both state machines go from CLOSED to TIME-WAIT and CLOSED.",
    ),
    Scenario(
        "syn-loss",
        "The first SYN is lost",
        "Nothing answers, so after the initial timeout of one second the same SYN goes out again; "
        "the next silence would be twice as long.",
        impair="out.drop=1",
    ),
    Scenario(
        "timeout",
        "The request is lost",
        "No later packet tells of the loss, so only the retransmission timer can: "
        "watch RTO run down, and the same octets go out again.",
        impair="out.drop=3",
    ),
    Scenario(
        "loss",
        "A data segment is lost",
        "The segments behind it are held beyond the hole, and each is answered with the same ACK again. "
        "When the missing one comes, RCV.NXT jumps over all of them.",
        path="/bytes/100000",
        impair="in.drop=12",
    ),
    Scenario(
        "lossy",
        "Five of a hundred packets are lost",
        "Both directions suffer: data is sent again, a lost ACK is made good by the next one. "
        "The body still arrives whole.",
        path="/bytes/200000",
        impair="loss=5%",
    ),
    Scenario(
        "reorder",
        "Packets overtake each other",
        "Duplicate ACKs appear though nothing is lost, and the hole closes by itself.",
        path="/bytes/100000",
        impair="in.reorder=8%",
    ),
    Scenario(
        "duplicate",
        "Packets arrive twice",
        "The second copy lies before RCV.NXT: it changes nothing and is answered with an ACK.",
        path="/bytes/50000",
        impair="in.dup=20%",
    ),
    Scenario(
        "corrupt",
        "Bits flip on the way",
        "A packet with a wrong checksum counts as lost: nobody acknowledges it, and it comes again.",
        path="/bytes/100000",
        impair="in.corrupt=4%",
        seed=2,
    ),
    Scenario(
        "ecn",
        "Routers that mark instead of losing",
        "Both sides agree on ECN in their SYNs. A full router sets CE, our ACKs answer with ECE, "
        "and the server sends less from then on and says so with CWR. Nothing is lost.",
        path="/bytes/200000",
        impair="mark=4%",
        ours=Config(ecn=True),
    ),
    Scenario(
        "zero-window",
        "A server that doesn't read",
        "The request fills the server's buffer and its window closes to zero. "
        "Watch the persist timer send probes, until a window update lets the rest go.",
        path="/?" + "x" * 20_000,
        theirs=Config(receive_buffer=_FIVE_SEGMENTS),
        busy=3 * SECOND,
    ),
    Scenario(
        "small-window",
        "A small receive buffer",
        "However fast the network is, no more than 4 kB can be on its way: "
        "the sender stops at SND.UNA+SND.WND and waits for an ACK.",
        path="/bytes/50000",
        ours=Config(receive_buffer=4096),
    ),
    Scenario(
        "slow-start",
        "Slow start over a long path",
        "The first flight is ten segments, the next twice as many: "
        "the congestion window doubles with every round trip.",
        path="/bytes/1000000",
        delay=100 * MILLISECOND,
        rate=None,
    ),
    Scenario(
        "refused",
        "Nobody listens on that port",
        "The SYN is answered with RST,ACK, and SYN-SENT goes straight back to CLOSED.",
        port=81,
    ),
    Scenario(
        "reset",
        "The server gives up",
        "In the middle of the body comes a RST: no FIN, no goodbye, and what was promised never arrives.",
        path="/reset",
    ),
    Scenario(
        "half-close",
        "We say that we are done, and listen on",
        "Our FIN goes out behind the request, and the answer arrives in FIN-WAIT-2: "
        "each direction is closed on its own.",
        path="/bytes/50000",
        half_close=True,
    ),
    Scenario(
        "server-close",
        "The server closes first",
        "The passive side of a close: CLOSE-WAIT, LAST-ACK, CLOSED. "
        "This time it is the server that has to sit through TIME-WAIT.",
        path="/close",
    ),
)

SCENARIOS = {scenario.name: scenario for scenario in _ALL}
"""All of them by name, in the order in which a newcomer should meet them."""
