"""The lab's own certificate authority and its one certificate, for its names and addresses.

The server's key is no secret, everybody has it; the CA's was thrown away. So the CA is trusted on the
built-in network only, and vouches for no other names.
"""

import ssl
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).with_name("tls")
CA_FILE = _FOLDER / "ca.pem"


@cache
def server_context() -> ssl.SSLContext:
    """What the lab's servers show their clients; made for the first that asks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_FOLDER / "server.pem")
    context.set_alpn_protocols(["http/1.1"])
    return context
