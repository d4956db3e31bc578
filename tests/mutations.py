"""Rules of the engine, broken one at a time: some test has to notice each.

    python tests/mutations.py            all of them
    python tests/mutations.py paws sws   those whose names begin so

Works on a copy, so that the checkout stays as it is. Exits with 1 when a broken rule goes unnoticed.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


class Mutation(NamedTuple):
    """`right` in a module of the engine becomes `wrong`."""

    name: str
    module: str
    right: str
    wrong: str


MUTATIONS = (
    Mutation(
        "window-edge",
        "acceptance.py",
        "in_window(segment.seq, tcb.rcv_nxt, window)",
        "in_window(segment.seq, tcb.rcv_nxt, window + 1)",
    ),
    Mutation(
        "reset-anywhere",
        "arrival.py",
        "if segment.seq != tcb.rcv_nxt:\n        challenge",
        "if False:\n        challenge",
    ),
    Mutation(
        "syn-resets", "arrival.py", "if not segment.flags & SYN:\n        return True\n", "return True\n"
    ),
    Mutation("challenge-limit", "replies.py", "return tcb.challenges <= CHALLENGES", "return True"),
    Mutation(
        "ack-of-the-future",
        "acknowledgment.py",
        "<= diff(tcb.snd_nxt, tcb.snd_una)\n",
        "<= diff(tcb.snd_nxt, tcb.snd_una) + 1\n",
    ),
    Mutation("ack-missing", "acknowledgment.py", "if not segment.flags & ACK:", "if False:"),
    Mutation("paws", "acceptance.py", "if 0 < age < 0x8000_0000 and", "if False and"),
    Mutation("timestamp-echo", "acceptance.py", "and le(segment.seq, tcb.last_ack_sent)", "and True"),
    Mutation("scale-limit", "options.py", "min(peer_syn.window_scale, MAX_SHIFT)", "peer_syn.window_scale"),
    Mutation("default-mss", "config.py", "default_mss: int = 536", "default_mss: int = 1460"),
    Mutation(
        "options-in-mss",
        "options.py",
        "min(send_mss, tcb.config.mss) - overhead",
        "min(send_mss, tcb.config.mss)",
    ),
    Mutation(
        "sws-receiver",
        "acking.py",
        "free >> scale > field and worth_offering(tcb, free - offered)",
        "free >> scale > field",
    ),
    Mutation("sws-sender", "output.py", "return idle and 2 * size >= tcb.max_snd_wnd", "return True"),
    Mutation("nagle", "output.py", "(idle or not tcb.config.nagle or tcb.fin_queued)", "True"),
    Mutation(
        "delayed-ack", "receiver.py", ">= 2 * tcb.rcv_mss or not delay", ">= 3 * tcb.rcv_mss or not delay"
    ),
    Mutation(
        "karn", "acknowledgment.py", "if newest.attempts == 0 and newest.fate is not Fate.SACKED:", "if True:"
    ),
    Mutation(
        "backoff", "rtt.py", "self.rto = min(2 * self.rto, MAX_RTO)", "self.rto = min(self.rto, MAX_RTO)"
    ),
    Mutation(
        "probe-for-ever",
        "acknowledgment.py",
        "    if tcb.probes:\n        tcb.timers.start(Timer.USER",
        "    if False:\n        tcb.timers.start(Timer.USER",
    ),
    Mutation(
        "time-wait-again",
        "acceptance.py",
        "if tcb.state is State.TIME_WAIT and segment.flags & FIN and segment.end == tcb.rcv_nxt:",
        "if False:",
    ),
    Mutation(
        "time-wait-length",
        "receiver.py",
        "deadline = now + 2 * tcb.config.msl",
        "deadline = now + tcb.config.msl",
    ),
    Mutation("data-after-fin", "acceptance.py", "tcb.rcv_edge if last is None else last", "tcb.rcv_edge"),
    Mutation("urgent", "arrival.py", "tcb.rcv_up = up_to\n", "tcb.rcv_up = None\n"),
    Mutation("fast-retransmit", "rack.py", "DUP_THRESH = 3", "DUP_THRESH = 4"),
    Mutation(
        "loss-halves",
        "congestion/reno.py",
        "max(in_flight // 2, 2 * self.mss)",
        "max(in_flight, 2 * self.mss)",
    ),
    Mutation("rack-reordering", "rack.py", "self.reordering_seen |= ", "False and "),
    Mutation("tail-loss-once", "tail_loss.py", "or tcb.tail_probe is not None\n", ""),
    Mutation("eifel", "spurious.py", "if 0 < age < 0x8000_0000:", "if False:"),
    Mutation(
        "icmp-outside",
        "tcb.py",
        "return in_window(number, self.snd_una, diff(self.snd_nxt, self.snd_una))",
        "return True",
    ),
    Mutation(
        "icmp-hard", "connection.py", "elif error.hard and tcb.state is State.SYN_SENT:", "elif error.hard:"
    ),
    Mutation(
        "ecn-setup",
        "ecn.py",
        "syn.flags & _SETUP == (ECE if syn.flags & ACK else _SETUP)",
        "syn.flags & ECE != 0",
    ),
    Mutation(
        "ecn-fallback",
        "ecn.py",
        "if tcb.state is State.SYN_SENT:",
        "if False:",
    ),
    Mutation(
        "ecn-syn-again",
        "ecn.py",
        "tcb.ecn = tcb.ecn and _is_setup(syn)",
        "pass",
    ),
    Mutation(
        "ecn-echo-stays",
        "ecn.py",
        "if segment.flags & CWR:",
        "if True:",
    ),
    Mutation(
        "ecn-new-mark",
        "ecn.py",
        "if segment.ecn == CE and segment.payload:",
        "if segment.ecn == CE and not segment.flags & CWR:",
    ),
    Mutation(
        "ecn-probe",
        "ecn.py",
        "if tcb.ecn and size and tcb.snd_wnd else",
        "if tcb.ecn and size else",
    ),
    Mutation(
        "ecn-ack",
        "ecn.py",
        "if tcb.ecn and size and tcb.snd_wnd else",
        "if tcb.ecn and tcb.snd_wnd else",
    ),
    Mutation(
        "ecn-cwr",
        "ecn.py",
        "(CWR if tcb.cwr_due else 0)",
        "0",
    ),
    Mutation(
        "ecn-once",
        "recovery.py",
        "if not tcb.already_slower and tcb.snd_una != tcb.slower_until:",
        "if True:",
    ),
    Mutation(
        "ecn-then-loss",
        "recovery.py",
        "if not tcb.already_slower:  # by ECN",
        "if True:  # by ECN",
    ),
    Mutation(
        "ecn-growth",
        "acknowledgment.py",
        " and not (segment.flags & ECE and tcb.ecn)",
        "",
    ),
    Mutation(
        "recovery-over",
        "tcb.py",
        "return gt(self.recover, self.snd_una) and le(self.recover, self.snd_nxt)",
        "return False",
    ),
    Mutation(
        "f-rto-spurious",
        "f_rto.py",
        "elif advanced or _reported(tcb, trial) > trial.reported:",
        "elif False:",
    ),
    Mutation(
        "f-rto-reports",
        "f_rto.py",
        "elif advanced or _reported(tcb, trial) > trial.reported:",
        "elif advanced:",
    ),
    Mutation(
        "f-rto-loss",
        "f_rto.py",
        "elif duplicate or tcb.flight.sacked_count > trial.reported:",
        "elif False:",
    ),
    Mutation(
        "f-rto-again",
        "f_rto.py",
        "not (again or tcb.timestamps",
        "not (tcb.timestamps",
    ),
    Mutation(
        "f-rto-short-way",
        "prediction.py",
        "        and tcb.trial is None\n",
        "",
    ),
    Mutation(
        "window-of-a-repeat",
        "acknowledgment.py",
        "        advanced\n        or lt(tcb.snd_wl1",
        "        lt(tcb.snd_wl1",
    ),
    Mutation(
        "right-sizing",
        "right_sizing.py",
        "self._taken * (4 if doubling else 2)",
        "self._taken",
    ),
    Mutation(
        "right-sizing-shrinks",
        "right_sizing.py",
        "min(max(self.size, wanted), self._limit)",
        "min(wanted, self._limit)",
    ),
    Mutation(
        "send-capacity",
        "right_sizing.py",
        "max(2 * cwnd, FIRST_BUFFER)",
        "max(cwnd, FIRST_BUFFER)",
    ),
    Mutation(
        "nobody-reads",
        "receiver.py",
        "    if tcb.nobody_reads:\n",
        "    if False:\n",
    ),
    Mutation(
        "half-close-lasts",
        "closing.py",
        "if tcb.nobody_reads and tcb.state is State.FIN_WAIT_2:",
        "if tcb.state is State.FIN_WAIT_2:",
    ),
    Mutation(
        "cwnd-validation",
        "acknowledgment.py",
        "if not congestion.is_used(was_in_flight):",
        "if False:",
    ),
    Mutation(
        "idle-restart",
        "output.py",
        "if tcb.flight.records or now - tcb.last_sent <= tcb.rtt.rto:",
        "if True:",
    ),
    Mutation("keep-alive-idle", "keep_alive.py", "elif now < next_look:", "elif False:"),
)


def applied(mutation: Mutation) -> str:
    """The text of the module with the rule broken; ValueError where it does not stand there once."""
    text = (ROOT / "tcpviz" / "tcp" / mutation.module).read_text()
    if text.count(mutation.right) != 1:
        raise ValueError(f"{mutation.name}: not once in {mutation.module}: {mutation.right}")
    return text.replace(mutation.right, mutation.wrong)


def is_noticed(mutation: Mutation, copy: Path) -> bool:
    """Whether a test fails in the copy while the rule is broken there."""
    module = copy / "tcpviz" / "tcp" / mutation.module
    whole = module.read_text()
    module.write_text(applied(mutation))
    try:
        tests = ["tests/scenario", *sorted(str(path) for path in copy.glob("tests/unit/test_tcp_*.py"))]
        tests.remove(
            str(copy / "tests/unit/test_tcp_mutations.py")
        )  # it would notice without running the engine
        command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *tests]
        return subprocess.run(command, cwd=copy, capture_output=True, check=False).returncode == 1
    finally:
        module.write_text(whole)


def main(names: list[str]) -> int:
    """Break what was asked for, tell what nobody noticed."""
    chosen = [each for each in MUTATIONS if not names or each.name.startswith(tuple(names))]
    unnoticed = []
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place)
        for part in ("tcpviz", "tests", "docs"):
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", copy)
        for mutation in chosen:
            noticed = is_noticed(mutation, copy)
            print(f"{'noticed ' if noticed else 'MISSED  '} {mutation.name}", flush=True)
            unnoticed += [] if noticed else [mutation.name]
    return 1 if unnoticed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
