"""The trail of states of every connection as JSON: each change, when, by what, with what it was then.

Of connections that are none of ours, such as those of any capture, what the packets alone tell.
"""

import json
from typing import TextIO

from tcpviz.analysis.ends import EndState
from tcpviz.view.inferred import Inferred
from tcpviz.view.run import RunView
from tcpviz.view.why_events import comment


def write_states(run: RunView, out: TextIO) -> None:
    """One JSON object for the run."""
    connections: list[dict[str, object]] = []
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
    connections += [_inferred(run, trail) for trail in run.inferred_trails()]
    json.dump({"connections": connections}, out, indent=2)
    out.write("\n")


def _inferred(run: RunView, trail: list[tuple[int, Inferred]]) -> dict[str, object]:
    first = trail[0][1]
    client, server = first.endpoints
    changes = [
        {**_place(run, index), "client": _name(seen.client), "server": _name(seen.server)}
        for index, seen in trail
    ]
    return {"stream": first.stream, "client": client, "server": server, "inferred": changes}


def _name(end: EndState) -> str | None:
    return None if end.state is None else str(end.state)


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
