"""Each script in `tcp/` is a test; the notation is explained in `helpers.script`."""

from pathlib import Path

import pytest
from helpers.script import ScriptError, run_script

SCRIPTS = sorted((Path(__file__).parent / "tcp").glob("*.pkt"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script(script: Path) -> None:
    run_script(script)


@pytest.mark.parametrize(
    "line",
    ["0 > S 0:0(0) <mss 999>", "0.001 > S 0:0(0)", "0 > S. 0:0(0) ack 1", "0 state SYN-SENT"],
)
def test_a_wrong_script_fails(tmp_path: Path, line: str) -> None:
    script = tmp_path / "wrong.pkt"
    script.write_text(f"0 connect\n{line}\n")
    with pytest.raises(ScriptError):
        run_script(script)
