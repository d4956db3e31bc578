"""Many worlds of two engines, one a seed: `python tests/soak.py 1000`, or `1000 5000` from seed 5000 on.

Prints each seed that fails and what was wrong; the same seed fails again in the same way. Exits with 1 then.
"""

import sys

from helpers.two_engines import world_of


def failure_of(seed: int) -> str | None:
    """What went wrong in the world of `seed`."""
    try:
        world_of(seed).finish()
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def main(arguments: list[str]) -> int:
    """Try the seeds that were asked for."""
    count = int(arguments[0]) if arguments else 1000
    first = int(arguments[1]) if len(arguments) > 1 else 0
    failed = 0
    for seed in range(first, first + count):
        if (failure := failure_of(seed)) is not None:
            failed += 1
            print(f"seed {seed}: {failure}", flush=True)
    print(f"{count} seeds, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
