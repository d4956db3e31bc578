"""Whom to believe, and who may read along: the TLS context of a run."""

import os
import ssl
from pathlib import Path

from tcpviz.client.failure import ExitCode, Failure, FetchError
from tcpviz.client.tls import default_context
from tcpviz.lab.certificate import CA_FILE
from tcpviz.session.web import Web


class KeyLog:
    """TLS's secrets as OpenSSL writes them (NSS key log format); on no disk unless the user wants that."""

    def __init__(self, copy: Path | None) -> None:
        """`copy`: a file that gets them, too."""
        self._descriptor = os.memfd_create("tcpviz-keys")
        self._copy = copy
        self._read = 0

    @property
    def path(self) -> str:
        """The file for OpenSSL."""
        return f"/proc/self/fd/{self._descriptor}"

    def new(self) -> str:
        """The lines since the last call; empty for none."""
        data = os.pread(self._descriptor, 1 << 16, self._read)
        self._read += len(data)
        if data and self._copy:
            with self._copy.open("ab") as file:
                file.write(data)
        return data.decode("ascii")


def key_log(web: Web) -> KeyLog | None:
    """Where the secrets for the recording come from; None where nobody wants them there."""
    return KeyLog(_wanted_key_log()) if web.keys else None


def tls_context(web: Web, log: KeyLog | None, *, built_in: bool) -> ssl.SSLContext:
    """What servers have to prove: by the lab's CA on the built-in network, elsewhere by the system's.

    Raises FetchError for a file that can't be used.
    """
    context = default_context()
    ca_file = web.ca_file or (CA_FILE if built_in else None)
    if web.insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif ca_file is None:
        context.load_default_certs()
    else:
        _trust(context, ca_file)
    copy = _wanted_key_log()
    if log is not None:
        context.keylog_filename = log.path
    elif copy is not None:
        _write_keys(context, copy)
    return context


def _wanted_key_log() -> Path | None:
    wanted = os.environ.get("SSLKEYLOGFILE")
    return Path(wanted) if wanted else None


def _trust(context: ssl.SSLContext, ca_file: Path) -> None:
    try:
        context.load_verify_locations(ca_file)
    except ssl.SSLError:
        text = f"{ca_file} has no certificate in it"
    except OSError as error:
        text = f"can't read {ca_file}: {error.strerror}"
    else:
        return
    raise FetchError(Failure(ExitCode.BAD_CA_FILE, text, "--cacert takes a file of certificates in PEM"))


def _write_keys(context: ssl.SSLContext, path: Path) -> None:
    try:
        context.keylog_filename = str(path)
    except OSError as error:
        text = f"can't write the key log {path}: {error.strerror}"
        raise FetchError(Failure(ExitCode.WRITE_FAILED, text, "set SSLKEYLOGFILE to another file")) from None
