"""The trail of states of every connection as JSON: each change, when, by what, with what it was then."""

import json
from typing import TextIO

from tcpviz.view.run import RunView
from tcpviz.view.why_events import comment


def write_states(run: RunView, out: TextIO) -> None:
    """One JSON object for the run."""
    connections = []
    for flow in run.flows:
        ours, theirs = run.endpoints(flow) or ("", "")
        connections.append(
            {
                "flow": flow,
                "local": ours,
                "remote": theirs,
                "ours": _ours(run, flow),
                "peer": _peer(run, flow),
            }
        )
    json.dump({"connections": connections}, out, indent=2)
    out.write("\n")


def _ours(run: RunView, flow: int) -> list[dict[str, object]]:
    trail = []
    for index, change in run.path(len(run) - 1, flow):
        trail.append(
            {
                **_place(run, index),
                "from": str(change.old),
                "to": str(change.new),
                "trigger": change.trigger.name,
                "why": comment([change]),
                "variables": _variables(run, index, flow),
            }
        )
    return trail


def _variables(run: RunView, index: int, flow: int) -> dict[str, object] | None:
    """The scalars of the TCB under RFC 9293's names; times in ns, sizes in octets."""
    snapshot = run.snapshot(index, flow)
    return snapshot and {**snapshot._asdict(), "state": str(snapshot.state)}


def _peer(run: RunView, flow: int) -> list[dict[str, object]]:
    return [{**_place(run, index), "to": str(state)} for index, state in run.peer_path(len(run) - 1, flow)]


def _place(run: RunView, index: int) -> dict[str, object]:
    row = run.recording.row(index)
    return {"frame": row.number or None, "time": run.since_first(row.time) / 1e9}
