"""A recording read again: whole it gives back everything, cut off anywhere every whole commit."""

from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from helpers.recordings import Entry, entries, expected, found, write
from hypothesis import given, settings
from hypothesis import strategies as st

from tcpviz.recording import Kind, Recording, RecordingError

EPOCH = 1_700_000_000_000_000_000
SOME = settings(max_examples=40)
batches = st.lists(entries, min_size=1, max_size=4)


def record(path: Path, batches: list[list[Entry]]) -> list[int]:
    """Record with a commit for each batch; the length of the file after each."""
    recording = Recording.create(link="sim", epoch=EPOCH, path=path)
    lengths = []
    for batch in batches:
        write(recording, batch)
        recording.commit()
        lengths.append(path.stat().st_size)
    recording.close()
    return lengths


@SOME
@given(batches=batches)
def test_a_live_recording_gives_back_everything(batches: list[list[Entry]]) -> None:
    recording = Recording.create(link="sim", epoch=EPOCH)
    for batch in batches:
        write(recording, batch)
        recording.commit()
    assert found(recording) == expected(list(chain(*batches)))
    recording.close()


@SOME
@given(batches=batches)
def test_an_opened_recording_gives_back_everything(batches: list[list[Entry]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "run.pcapng")
        record(path, batches)
        recording = Recording.open(path)
        assert found(recording) == expected(list(chain(*batches)))
        assert (recording.link, recording.epoch, recording.loss) == ("sim", EPOCH, "")
        recording.close()


@SOME
@given(batches=batches, data=st.data())
def test_a_cut_recording_gives_back_every_whole_commit(
    batches: list[list[Entry]], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "run.pcapng")
        lengths = record(path, [[], *batches])
        start = lengths.pop(0)
        cut = data.draw(st.integers(start, lengths[-1]))
        with path.open("r+b") as file:
            file.truncate(cut)
        recording = Recording.open(path)
        whole = [
            entry for batch, length in zip(batches, lengths, strict=True) if length <= cut for entry in batch
        ]
        rows = found(recording)
        assert rows[: len(whole)] == expected(whole)
        for loose in rows[len(whole) :]:  # frames that stood before the rows that were lost
            assert loose.row.kind is Kind.FRAME
            assert loose.snapshot is None
        numbers = [row.row.number for row in rows if row.row.number]
        assert numbers == list(range(1, len(numbers) + 1))
        if cut in (start, *lengths):
            assert recording.loss == ""
        recording.close()


@SOME
@given(batches=batches, data=st.data())
def test_damage_never_raises_anything_else(batches: list[list[Entry]], data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "run.pcapng")
        length = record(path, batches)[-1]
        octets = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            octets[data.draw(st.integers(0, length - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(octets)
        try:
            recording = Recording.open(path)
        except RecordingError:
            return
        found(recording)
        recording.close()


@SOME
@given(
    octets=st.binary(max_size=300), start=st.sampled_from(["", "0a0d0d0a", "d4c3b2a1", "a1b23c4d", "1f8b08"])
)
def test_any_bytes_open_or_are_refused(octets: bytes, start: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "any")
        path.write_bytes(bytes.fromhex(start) + octets)
        try:
            recording = Recording.open(path)
        except RecordingError:
            return
        found(recording)
        recording.close()
