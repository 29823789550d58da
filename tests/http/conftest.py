"""The fault server, one for each process of the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from support.fault_server import FaultServer, Place


@pytest.fixture(scope="session")
def _fault_server() -> Iterator[FaultServer]:
    server = FaultServer()
    yield server
    server.close()


@pytest.fixture
def place(_fault_server: FaultServer) -> Iterator[Callable[[str], Place]]:
    """Makes a place with a fault, which ends with the test."""
    yield _fault_server.place
    _fault_server.close_places()
