"""What the caller may choose about a connection, with the RFCs' defaults."""

from dataclasses import dataclass

MILLISECOND = 1_000_000
SECOND = 1_000_000_000
MINUTE = 60 * SECOND


@dataclass(frozen=True, slots=True)
class Network:
    """What the layer below means for the sizes of segments, in octets. The defaults are those of IPv4."""

    header: int = 20
    """What it takes of every packet."""
    least_mtu: int = 552
    """No router makes us send smaller packets: it is more likely an attack (RFC 5927 section 7)."""
    default_mss: int = 536
    """What a peer takes that does not say (RFC 9293 3.7.1, MUST-15)."""


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one connection. Times in nanoseconds, sizes in bytes."""

    mss: int = 1460
    """The largest segment that we take, sent as the MSS option: the MTU less the headers (RFC 9293 3.7.1)."""
    receive_buffer: int = 4 << 20
    """Octets that we hold for the application at most: no window that we offer is larger. The buffer begins
    smaller and grows with what the path brings (`right_sizing`)."""
    send_buffer: int = 4 << 20
    """Octets that `send()` accepts ahead of their acknowledgment at most; as many as twice the congestion
    window until then."""
    window_scaling: bool = True
    """Offer the window scale option (RFC 7323 section 2)."""
    sack: bool = True
    """Offer SACK-permitted (RFC 2018) and report out-of-order blocks."""
    timestamps: bool = True
    """Offer the timestamps option (RFC 7323 section 3)."""
    ecn: bool = False
    """Ask for ECN (RFC 3168). Off as in Linux: some networks lose a SYN that asks, which costs a second. Who
    is asked says yes in any case."""
    nagle: bool = True
    """Hold back a small segment while data is unacknowledged (RFC 9293 3.7.4, SHLD-7)."""
    delayed_ack: int = 40 * MILLISECOND
    """How long an ACK may wait, under 500 ms; 0: not at all (RFC 9293 3.8.6.3, MUST-40)."""
    msl: int = 2 * MINUTE
    """Maximum segment lifetime; TIME-WAIT lasts twice as long (RFC 9293 3.4.2)."""
    fin_wait_2: int = MINUTE
    """How long a connection that nobody reads from any more waits for the peer's FIN."""
    user_timeout: int = 5 * MINUTE
    """Unacknowledged data older than this aborts the connection (RFC 9293 3.9.1)."""
    keep_alive: bool = False
    """Ask a silent peer whether it is still there (RFC 9293 3.8.4, MUST-25)."""
    keep_alive_idle: int = 120 * MINUTE
    """After how long a silence (RFC 9293 3.8.4, MUST-28)."""
    min_rto: int = 200 * MILLISECOND
    """The smallest retransmission timeout. RFC 6298 2.4 says 1 s; Linux and others wait 200 ms, and an ACK
    is delayed less than that."""
    network: Network = Network()
    """What carries the segments; the host knows."""
    congestion_control: str = "reno"
    """A key of `congestion.CONTROLS`."""
