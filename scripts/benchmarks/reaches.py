"""What each row is held against: the most that its ratio may be, or its value where it has no other side."""

from __future__ import annotations

# Row: its reach without and with the `speed` extra.
_REACHES: dict[str, tuple[float | None, float | None]] = {
    "retrieve one": (1.15, 1.10),
    "retrieve one, async": (1.15, 1.10),
    "page of 25": (1.25, 1.05),
    "page of 25 with included, read": (1.10, 0.85),
    "page of 25 with included, nothing read": (None, 0.70),
    "200 tasks in flight": (None, 1.1),
    "200 tasks in flight, aiohttp": (None, 1.1),
    "16 threads": (None, 1.1),
    "burst of 200, async": (None, 1.5),
    "burst of 1,000, async": (None, 1.5),
    "burst of 200, threads": (None, 1.5),
    "burst of 1,000, threads": (None, 1.5),
    "linking each of 500 included": (1.20, None),
    "linking each of 5,000 included": (1.20, None),
    "first call of a process: token and API": (None, 4.0),
    "first call after warm_up()": (None, 1.0),
    "a call after 1 idle seconds": (None, 1.0),
    "a call after 10 idle seconds": (None, 1.0),
    "a call after 60 idle seconds": (None, 1.0),
    "a call after 300 idle seconds": (None, 3.0),
    "a call after the server closed the connection": (None, 3.0),
    "a create whose answer is lost, found": (None, 8.0),
    "25 pages, one after the other": (None, 25.0),
    "100 retrieves at once": (None, 3.0),
    "import commercelayer_klarna": (1.5, None),
    "import of its names": (1.5, None),
    "import, and a first client": (1.25, None),
    "import, and a first call": (1.25, None),
    "a first call, all packages in a zip": (1.25, None),
    "new client": (1.1, None),
    "a tenant's client on a shared pool": (6.0, None),
    "memory of a tenant's client, used once": (50.0, None),
    "memory to iterate 100,000 payments, over 1,000": (5.0, None),
}


def reach_of(row: str, against: str = "", speed: bool = False) -> float | None:
    """Return what a row is held against; a row without a reach is for information."""
    name = row.removeprefix("peers: ")
    if name != row and against != "httpx":
        return 1.0
    # Among the peers httpx is what it is in the rows above.
    return _REACHES.get(name, _REACHES.get(f"{name}, read", (None, None)))[speed]
