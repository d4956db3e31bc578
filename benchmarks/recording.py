"""What a recorded frame costs: time to write and to read it, and memory."""

import random
import tracemalloc
from collections.abc import Callable
from time import perf_counter

from tcpviz.link.base import Direction
from tcpviz.recording import Recording
from tcpviz.tcp.snapshot import Snapshot
from tcpviz.tcp.state import State
from tcpviz.wire.seq import Seq

FRAME = random.Random(1).randbytes(1514)
BATCH = 64
ONE = Seq(1)


def snapshots(deadlines: bool) -> list[Snapshot]:
    """One for each frame of a batch, with a timer that is set anew by each of them, or with none."""
    return [
        Snapshot(
            State.ESTABLISHED, ONE, ONE, ONE, ONE, ONE, 65535, Seq(i), 1 << 20, 1460, 14600, 1 << 30,
            10**6, 10**5, 10**9, 0, 0, 0, 0, deadlines=((1, i),) if deadlines else (),
        )
        for i in range(BATCH)
    ]  # fmt: skip


def write(recording: Recording, frames: int, states: list[Snapshot], frame: bytes = FRAME) -> None:
    """Record so many frames, a commit for each batch."""
    for start in range(0, frames, BATCH):
        for i, state in enumerate(states):
            recording.frame(start + i, Direction.IN, frame, flow=1, snapshot=state)
        recording.commit()


def write_together(recording: Recording, frames: int, state: Snapshot) -> None:
    """Record so many frames in batches that were taken as one arrival each."""
    batch = [FRAME] * BATCH
    for start in range(0, frames, BATCH):
        recording.run(start, batch, 1448, 1, state)
        recording.commit()


def seconds(run: Callable[[], object]) -> float:
    """How long one call takes."""
    start = perf_counter()
    run()
    return perf_counter() - start


def write_time(deadlines: bool, frames: int = 50 * BATCH, rounds: int = 20) -> float:
    """Microseconds to record a frame of 1514 octets and its share of the commit: the best of some rounds."""
    recording = Recording.create(link="benchmark", epoch=0)
    states = snapshots(deadlines)
    best = min(seconds(lambda: write(recording, frames, states)) for _ in range(rounds))
    recording.close()
    return best / frames * 1e6


def write_time_together(frames: int = 50 * BATCH, rounds: int = 20) -> float:
    """The same for frames that were taken together."""
    recording = Recording.create(link="benchmark", epoch=0)
    state = snapshots(deadlines=False)[0]._replace(unread=1 << 20)
    best = min(seconds(lambda: write_together(recording, frames, state)) for _ in range(rounds))
    recording.close()
    return best / frames * 1e6


def memory(frames: int = 1 << 20) -> float:
    """Octets of memory that a recorded frame takes, without what the file holds."""
    states = snapshots(deadlines=True)
    tracemalloc.start()
    recording = Recording.create(link="benchmark", epoch=0)
    write(recording, frames, states, FRAME[:60])
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    recording.close()
    return used / frames


def read_time(look: str, rows: int = 20_000) -> float:
    """Microseconds for one call of this method of a recording."""
    recording = Recording.create(link="benchmark", epoch=0)
    write(recording, rows, snapshots(deadlines=True))
    method = getattr(recording, look)
    taken = seconds(lambda: [method(i) for i in range(rows)])
    recording.close()
    return taken / rows * 1e6


def main() -> None:
    """Print all of it."""
    print("recording")
    print(f"  write a frame                         {write_time(deadlines=False):6.2f} µs")
    print(f"  write a frame that moved a timer      {write_time(deadlines=True):6.2f} µs")
    print(f"  write a frame of many taken together  {write_time_together():6.2f} µs")
    for look in ("time", "row", "data", "snapshot"):
        print(f"  read: {look:32}{read_time(look):6.2f} µs")
    print(f"  memory for each of a million frames   {memory():6.1f} octets")


if __name__ == "__main__":
    main()
