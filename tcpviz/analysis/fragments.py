"""Fragments of IP datagrams put together again, as far as an observer can."""

from typing import Final

_MOST_DATAGRAMS: Final = 1024
_LARGEST: Final = 65_535


class Fragments:
    """Datagrams of which a part was seen; the oldest are forgotten when there are too many."""

    def __init__(self) -> None:
        self._datagrams: dict[bytes, _Datagram] = {}
        self._completed: bytes | None = None

    def completed(self) -> bytes | None:
        """The payload that was completed last; it is told once."""
        payload, self._completed = self._completed, None
        return payload

    def add(self, key: bytes, offset: int, more: bool, data: bytes) -> bytes | None:
        """The whole payload once its last missing fragment is there.

        `key` names the datagram (addresses, protocol, identification), `offset` is in octets.
        """
        if offset + len(data) > _LARGEST:
            return None
        datagram = self._datagrams.get(key)
        if datagram is None:
            if len(self._datagrams) >= _MOST_DATAGRAMS:
                del self._datagrams[next(iter(self._datagrams))]
            datagram = self._datagrams[key] = _Datagram()
        whole = datagram.add(offset, more, data)
        if whole is not None:
            del self._datagrams[key]
            self._completed = whole
        return whole


class Completed:
    """Stands for `Fragments` where a frame is looked at again whose fragment completed this payload."""

    def __init__(self, payload: bytes) -> None:
        self._payload = payload

    def add(self, key: bytes, offset: int, more: bool, data: bytes) -> bytes:
        """See Fragments."""
        return self._payload


class _Datagram:
    __slots__ = ("_end", "_parts", "_size")

    def __init__(self) -> None:
        self._parts: dict[int, bytes] = {}
        self._end: int | None = None
        self._size = 0

    def add(self, offset: int, more: bool, data: bytes) -> bytes | None:
        self._size += len(data)
        if self._size <= 2 * _LARGEST:  # more overlap than anybody needs
            self._parts.setdefault(offset, data)
        if not more:
            self._end = offset + len(data)
        if self._end is None:
            return None
        whole = bytearray()
        for start, part in sorted(self._parts.items()):
            if start > len(whole):
                return None
            whole += part[len(whole) - start :]
        return bytes(whole[: self._end]) if len(whole) >= self._end else None
