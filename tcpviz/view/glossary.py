"""TCP's words in plain sentences of our own, each with the RFC section that defines it."""

from typing import NamedTuple


class Term(NamedTuple):
    """A word, what it means, and where it is written."""

    name: str
    meaning: str
    rfc: str


TERMS = (
    Term(
        "ACK",
        "The flag that makes the acknowledgment number count: all octets before that number have "
        "arrived. Every segment after the first SYN has it.",
        "RFC 9293 3.1",
    ),
    Term(
        "ACK, delayed",
        "An ACK that waits a little for a second segment, or for data to travel with. It saves packets "
        "and must not wait longer than half a second.",
        "RFC 9293 3.8.6.3",
    ),
    Term(
        "ACK, duplicate",
        "An ACK that repeats a number without any news. It tells the sender that something arrived "
        "behind a hole.",
        "RFC 5681 2",
    ),
    Term(
        "challenge ACK",
        "The answer to a segment that may be forged, such as a SYN on an open connection. An honest peer "
        "reacts in a way that proves itself.",
        "RFC 5961 3.2",
    ),
    Term(
        "congestion avoidance",
        "Careful growth of cwnd above ssthresh, by about one segment each round trip. It looks for the "
        "path's limit without running far over it.",
        "RFC 5681 3.1",
    ),
    Term(
        "CUBIC",
        "A rule of growth that follows a cubic curve in time back to where the last loss was. It fills "
        "long, fast paths sooner than one segment a round trip would.",
        "RFC 9438 4",
    ),
    Term(
        "cwnd",
        "The congestion window: how many octets the sender itself lets be in flight, to spare the "
        "network. The smaller one of cwnd and the peer's window counts.",
        "RFC 5681 2",
    ),
    Term(
        "D-SACK",
        "A SACK block that names octets which came twice. It tells the sender that it repeated something "
        "without need.",
        "RFC 2883 4",
    ),
    Term(
        "ECN",
        "Routers mark packets instead of dropping them, and the receiver passes the mark back. The "
        "sender slows down before anything is lost.",
        "RFC 3168 6.1",
    ),
    Term(
        "fast retransmit",
        "Sending a segment again after three duplicate ACKs. It does not wait for the timer, which would "
        "take far longer.",
        "RFC 5681 3.2",
    ),
    Term(
        "FIN",
        "The flag that says: I have nothing more to send. It takes one sequence number, and the other "
        "direction stays open.",
        "RFC 9293 3.6",
    ),
    Term(
        "flight",
        "The octets that were sent and are not acknowledged yet. They are on their way, in a queue, or lost.",
        "RFC 5681 2",
    ),
    Term(
        "handshake",
        "Three segments: SYN, SYN-ACK, ACK. Each side learns the other's first sequence number and knows "
        "that its own has arrived.",
        "RFC 9293 3.5",
    ),
    Term(
        "ISN",
        "The initial sequence number, from which one side counts its octets. It must be hard to guess, "
        "so that nobody can forge segments.",
        "RFC 6528 3",
    ),
    Term(
        "keep-alive",
        "A segment with an old sequence number after a long silence. A peer that is still there has to "
        "answer.",
        "RFC 9293 3.8.4",
    ),
    Term(
        "MSL",
        "The longest time that a segment may live in the network, by agreement two minutes. TIME-WAIT "
        "lasts twice as long.",
        "RFC 9293 3.4.2",
    ),
    Term(
        "MSS",
        "The largest number of payload octets that a side takes in one segment. Each side tells its own "
        "in its SYN.",
        "RFC 9293 3.7.1",
    ),
    Term(
        "MTU",
        "The largest packet that a link carries, headers included. The smallest one on the way is the "
        "path MTU.",
        "RFC 1191 1",
    ),
    Term(
        "Nagle's algorithm",
        "A small segment waits while earlier data is unacknowledged. Many tiny writes become few packets.",
        "RFC 9293 3.7.4",
    ),
    Term(
        "PAWS",
        "Protection against wrapped sequence numbers: a segment with too old a timestamp is dropped. A "
        "straggler of a former lap can't pass for new data.",
        "RFC 7323 5",
    ),
    Term(
        "persist timer",
        "It runs while the peer's window is closed, and sends a probe when it ends. Without it a lost "
        "window update would stop the connection for ever.",
        "RFC 9293 3.8.6.1",
    ),
    Term(
        "PSH",
        "The flag that asks the receiver to hand the data to its application now. Most stacks set it on "
        "the last segment of a write.",
        "RFC 9293 3.9.1.2",
    ),
    Term(
        "RACK",
        "Loss found by time: when a segment sent later has arrived, an earlier one is overdue. It finds "
        "lost repeats too, which duplicate ACKs can't.",
        "RFC 8985 3",
    ),
    Term(
        "recovery",
        "The time from a loss until all that was in flight then is acknowledged. Lost pieces go again, "
        "and cwnd is cut once, not once a loss.",
        "RFC 6675 5",
    ),
    Term(
        "RST",
        "The flag that ends a connection at once, or refuses one. What was on its way is lost.",
        "RFC 9293 3.5.2",
    ),
    Term(
        "RTO",
        "The retransmission timeout: how long the sender waits for an ACK before it sends again. It "
        "comes from measured round trips and doubles with each failure.",
        "RFC 6298 2",
    ),
    Term(
        "RTT",
        "The round-trip time from sending a segment to its ACK. A repeated segment can't be measured "
        "without timestamps, as its ACK may mean either one.",
        "RFC 6298 3",
    ),
    Term(
        "rwnd",
        "The receive window: how much the receiver has room for, told in each segment. The sender must "
        "not go beyond it.",
        "RFC 9293 3.8.6",
    ),
    Term(
        "SACK",
        "Selective acknowledgment: blocks that name what arrived behind a hole. The sender repeats the "
        "holes and nothing else.",
        "RFC 2018 3",
    ),
    Term(
        "sequence number",
        "The place of a segment's first octet in its direction's stream. It has 32 bits and starts again "
        "at 0 after 4 GiB.",
        "RFC 9293 3.4",
    ),
    Term(
        "silly window",
        "Tiny segments because of tiny window updates. Receivers wait until a useful amount is free, and "
        "senders until they can fill a segment.",
        "RFC 9293 3.8.6.2",
    ),
    Term(
        "slow start",
        "cwnd grows by what each ACK acknowledges, so it doubles each round trip. It begins a connection "
        "and follows a timeout.",
        "RFC 5681 3.1",
    ),
    Term(
        "SND.NXT",
        "The sequence number that is sent next. Between SND.UNA and SND.NXT lies what is in flight.",
        "RFC 9293 3.3.1",
    ),
    Term(
        "SND.UNA",
        "The oldest sequence number that is not acknowledged. An ACK that moves it on is news.",
        "RFC 9293 3.3.1",
    ),
    Term(
        "ssthresh",
        "The threshold below which cwnd grows fast (slow start) and above which carefully. A loss sets "
        "it to about half of what was in flight.",
        "RFC 5681 3.1",
    ),
    Term(
        "SYN",
        "The flag of the first segment of each side: it carries the initial sequence number and the "
        "options. It takes one sequence number.",
        "RFC 9293 3.5",
    ),
    Term(
        "TIME-WAIT",
        "The state after the close on the side that closed first. It stays to repeat the last ACK, and "
        "lets stragglers die.",
        "RFC 9293 3.6.1",
    ),
    Term(
        "timestamps",
        "An option with the sender's clock, which the peer sends back. It measures every round trip and "
        "makes PAWS possible.",
        "RFC 7323 3",
    ),
    Term(
        "TLP",
        "Tail loss probe: the last segment goes again when nothing came back for about two round trips. "
        "The answer shows the loss sooner than the RTO.",
        "RFC 8985 7",
    ),
    Term(
        "window scale",
        "A shift, told in the SYNs, that multiplies the 16-bit window field. Without it no more than 64 "
        "KiB could be in flight.",
        "RFC 7323 2",
    ),
    Term(
        "window update",
        "An ACK with nothing new but a larger window. The application has read, and there is room again.",
        "RFC 9293 3.8.6.2.2",
    ),
    Term(
        "zero window",
        "The receiver has no room, and the sender must stop. It asks now and then whether that has changed.",
        "RFC 9293 3.8.6.1",
    ),
)


def find(query: str) -> list[Term]:
    """The terms that a query is in: those whose name begins with it first, then names, then meanings."""
    wanted = query.strip().lower()

    def rank(term: Term) -> int:
        name = term.name.lower()
        return 0 if name.startswith(wanted) else 1 if wanted in name else 2

    found = [term for term in TERMS if wanted in f"{term.name} {term.meaning} {term.rfc}".lower()]
    return sorted(found, key=rank)
