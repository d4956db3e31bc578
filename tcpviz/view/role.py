"""What a piece of the screen means. The ui alone knows what each meaning looks like in a theme."""

from enum import StrEnum


class Role(StrEnum):
    """The domain's style names; a value is the name of a theme variable without its prefix."""

    # Text
    TEXT = "text"
    DIM = "dim"
    TITLE = "title"
    STRONG = "strong"
    LABEL = "label"
    VALUE = "value"
    LINK = "link"
    """An RFC section or another place that can be looked up."""

    # Packets, by Wireshark's default colouring classes; the members of "Bad TCP" apart
    SYN = "syn"
    FIN = "fin"
    RESET = "reset"
    DATA = "data"
    ACK = "ack"
    HTTP = "http"
    UDP = "udp"
    ARP = "arp"
    ICMP = "icmp"
    ICMP_ERROR = "icmp-error"
    CHECKSUM_ERROR = "checksum-error"
    RETRANSMISSION = "retransmission"
    DUPLICATE_ACK = "duplicate-ack"
    OUT_OF_ORDER = "out-of-order"
    UNSEEN = "unseen"
    """A packet that shows that another one was never captured."""
    ZERO_WINDOW = "zero-window"
    WINDOW_FULL = "window-full"
    WINDOW_UPDATE = "window-update"
    KEEP_ALIVE = "keep-alive"

    # What only we know of a packet
    LOST = "lost"
    IMPAIRED = "impaired"
    """Duplicated, delayed or corrupted by the network or at the gate."""
    PENDING = "pending"
    NOTE = "note"
    TIMER = "timer"

    # Sequence space
    ACKED = "acked"
    IN_FLIGHT = "in-flight"
    SACKED = "sacked"
    HELD = "held"
    USABLE = "usable"
    OUTSIDE = "outside"
    POINTER = "pointer"

    # State machine
    STATE_CURRENT = "state-current"
    STATE_VISITED = "state-visited"
    STATE_OTHER = "state-other"
    EDGE_CURRENT = "edge-current"
    EDGE_TAKEN = "edge-taken"
    EDGE_OTHER = "edge-other"

    # Timeline
    PLAYHEAD = "playhead"
    DENSITY = "density"
    FUTURE = "future"

    # Severity
    ALERT = "alert"
    WARN = "warn"
    INFO = "info"
    GOOD = "good"

    # A conversation
    CLIENT = "client"
    SERVER = "server"

    # Bytes
    MARKED = "marked"
    """The bytes of the field that is selected."""
