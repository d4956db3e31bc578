"""Coverage-guided fuzzing: `python tests/fuzzing.py SECONDS [TARGET]...`, shared evenly by the targets (all).

Each target has a process of its own, which libFuzzer (by atheris) drives: new inputs are made of those that
reached most, and stay in build/fuzz/corpus for the next time. What a target raises, takes too long over or
needs too much memory for is a finding: it is printed with its input, which is kept in build/fuzz/found, and
`python tests/fuzzing.py replay FILE` runs it again. Exits with 1 where there is a finding.
"""

import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

MEMORY_MB = 2048
SECONDS_AN_INPUT = 10
LONGEST_INPUT = 4096
_BUILD = Path(__file__).parents[1] / "build" / "fuzz"
_FOUND = _BUILD / "found"
_SHOWN = 400
_LINES = 40
_SLACK = 120
"""Seconds that a process may have beyond its share: to load, and for its last input."""

NO_ATHERIS = """\
Fuzzing needs atheris, which is not installed: there is no wheel of it for this Python on this machine. Where
clang with libFuzzer is, `pip install '.[fuzz]'` can build it. `make test` tries the same targets for a short
time without it.
"""


def main(arguments: list[str]) -> int:
    """Fuzz, replay one input, or be one of the processes."""
    match arguments:
        case ["replay", path]:
            return replay(Path(path))
        case ["one", name, *options]:
            fuzz_one(name, options)
            return 0
        case _ if find_spec("atheris") is None:
            sys.stderr.write(NO_ATHERIS)
            return 2
        case [seconds, *names]:
            return fuzz(int(seconds), names)
    return 2


def fuzz(seconds: int, names: Sequence[str]) -> int:
    """All these targets, one after the other; 1 where something was found."""
    from fuzz.targets import TARGETS

    unknown = sorted(set(names) - set(TARGETS))
    if unknown:
        sys.stderr.write(f"no such target: {' '.join(unknown)}; there are {' '.join(TARGETS)}\n")
        return 2
    names = names or list(TARGETS)
    share = max(seconds // len(names), 1)
    return max([_fuzz(name, share) for name in names])


def _fuzz(name: str, seconds: int) -> int:
    """One target in a process of its own."""
    corpus, seeds = _BUILD / "corpus" / name, _BUILD / "seeds" / name
    for folder in (corpus, seeds, _FOUND):
        folder.mkdir(parents=True, exist_ok=True)
    known = set(_FOUND.iterdir())
    command = [sys.executable, __file__, "one", name, f"-max_total_time={seconds}"]
    command += [f"-timeout={SECONDS_AN_INPUT}", f"-rss_limit_mb={MEMORY_MB}", f"-max_len={LONGEST_INPUT}"]
    command += ["-print_final_stats=1", f"-artifact_prefix={_FOUND}/{name}-", str(corpus), str(seeds)]
    last = _BUILD / f"{name}-hangs"
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=seconds + _SLACK
        )
        output, code = done.stderr + done.stdout, done.returncode
    except subprocess.TimeoutExpired:
        output, code = "it does not come back", 1
        last.rename(_FOUND / last.name)
    if not code:
        print(f"{name:9} {_count(output)} inputs in {seconds} s, nothing found", flush=True)
        return 0
    print(f"{name:9} FOUND SOMETHING\n{_finding(output)}")
    for path in sorted(set(_FOUND.iterdir()) - known):
        print(f"the input: {path.read_bytes()[:_SHOWN]!r}\nagain: make fuzz-replay FILE={path}")
    sys.stdout.flush()
    return 1


def _count(output: str) -> str:
    """How many inputs were tried, by libFuzzer's last words."""
    said = [line.split()[-1] for line in output.splitlines() if "number_of_executed_units" in line]
    return said[0] if said else "?"


def _finding(output: str) -> str:
    """What was raised, or what libFuzzer says against the input: without the lines of its progress."""
    lines = [line for line in output.splitlines() if not line.startswith(("#", "INFO", "stat::"))]
    return "\n".join(lines[-_LINES:])


def fuzz_one(name: str, options: list[str]) -> None:
    """Drive one target in this process; libFuzzer ends it."""
    import atheris

    with atheris.instrument_imports(include=["tcpviz"]):
        from fuzz.targets import TARGETS
    target = TARGETS[name]
    for number, seed in enumerate(target.seeds()):
        Path(options[-1], f"seed-{number}").write_bytes(seed)
    with (_BUILD / f"{name}-hangs").open("wb", buffering=0) as last:

        def run(data: bytes) -> None:
            """Leaves the input to be found where not even libFuzzer's alarm can end this: in long C code."""
            last.seek(0)
            last.truncate()
            last.write(data)
            target.run(data)

        atheris.Setup([sys.argv[0], *options], run)
        atheris.Fuzz()


def replay(path: Path) -> int:
    """Run a target on an input that was found; its name begins with the target's."""
    from fuzz.targets import TARGETS

    name = next((name for name in TARGETS if path.name.startswith(f"{name}-")), None)
    if name is None:
        sys.stderr.write(f"{path.name}: a finding is named TARGET-…, TARGET one of {' '.join(TARGETS)}\n")
        return 2
    TARGETS[name].run(path.read_bytes())
    print(f"{name}: nothing happens")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
