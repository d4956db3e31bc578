from helpers.runs import BASE, IN, MS, OUT, ours, tcp_frame, theirs

from tcpviz.session.status import PendingFrame
from tcpviz.view.patience import next_try, repeated
from tcpviz.wire.segment import ACK, SYN, Segment

DATA = tcp_frame(IN, Segment(theirs(1), ours(1), ACK, payload=b"x" * 10))
MORE = tcp_frame(IN, Segment(theirs(11), ours(1), ACK, payload=b"x" * 10))
SYN_ACK = tcp_frame(IN, Segment(theirs(0), ours(1), SYN | ACK))
BARE_ACK = tcp_frame(IN, Segment(theirs(1), ours(1), ACK))
MEASURED = BASE._replace(srtt=100 * MS, rttvar=50 * MS)


def at(data: bytes, since: int) -> PendingFrame:
    return PendingFrame(data, IN, since * MS)


def test_data_is_sent_again_after_the_peers_rto() -> None:
    assert next_try([at(DATA, 1000), at(MORE, 1001)], MEASURED) == 1300 * MS


def test_a_quick_path_has_the_least_rto() -> None:
    assert next_try([at(DATA, 0)], MEASURED._replace(srtt=MS, rttvar=0)) == 200 * MS


def test_a_syn_ack_comes_again_after_a_second() -> None:
    assert next_try([at(SYN_ACK, 500)], None) == 1500 * MS


def test_each_try_waits_twice_as_long() -> None:
    assert next_try([at(DATA, 0), at(DATA, 300)], MEASURED) == 900 * MS


def test_an_ack_is_never_sent_again() -> None:
    assert next_try([at(BARE_ACK, 0)], MEASURED) is None
    assert (
        next_try(
            [PendingFrame(tcp_frame(OUT, Segment(ours(1), theirs(1), ACK, payload=b"x")), OUT, 0)], MEASURED
        )
        is None
    )


def test_what_is_there_twice_is_told() -> None:
    waiting = [at(DATA, 0), at(BARE_ACK, 1), at(DATA, 300), at(BARE_ACK, 301)]
    assert [repeated(waiting, index) for index in range(4)] == [False, False, True, False]
