"""CUBIC (RFC 9438)."""

from tcpviz.tcp.config import MILLISECOND, SECOND
from tcpviz.tcp.congestion.cubic import Cubic
from tcpviz.tcp.congestion.reno import Reno

RTT = 100 * MILLISECOND


def after_a_loss(segments: int) -> Cubic:
    """In congestion avoidance, after a loss at a window of so many segments."""
    cubic = Cubic(1000)
    cubic.cwnd = segments * 1000
    cubic.on_loss(cubic.cwnd, 0)
    cubic.cwnd = cubic.ssthresh
    return cubic


def grow(control: Cubic | Reno, start: int, duration: int) -> int:
    """Let the whole window be acknowledged each RTT; the window at the end."""
    now = start
    while now < start + duration:
        for _ in range(control.cwnd // 1000):
            control.on_ack(1000, now, RTT)
        now += RTT
    return control.cwnd


def test_a_loss_leaves_seven_tenths() -> None:
    """RFC 9438 4.6."""
    assert after_a_loss(100).ssthresh == 70_000
    cubic = Cubic(1000)
    cubic.on_loss(1000, 0)
    assert cubic.ssthresh == 2000


def test_it_is_back_at_the_old_window_after_k_seconds() -> None:
    """RFC 9438 equation 2: K is the cube root of 30 / 0.4, 4.2 s; the plateau lies there."""
    cubic = after_a_loss(100)
    assert 96_000 < grow(cubic, 0, 4 * SECOND) <= 101_000
    plateau = grow(cubic, 4 * SECOND, SECOND)
    assert 99_000 < plateau < 102_000
    assert grow(cubic, 5 * SECOND, 4 * SECOND) > plateau + 20_000


def test_it_grows_fast_then_slow() -> None:
    cubic = after_a_loss(100)
    first = grow(cubic, 0, SECOND) - 70_000
    second = grow(cubic, SECOND, SECOND) - 70_000 - first
    third = grow(cubic, 2 * SECOND, SECOND) - 70_000 - first - second
    assert first > second > third > 0


def test_a_second_loss_below_the_old_window_lowers_the_goal() -> None:
    """RFC 9438 4.7, fast convergence: W_max = 800 * 0.85, reached after 6.7 s."""
    cubic = after_a_loss(1000)
    cubic.cwnd = 800_000
    cubic.on_loss(800_000, SECOND)
    cubic.cwnd = cubic.ssthresh
    assert 670_000 < grow(cubic, SECOND, 7 * SECOND) < 690_000


def test_it_is_not_slower_than_reno_where_reno_is_fast() -> None:
    """RFC 9438 4.3: small windows and short round trips."""
    cubic, reno = after_a_loss(6), Reno(1000)
    reno.cwnd = reno.ssthresh = cubic.cwnd
    assert grow(cubic, 0, 3 * SECOND) >= 0.5 * grow(reno, 0, 3 * SECOND)
    assert cubic.cwnd > 10_000


def test_a_timeout_begins_with_one_segment() -> None:
    cubic = after_a_loss(100)
    cubic.on_timeout(70_000, SECOND, again=False)
    assert (cubic.cwnd, cubic.ssthresh) == (1000, 49_000)
    assert cubic.in_slow_start


def test_after_a_timeout_it_does_not_aim_at_the_old_window() -> None:
    """RFC 9438 4.8: K is 0; a second later it has grown as Reno would, not by 20 towards the old window."""
    cubic = after_a_loss(100)
    cubic.on_timeout(70_000, 0, again=False)
    cubic.cwnd = cubic.ssthresh
    assert 49_000 < grow(cubic, 0, SECOND) < 56_000


def test_it_makes_way_for_reno_until_the_last_losses_window() -> None:
    """RFC 9438 4.3: ALPHA is 0.53 up to cwnd_prior; fast convergence lowers W_max alone."""
    cubic = after_a_loss(100)
    cubic.cwnd = 80_000
    cubic.on_loss(80_000, 0)
    cubic.cwnd = 70_000  # beyond W_max, 68 segments
    before = cubic.cwnd
    for now in range(0, 20 * MILLISECOND, 2 * MILLISECOND):
        for _ in range(70):
            cubic.on_ack(1000, now, 2 * MILLISECOND)
    assert 5000 < cubic.cwnd - before < 5600


def test_silence_does_not_count() -> None:
    """RFC 9438 4.2: after it the window goes on from where it is, not from where the clock is."""
    cubic = after_a_loss(100)
    grow(cubic, 0, SECOND)
    before = cubic.cwnd = cubic.ssthresh = 14_000
    cubic.on_idle()
    assert before <= grow(cubic, 100 * SECOND, RTT) < before + 2000
