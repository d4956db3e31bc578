"""What is packed comes out as it went in."""

import pytest
from helpers.torture import frames

from tcpviz.analysis import Analyzer, Verdicts, tcp_packet


def test_every_verdict_comes_back_whole_from_under_sixty_octets() -> None:
    analyzer, verdicts, expected = Analyzer(), Verdicts(), []
    for number, (time, data) in enumerate(frames(7, 5000), 1):
        packet = tcp_packet(data)
        assert packet is not None
        expected.append(analyzer.add(number, time, packet))
        verdicts.append(expected[-1])

    assert len(verdicts) == 5000
    assert [verdicts.get(index) for index in range(5000)] == expected
    assert verdicts.size / 5000 < 60


def test_beyond_the_end_there_is_nothing() -> None:
    with pytest.raises(IndexError):
        Verdicts().get(0)
