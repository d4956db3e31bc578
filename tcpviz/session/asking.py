"""From the words of `get`'s options to what they ask of a server."""

import os
import stat
import sys
from collections.abc import Iterable, Sequence
from getpass import getpass
from pathlib import Path
from urllib.parse import quote

from tcpviz.client.failure import ExitCode, Failure, FetchError
from tcpviz.client.request import Body, Octets, Request, RequestError, parse_field
from tcpviz.session.options import OptionError

_FORM = "application/x-www-form-urlencoded"
_RANGE = "0123456789-,"


def build_request(
    *,
    method: str | None,
    data: Sequence[str],
    upload: Path | None,
    headers: Iterable[str],
    head: bool,
    span: str | None,
    compressed: bool,
) -> Request:
    """The request of `get`'s options; `span` is what --range says.

    Raises OptionError where they contradict each other, FetchError where a file can't be read.
    """
    if sum((bool(data), upload is not None, head)) > 1:
        raise OptionError("-d, -T and -I exclude each other: a request has one body, or none")
    usual = "PUT" if upload else "POST" if data else "HEAD" if head else "GET"
    try:
        fields = [parse_field(text) for text in headers]
        if span is not None:
            fields.append(("Range", f"bytes={_span(span)}"))
        body = _body(data, upload)
        return Request(method or usual, tuple(fields), body, _FORM if data else "", compressed)
    except RequestError as error:
        raise OptionError(str(error)) from None


def credentials(user: str) -> str:
    """`name:password`; a password that is not there is asked for. Raises OptionError."""
    if not user or ":" in user:
        return user
    try:
        return f"{user}:{getpass(f'Password for {user}: ')}"
    except EOFError:
        raise OptionError("-u needs a password, too: -u name:password") from None


def _body(data: Sequence[str], upload: Path | None) -> Body | None:
    try:
        if upload is not None:
            return FileBody(upload)
        return Octets(b"&".join(map(_form_data, data))) if data else None
    except OSError as error:
        text = f"can't read {error.filename or 'what is to be sent'}: {error.strerror}"
        raise FetchError(Failure(ExitCode.READ_FAILED, text)) from None


def upload_url(url: str, upload: Path) -> str:
    """Where a file goes: a URL that ends with a slash is a folder, as in curl."""
    return url + quote(upload.name) if url.endswith("/") and "?" not in url and "#" not in url else url


def _form_data(text: str) -> bytes:
    """What -d takes: the text itself, or after @ a file's content less its line breaks; @- is stdin."""
    if not text.startswith("@"):
        return os.fsencode(text)
    content = sys.stdin.buffer.read() if text == "@-" else Path(text[1:]).read_bytes()
    return content.translate(None, b"\r\n\0")


def _span(text: str) -> str:
    if not text.strip(_RANGE) and "-" in text and text != "-":
        return text
    raise OptionError(f"--range {text!r} is no range of octets: write 0-499, 500- or -500")


class FileBody:
    """A file that is sent as it is read, however large."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self._file = path.open("rb", buffering=0)
        status = os.fstat(self._file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(None, "it is no regular file, so nobody knows how long it is", str(path))
        self.length = status.st_size

    def read(self, limit: int) -> bytes:
        """The next octets."""
        return self._file.read(limit)

    def rewind(self) -> None:
        """To the file's first octet."""
        self._file.seek(0)
