"""The commands that read a capture without a screen."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tcpviz.cli.complaints import complain

if TYPE_CHECKING:
    from tcpviz.analysis.filter import Filter

FORMS = ("text", "csv", "json", "markdown", "states", "ladder", "time-sequence", "pcapng")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a TCP packet.")
@click.option(
    "--filter",
    "expression",
    metavar="EXPR",
    default="",
    help="Only the packets that pass this display filter, in Wireshark's syntax; tcpviz.* is our own record.",
)
@click.option("--stream", type=click.IntRange(min=0), metavar="N", help="Only stream N, counted from 0.")
@click.option("--summary", is_flag=True, help="What each stream carried and how often each flag was given.")
def analyze(file: Path, as_json: bool, expression: str, stream: int | None, summary: bool) -> None:
    """List a capture's TCP packets as Wireshark does, with what its analysis says of them.

    FILE is a pcap or pcapng file, also packed by gzip or zstd, or - for what comes on stdin.
    """
    from tcpviz.analysis.report import Choice, report
    from tcpviz.view.packet_lines import COLUMNS

    def tell(problem: str) -> None:
        complain(f"tcpviz: {problem}")

    choice = Choice(_filter(expression), stream)
    path = Path("/dev/stdin") if str(file) == "-" else file
    columns = None if as_json else COLUMNS
    sys.exit(report(path, sys.stdout, tell, columns=columns, choice=choice, summary=summary))


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Default: stdout.")
@click.option(
    "--as",
    "form",
    type=click.Choice(FORMS),
    help="What to write; by default what the name of the output says, else csv.",
)
@click.option("--redact", is_flag=True, help="Mask addresses and payload; what TCP does stays the same.")
@click.option("--filter", "expression", metavar="EXPR", default="", help="Only packets that pass the filter.")
@click.option("--stream", type=click.IntRange(min=0), metavar="N", help="Only stream N, counted from 0.")
@click.option("--to-scale", is_flag=True, help="A ladder with distances like the times between the packets.")
def export(
    file: Path,
    output: Path | None,
    form: str | None,
    redact: bool,
    expression: str,
    stream: int | None,
    to_scale: bool,
) -> None:
    """Turn a run or a capture into a table, a picture, or a copy that may be given away.

    \b
    csv, json, markdown   the packet list
    states                each change of a connection's state, with all variables, as JSON;
                          of a capture, the states that its packets tell
    ladder                the packets as arrows between the hosts, as SVG
    text                  the same as text, a line a packet
    time-sequence         sequence numbers over time, as SVG
    pcapng                the capture itself, with --redact without what is private
    """
    from tcpviz.recording import RecordingError
    from tcpviz.view.export.write import BY_SUFFIX, ExportError, Form, Wanted
    from tcpviz.view.export.write import export as write

    suffix = output.suffix.lower() if output else ""
    if not form and suffix and suffix not in BY_SUFFIX:
        raise click.UsageError(f"{output} does not say what to write: name it with --as, e.g. --as csv")
    wanted = Form(form) if form else BY_SUFFIX.get(suffix, Form.CSV)
    try:
        if loss := write(file, output, Wanted(wanted, redact, _filter(expression), stream, to_scale)):
            complain(f"tcpviz: {file}: {loss}")
    except BrokenPipeError:
        sys.stderr.close()  # whoever read it has enough
    except (ExportError, RecordingError) as error:
        complain(f"tcpviz: {error}")
        sys.exit(1)
    except OSError as error:
        complain(f"tcpviz: {output or 'stdout'} could not be written: {error.strerror}")
        sys.exit(23)


def _filter(expression: str) -> "Filter | None":
    """The display filter, None for an empty one; says where it is wrong and leaves."""
    from tcpviz.analysis.filter import FilterError, compile_filter

    try:
        return compile_filter(expression) if expression else None
    except FilterError as error:
        complain(f"tcpviz: {error}\n{expression}\n{error.pointer()}")
        sys.exit(2)
