"""The two links to the built-in network: simulated, and with the real Linux TCP at its other end."""

from tcpviz.lab.network import KERNEL_PEER, OUR_ADDRESS, OUR_ADDRESS6, OUR_MAC
from tcpviz.lab.server import LabPeer
from tcpviz.link.base import LinkError
from tcpviz.link.kernel import KernelLink
from tcpviz.link.sim import SimLink
from tcpviz.session.links.kind import Attachment, LinkKind, Report, Request
from tcpviz.session.options import OptionError, RunOptions

_MTU = 1500


def _check(options: RunOptions) -> None:
    if options.dns is not None:
        raise OptionError(f"--dns is for a real network: {options.link} knows all names that it has")
    if options.interface or options.has_address or options.gateway or options.gateway6:
        raise OptionError(
            "--interface, --address and --gateway are for --link tap and raw;"
            f" {options.link} has a network of its own"
        )


def _open_sim(request: Request) -> Attachment:
    mtu, scenario = request.options.mtu or _MTU, request.scenario
    peer = LabPeer(seed=request.seed, config=scenario.theirs, mtu=mtu, busy=scenario.busy)
    link = SimLink(peer, mac=OUR_MAC, mtu=mtu, delay_ns=scenario.delay, rate=scenario.rate)
    return Attachment(link, OUR_ADDRESS, address6=OUR_ADDRESS6, peer=peer)


def _open_kernel(request: Request) -> Attachment:
    link = KernelLink(KERNEL_PEER, mac=OUR_MAC, mtu=request.options.mtu or _MTU)
    return Attachment(link, OUR_ADDRESS, address6=OUR_ADDRESS6)


def _survey_sim() -> Report:
    return Report("sim", True, "a simulated network in this process, with a clock of its own")


def _survey_kernel() -> Report:
    try:
        KernelLink(KERNEL_PEER, mac=OUR_MAC).close()
    except LinkError as error:
        # The first sentence says what, the rest what to do.
        text, _, advice = str(error).partition("; ")
        return Report("kernel", False, text, advice)
    return Report("kernel", True, "a private network namespace with the real Linux TCP at its other end")


SIM = LinkKind("sim", _check, _open_sim, _survey_sim, has_devices=False)
KERNEL = LinkKind("kernel", _check, _open_kernel, _survey_kernel, has_devices=False)
