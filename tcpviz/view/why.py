"""The reason for a row: what our stack did and why, what an observer would say, and where the two differ."""

from dataclasses import dataclass

from tcpviz.view.moment import Moment
from tcpviz.view.safe import SafeText
from tcpviz.view.why_capture import capture_sentences
from tcpviz.view.why_events import Numbers, Sentence, by_importance, comment, tell, tells_all, with_section
from tcpviz.view.why_observer import difference, inference
from tcpviz.view.why_packets import fate_sentence, packet_sentence
from tcpviz.view.why_peer import tell_of_peer

__all__ = ["Sentence", "Why", "comment", "reasons", "why"]


@dataclass(frozen=True, slots=True)
class Why:
    """The explanation of one row; what matters most comes first in each part."""

    truth: tuple[Sentence, ...]
    """What happened to the packet and what our stack did, as it knows itself."""
    peer: tuple[Sentence, ...]
    """What the sender's stack did before a packet that came in; empty where nobody knows."""
    inference: tuple[Sentence, ...]
    """What an observer of the packets alone says; empty where nothing strikes him."""
    difference: SafeText
    """Why the two are not the same; empty where they are."""


def why(moment: Moment) -> Why:
    """The explanation of the row at `moment`."""
    observed = moment.observed
    seen: list[Sentence] = []
    if moment.strangers:
        seen = capture_sentences(moment)
    elif observed and moment.row.number:
        seen = inference(observed)
    return Why(tuple(_truth(moment)), tuple(_peer(moment)), tuple(seen), difference(moment))


def reasons(moment: Moment) -> list[str]:
    """What the Why pane says first of a packet, for text without panes: what our stack knows, else what an
    observer says."""
    found = why(moment)
    return [with_section(each) for each in found.truth or found.inference]


def _peer(moment: Moment) -> list[Sentence]:
    told = map(tell_of_peer, by_importance(moment.peer_events))
    return [each for each in told if each]


def _truth(moment: Moment) -> list[Sentence]:
    numbers = Numbers.of(moment.snapshot, moment.row.time)
    told = [tell(event, numbers) for event in by_importance(moment.events)]
    if not tells_all(moment.events) and (own := packet_sentence(moment)):
        told.insert(0, own)
    if fate := fate_sentence(moment):
        told.insert(0, fate)
    return told
