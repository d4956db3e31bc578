"""The helper of a run that was started by `sudo`: all that is left of root.

`hand_over` comes first in the program. It forks the helper, which keeps root's rights and does nothing
but what `offer.Offer` can, and turns the program itself into one of the user who called sudo, without
any right and with no way back. The two talk over a socket: a request and its answer are one datagram of
JSON each, descriptors travel beside them (unix(7), SCM_RIGHTS). When the program ends, however it ends,
the helper undoes what it has done, and ends too.

A first line of defence, therefore a small one: read it as such.
"""

import ctypes
import json
import os
import pwd
import signal
import socket
import struct

from tcpviz.link.base import LinkError
from tcpviz.link.offer import Offer

LARGEST_MESSAGE = 4096
_CALLER = "SUDO_UID"
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION = 0x2008_0522


def hand_over() -> socket.socket | None:
    """Leave root's rights to a helper; the socket to it. None where sudo did not start us."""
    caller = int(os.environ.get(_CALLER, "0"))
    if os.geteuid() != 0 or caller == 0:
        return None
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        try:
            ours.close()
            _detach()
            serve(theirs)
        finally:
            os._exit(0)  # whatever happens, root never goes on to the program itself
    theirs.close()
    become(caller)
    return ours


def become(uid: int) -> None:
    """Turn this process into one of that user, without any right, for good."""
    try:
        user = pwd.getpwuid(uid)
    except KeyError:
        gid, groups, surroundings = int(os.environ.get("SUDO_GID", uid)), [], {}
    else:
        gid, groups = user.pw_gid, os.getgrouplist(user.pw_name, user.pw_gid)
        surroundings = {"HOME": user.pw_dir, "USER": user.pw_name, "LOGNAME": user.pw_name}
    os.setgroups(groups)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    libc = ctypes.CDLL(None, use_errno=True)
    nothing = struct.pack("=6I", *(6 * [0]))
    if libc.capset(struct.pack("=Ii", _CAPABILITY_VERSION, 0), nothing) or libc.prctl(
        _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0
    ):
        raise SystemExit("tcpviz: root's rights could not be dropped")
    os.environ.update(surroundings)


def _detach() -> None:
    """Keep nothing of the terminal: not its signals, not its ends of pipes."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    os.close(null)
    os.chdir("/")


def serve(control: socket.socket) -> None:
    """Answer requests until the other end is closed; then undo all that lasts."""
    offer = Offer()
    try:
        while request := control.recv(LARGEST_MESSAGE):
            message, descriptor = _answer(offer, request)
            if descriptor < 0:
                control.send(message)
            else:
                socket.send_fds(control, [message], [descriptor])
                os.close(descriptor)
    except OSError:
        pass  # the other end has gone while it waited
    finally:
        offer.close_all()


def _answer(offer: Offer, request: bytes) -> tuple[bytes, int]:
    descriptor = -1
    try:
        name, arguments = json.loads(request)
        value, descriptor = offer.do(name, arguments)
        answer = {"value": value}
    except LinkError as error:
        answer = {"error": str(error), "privilege": error.privilege}
    except OSError as error:
        answer = {"error": str(error), "errno": error.errno}
    except (ValueError, TypeError) as error:
        answer = {"error": f"the helper does not do that: {error}"}
    return json.dumps(answer).encode(), descriptor
