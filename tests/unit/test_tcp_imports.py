"""The engine stands alone: importing it loads the standard library, `tcpviz.wire`, the version and itself."""

import subprocess
import sys

PROGRAM = """
import sys
before = set(sys.modules)
import tcpviz.tcp.connection
for name in sorted(set(sys.modules) - before):
    print(name)
"""
NOT_FOR_THE_ENGINE = {"asyncio", "logging", "select", "selectors", "socket", "subprocess", "threading"}


def test_importing_the_engine_loads_nothing_else() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    ).stdout.split()
    ours = {name for name in loaded if name.split(".")[0] == "tcpviz"}
    assert "tcpviz.tcp.connection" in ours
    assert {name.split(".")[1] for name in ours if "." in name} == {"tcp", "version", "wire"}
    foreign = {name.split(".")[0] for name in loaded} - {"tcpviz"} - set(sys.stdlib_module_names)
    assert not foreign
    assert not NOT_FOR_THE_ENGINE & set(loaded)
