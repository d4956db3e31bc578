"""Files that are written whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """The file to write instead of that at `path`, which it replaces when the block is left without an error.

    A device or a pipe can't be replaced: it is written itself. OSError when it can't be replaced.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    target = path.resolve()  # a link goes on leading there
    part = target.with_name(target.name + ".part")
    try:
        yield part
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
