"""Tests of the screen are coroutines; the runs that they look at are recorded once."""

import asyncio
import inspect
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.screen import record_run

from tcpviz.recording import Recording
from tcpviz.ui.errors import log_path
from tcpviz.ui.guide_line import first_start


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine test in a loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


@pytest.fixture(scope="session", autouse=True)
def log_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports of errors go to a file of the test's own, and nobody's settings are read."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))
    os.environ["XDG_DATA_HOME"] = str(tmp_path_factory.mktemp("data"))
    os.environ["XDG_CONFIG_HOME"] = str(tmp_path_factory.mktemp("config"))
    first_start()  # no guide in the programs that tests start
    return log_path()


@pytest.fixture(scope="session")
def clean_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """http://lab/ without a loss."""
    return record_run(tmp_path_factory.mktemp("runs") / "clean.pcapng", "http://lab/")


@pytest.fixture(scope="session")
def lossy_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 kB with 5 % loss: retransmissions, duplicate ACKs, packets that never arrived."""
    return record_run(tmp_path_factory.mktemp("runs") / "lossy.pcapng", "http://lab/bytes/100000", "loss=5%")


@pytest.fixture
def clean(clean_run: Path) -> Iterator[Recording]:
    recording = Recording.open(clean_run)
    yield recording
    recording.close()


@pytest.fixture
def lossy(lossy_run: Path) -> Iterator[Recording]:
    recording = Recording.open(lossy_run)
    yield recording
    recording.close()
