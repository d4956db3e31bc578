"""Rules of the engine and of the host, broken one at a time: some test has to notice each.

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


TESTS = {
    "tcp": ("tests/scenario", "tests/unit/test_tcp_*.py", "tests/property/test_host_runs.py"),
    "host": ("tests/unit/test_host_*.py", "tests/property/test_host_runs.py"),
    "recording": ("tests/property/test_host_runs.py", "tests/unit/test_recording_*.py"),
    "wire": ("tests/unit/test_wire_*.py", "tests/property/test_wire_*.py", "tests/unit/test_host_*.py"),
}
"""Which tests have to notice what is broken on each floor."""


class Mutation(NamedTuple):
    """`right` in a module of tcpviz becomes `wrong`."""

    name: str
    module: str
    right: str
    wrong: str


MUTATIONS = (
    Mutation(
        "window-edge",
        "tcp/acceptance.py",
        "in_window(segment.seq, tcb.rcv_nxt, window)",
        "in_window(segment.seq, tcb.rcv_nxt, window + 1)",
    ),
    Mutation(
        "reset-anywhere",
        "tcp/arrival.py",
        "if segment.seq != tcb.rcv_nxt:\n        challenge",
        "if False:\n        challenge",
    ),
    Mutation(
        "syn-resets", "tcp/arrival.py", "if not segment.flags & SYN:\n        return True\n", "return True\n"
    ),
    Mutation("challenge-limit", "tcp/replies.py", "return tcb.challenges <= CHALLENGES", "return True"),
    Mutation(
        "ack-of-the-future",
        "tcp/acknowledgment.py",
        "<= diff(tcb.snd_nxt, tcb.snd_una)\n",
        "<= diff(tcb.snd_nxt, tcb.snd_una) + 1\n",
    ),
    Mutation("ack-missing", "tcp/acknowledgment.py", "if not segment.flags & ACK:", "if False:"),
    Mutation("paws", "tcp/acceptance.py", "if 0 < age < 0x8000_0000 and", "if False and"),
    Mutation("timestamp-echo", "tcp/acceptance.py", "and le(segment.seq, tcb.last_ack_sent)", "and True"),
    Mutation(
        "scale-limit", "tcp/options.py", "min(peer_syn.window_scale, MAX_SHIFT)", "peer_syn.window_scale"
    ),
    Mutation("default-mss", "tcp/config.py", "default_mss: int = 536", "default_mss: int = 1460"),
    Mutation(
        "options-in-mss",
        "tcp/options.py",
        "min(send_mss, tcb.config.mss) - overhead",
        "min(send_mss, tcb.config.mss)",
    ),
    Mutation(
        "sws-receiver",
        "tcp/acking.py",
        "free >> scale > field and worth_offering(tcb, free - offered)",
        "free >> scale > field",
    ),
    Mutation("sws-sender", "tcp/output.py", "return idle and 2 * size >= tcb.max_snd_wnd", "return True"),
    Mutation("nagle", "tcp/output.py", "(idle or not tcb.config.nagle or tcb.fin_queued)", "True"),
    Mutation(
        "delayed-ack", "tcp/receiver.py", ">= 2 * tcb.rcv_mss or not delay", ">= 3 * tcb.rcv_mss or not delay"
    ),
    Mutation(
        "karn",
        "tcp/acknowledgment.py",
        "if newest.attempts == 0 and newest.fate is not Fate.SACKED:",
        "if True:",
    ),
    Mutation(
        "backoff", "tcp/rtt.py", "self.rto = min(2 * self.rto, MAX_RTO)", "self.rto = min(self.rto, MAX_RTO)"
    ),
    Mutation(
        "probe-for-ever",
        "tcp/acknowledgment.py",
        "    if tcb.probes:\n        tcb.timers.start(Timer.USER",
        "    if False:\n        tcb.timers.start(Timer.USER",
    ),
    Mutation(
        "time-wait-again",
        "tcp/acceptance.py",
        "if tcb.state is State.TIME_WAIT and segment.flags & FIN and segment.end == tcb.rcv_nxt:",
        "if False:",
    ),
    Mutation(
        "time-wait-length",
        "tcp/receiver.py",
        "deadline = now + 2 * tcb.config.msl",
        "deadline = now + tcb.config.msl",
    ),
    Mutation("data-after-fin", "tcp/acceptance.py", "tcb.rcv_edge if last is None else last", "tcb.rcv_edge"),
    Mutation("urgent", "tcp/arrival.py", "tcb.rcv_up = up_to\n", "tcb.rcv_up = None\n"),
    Mutation("fast-retransmit", "tcp/rack.py", "DUP_THRESH = 3", "DUP_THRESH = 4"),
    Mutation(
        "loss-halves",
        "tcp/congestion/reno.py",
        "max(in_flight // 2, 2 * self.mss)",
        "max(in_flight, 2 * self.mss)",
    ),
    Mutation("rack-reordering", "tcp/rack.py", "self.reordering_seen |= ", "False and "),
    Mutation("tail-loss-once", "tcp/tail_loss.py", "or tcb.tail_probe is not None\n", ""),
    Mutation("eifel", "tcp/spurious.py", "if 0 < age < 0x8000_0000:", "if False:"),
    Mutation(
        "icmp-outside",
        "tcp/tcb.py",
        "return in_window(number, self.snd_una, diff(self.snd_nxt, self.snd_una))",
        "return True",
    ),
    Mutation(
        "icmp-hard",
        "tcp/connection.py",
        "ends = error.hard and tcb.state is State.SYN_SENT",
        "ends = error.hard",
    ),
    Mutation(
        "ecn-setup",
        "tcp/ecn.py",
        "syn.flags & _SETUP == (ECE if syn.flags & ACK else _SETUP)",
        "syn.flags & ECE != 0",
    ),
    Mutation(
        "ecn-fallback",
        "tcp/ecn.py",
        "if tcb.state is State.SYN_SENT:",
        "if False:",
    ),
    Mutation(
        "ecn-syn-again",
        "tcp/ecn.py",
        "tcb.ecn = tcb.ecn and _is_setup(syn)",
        "pass",
    ),
    Mutation(
        "ecn-echo-stays",
        "tcp/ecn.py",
        "if segment.flags & CWR:",
        "if True:",
    ),
    Mutation(
        "ecn-new-mark",
        "tcp/ecn.py",
        "if segment.ecn == CE and segment.payload:",
        "if segment.ecn == CE and not segment.flags & CWR:",
    ),
    Mutation(
        "ecn-probe",
        "tcp/ecn.py",
        "if tcb.ecn and size and tcb.snd_wnd else",
        "if tcb.ecn and size else",
    ),
    Mutation(
        "ecn-ack",
        "tcp/ecn.py",
        "if tcb.ecn and size and tcb.snd_wnd else",
        "if tcb.ecn and tcb.snd_wnd else",
    ),
    Mutation(
        "ecn-cwr",
        "tcp/ecn.py",
        "(CWR if tcb.cwr_due else 0)",
        "0",
    ),
    Mutation(
        "ecn-once",
        "tcp/recovery.py",
        "if not tcb.already_slower and tcb.snd_una != tcb.slower_until:",
        "if True:",
    ),
    Mutation(
        "ecn-then-loss",
        "tcp/recovery.py",
        "if not tcb.already_slower:  # by ECN",
        "if True:  # by ECN",
    ),
    Mutation(
        "ecn-growth",
        "tcp/acknowledgment.py",
        " and not (segment.flags & ECE and tcb.ecn)",
        "",
    ),
    Mutation(
        "recovery-over",
        "tcp/tcb.py",
        "return gt(self.recover, self.snd_una) and le(self.recover, self.snd_nxt)",
        "return False",
    ),
    Mutation(
        "f-rto-spurious",
        "tcp/f_rto.py",
        "elif advanced or _reported(tcb, trial) > trial.reported:",
        "elif False:",
    ),
    Mutation(
        "f-rto-reports",
        "tcp/f_rto.py",
        "elif advanced or _reported(tcb, trial) > trial.reported:",
        "elif advanced:",
    ),
    Mutation(
        "f-rto-loss",
        "tcp/f_rto.py",
        "elif duplicate or tcb.flight.sacked_count > trial.reported:",
        "elif False:",
    ),
    Mutation(
        "f-rto-again",
        "tcp/f_rto.py",
        "not (again or tcb.timestamps",
        "not (tcb.timestamps",
    ),
    Mutation(
        "f-rto-short-way",
        "tcp/prediction.py",
        "        and tcb.trial is None\n",
        "",
    ),
    Mutation(
        "window-of-a-repeat",
        "tcp/acknowledgment.py",
        "        advanced\n        or lt(tcb.snd_wl1",
        "        lt(tcb.snd_wl1",
    ),
    Mutation(
        "right-sizing",
        "tcp/right_sizing.py",
        "self._taken * (4 if doubling else 2)",
        "self._taken",
    ),
    Mutation(
        "right-sizing-shrinks",
        "tcp/right_sizing.py",
        "min(max(self.size, wanted), self._limit)",
        "min(wanted, self._limit)",
    ),
    Mutation(
        "send-capacity",
        "tcp/right_sizing.py",
        "max(2 * cwnd, FIRST_BUFFER)",
        "max(cwnd, FIRST_BUFFER)",
    ),
    Mutation(
        "nobody-reads",
        "tcp/receiver.py",
        "    if tcb.nobody_reads:\n",
        "    if False:\n",
    ),
    Mutation(
        "half-close-lasts",
        "tcp/closing.py",
        "if tcb.nobody_reads and tcb.state is State.FIN_WAIT_2:",
        "if tcb.state is State.FIN_WAIT_2:",
    ),
    Mutation(
        "cwnd-validation",
        "tcp/acknowledgment.py",
        "if not congestion.is_used(was_in_flight):",
        "if False:",
    ),
    Mutation(
        "idle-restart",
        "tcp/output.py",
        "if tcb.flight.records or now - tcb.last_sent <= tcb.rtt.rto:",
        "if True:",
    ),
    Mutation("keep-alive-idle", "tcp/keep_alive.py", "elif now < next_look:", "elif False:"),
    Mutation("paws-reset", "tcp/acceptance.py", "not segment.flags & RST and not _timely", "not _timely"),
    Mutation("paws-life", "tcp/acceptance.py", " and now - tcb.ts_recent_at < TIMESTAMP_LIFE", ""),
    Mutation(
        "ecn-no-undo",
        "tcp/recovery.py",
        "    tcb.episode = None  # RFC 4015",
        "    # RFC 4015",
    ),
    Mutation(
        "ecn-not-in-recovery", "tcp/recovery.py", "    if tcb.recovery is not None:\n        return\n", ""
    ),
    Mutation(
        "f-rto-undo-window",
        "tcp/f_rto.py",
        "tcb.congestion.cwnd = min(tcb.congestion.cwnd, episode.before.cwnd)",
        "pass",
    ),
    Mutation("f-rto-new-data", "tcp/f_rto.py", "or new < tcb.snd_mss ", ""),
    Mutation(
        "right-sizing-round",
        "tcp/right_sizing.py",
        "if round_trip and now - self._since >= round_trip:",
        "if round_trip:",
    ),
    Mutation("window-shrinks", "tcp/acking.py", "-(-offered >> scale)", "(offered >> scale)"),
    Mutation("receive-memory", "tcp/receiver.py", "<= 2 * tcb.receive_buffer.size", "<= 1 << 40"),
    Mutation("icmp-too-small", "tcp/path_mtu.py", "mtu = max(told, least)", "mtu = told"),
    Mutation("overlap", "host/fragments.py", "if self._overlaps(piece):", "if False:"),
    Mutation(
        "overlap-late-piece",
        "host/fragments.py",
        "        if self._refusal:\n            raise DropError(self._refusal)\n",
        "",
    ),
    Mutation("fragments-memory", "host/fragments.py", "if octets <= MOST_OCTETS:", "if True:"),
    Mutation(
        "dad-probe",
        "host/claim.py",
        "            self._give_up(rival)  # RFC 5227 2.1.1",
        "            pass  # RFC 5227 2.1.1",
    ),
    Mutation(
        "dad-tentative",
        "host/ipv6.py",
        "        if not claim.holds:\n            return  # RFC 4862 5.4.3",
        "        if False:\n            return  # RFC 4862 5.4.3",
    ),
    Mutation("ndp-hop-limit", "wire/ndp.py", "if header.hop_limit != HOP_LIMIT:", "if False:"),
    Mutation("ndp-fragments", "host/ipv6.py", "            if joined:\n", "            if False:\n"),
    Mutation("port-secret", "host/ports.py", "(self._next + offset)", "(self._next)"),
    Mutation("half-open", "host/connections.py", "if self._half_open(local.port) >= BACKLOG:", "if False:"),
    Mutation("run-limit", "wire/runs.py", "start + LIMIT // size", "len(frames)"),
    Mutation("run-vouched", "wire/runs.py", "            or word is not vouched\n", ""),
    Mutation("run-time", "wire/runs.py", "            or read_at != time\n", ""),
    Mutation(
        "run-length",
        "wire/runs.py",
        "            len(data) != length\n            or unpack",
        "            unpack",
    ),
    Mutation("run-wrap", "wire/runs.py", "seq = seq + size & 0xFFFF_FFFF", "seq = seq + size"),
    Mutation("run-checksums", "host/flows.py", "if not first.vouched and not all(", "if False and not all("),
    Mutation(
        "run-unexpected",
        "host/host.py",
        "(flow if flow.connection.on_run(segment, octets, run[0].time) else None)",
        "flow",
    ),
    Mutation(
        "run-newest-window", "tcp/prediction.py", "last = Seq(seq + size - each & 0xFFFF_FFFF)", "last = seq"
    ),
    Mutation(
        "run-segment-size", "tcp/prediction.py", "min(each, tcb.full_segment)", "min(size, tcb.full_segment)"
    ),
    Mutation(
        "run-heard",
        "tcp/connection.py",
        "            return False\n        tcb.last_heard = now\n",
        "            return False\n",
    ),
    Mutation(
        "run-first-row",
        "recording/recording.py",
        "rcv_wnd=snapshot.rcv_wnd + behind",
        "rcv_wnd=snapshot.rcv_wnd",
    ),
    Mutation(
        "run-rows",
        "recording/rows.py",
        "rcv_nxt + octets & 0xFFFF_FFFF, rcv_wnd - octets",
        "rcv_nxt + octets, rcv_wnd",
    ),
    Mutation("run-numbers", "recording/recording.py", "self._captured += len(frames)", "self._captured += 1"),
)


def applied(mutation: Mutation) -> str:
    """The text of the module with the rule broken; ValueError where it does not stand there once."""
    text = (ROOT / "tcpviz" / mutation.module).read_text()
    if text.count(mutation.right) != 1:
        raise ValueError(f"{mutation.name}: not once in {mutation.module}: {mutation.right}")
    return text.replace(mutation.right, mutation.wrong)


def is_noticed(mutation: Mutation, copy: Path) -> bool:
    """Whether a test fails in the copy while the rule is broken there."""
    module = copy / "tcpviz" / mutation.module
    whole = module.read_text()
    module.write_text(applied(mutation))
    try:
        floor = Path(mutation.module).parts[0]
        tests = {str(path) for pattern in TESTS[floor] for path in copy.glob(pattern)}
        # one would notice without running anything
        tests.discard(str(copy / "tests/unit/test_tcp_mutations.py"))
        command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *sorted(tests)]
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
