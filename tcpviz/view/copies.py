"""A packet or a run as text to paste elsewhere: a line, a hex dump, scapy code, a curl command."""

import shlex

from tcpviz.client.url import without_credentials
from tcpviz.session.options import RunOptions
from tcpviz.view.details import Details
from tcpviz.view.role import Role
from tcpviz.view.run import RunView
from tcpviz.view.safe import SafeText
from tcpviz.wire.dissect import scapy_code


def one_line(run: RunView, position: int) -> str:
    """The row of the packet list."""
    line = run.line(position)
    number = line.number.strip() or "-"
    return (
        f"{number} {line.time.strip()} {line.source} > {line.destination} {line.protocol} {line.info}".strip()
    )


def hex_dump(run: RunView, position: int) -> str:
    """The octets of the frame, sixteen a line, as text2pcap reads them."""
    lines = Details(run.recording.data(run.packets.row(position))).dump()
    return "\n".join(f"{line.offset}  {_joined(line.octets):<50}{_joined(line.text)}" for line in lines)


def _joined(runs: tuple[tuple[SafeText, Role], ...]) -> str:
    return "".join(text for text, _ in runs)


def python(run: RunView, position: int) -> str:
    """An expression of scapy that makes the frame."""
    index = run.packets.row(position)
    return scapy_code(run.recording.data(index), run.recording.linktype(index))


def curl(options: RunOptions) -> str:
    """A command of curl that asks for the same; `http://lab/` only tcpviz can reach."""
    words = ["curl", "-v"]
    web, request = options.web, options.web.request
    if request and request.method != "GET":
        words += ["-I"] if request.method == "HEAD" else ["-X", request.method]
    for name, value in request.fields if request else ():
        words += ["-H", f"{name}:" if value is None else f"{name}: {value}"]
    words += ["--compressed"] * bool(request and request.compressed)
    words += ["-L"] * web.follow + ["-k"] * web.insecure
    return shlex.join([*words, "--", without_credentials(options.url)])
