"""All links, and which of them `auto` takes."""

from dataclasses import replace

from tcpviz.client.url import without_credentials
from tcpviz.link.base import LinkError
from tcpviz.session.links.built_in import KERNEL, SIM
from tcpviz.session.links.kind import LinkKind, Request
from tcpviz.session.links.passt import PASST
from tcpviz.session.links.raw import RAW
from tcpviz.session.links.tap import TAP

TABLE: dict[str, LinkKind] = {kind.name: kind for kind in (SIM, KERNEL, RAW, TAP, PASST)}
"""By name, in the order in which `doctor` tells of them and `auto` tries them."""


def choose(request: Request) -> tuple[Request, str]:
    """The request with `auto` decided, and why: the first link that would work for it.

    Raises LinkError with what each of them lacks where none would.
    """
    refusals = []
    for kind in TABLE.values():
        if kind.propose is None:
            continue
        try:
            proposal = kind.propose(request)
        except LinkError as error:
            refusals.append(f"{kind.name}: {error}")
        else:
            options = replace(proposal.options, link=kind.name)
            return replace(request, options=options), f"{kind.name} was chosen: {proposal.why}"
    url = without_credentials(request.options.url)
    raise LinkError(
        f"no link leads to {url} from here ({'; '.join(refusals) or 'none would do'});"
        " `tcpviz doctor` has the command that enables each"
    )
