"""A real cluster of Dask: a process for each worker, with an environment of its own; and what runs there."""

# Dask is installed for the nightly run.
# pyright: reportMissingImports=false

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import httpx

from commercelayer_klarna import AccessToken, KlarnaPayments
from commercelayer_klarna.plugins.limits import Limits

__all__ = ["TIMES", "cluster", "paced", "signed"]

TIMES = 10
"""How many times as much an address may send as is published: more would measure this machine."""

# By default Dask watches its workers so closely that it takes as much of the machine as their work does.
_QUIET = {
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.admin.tick.interval": "1s",
    "distributed.worker.profile.enabled": False,
}


@contextmanager
def cluster(environments: Sequence[dict[str, str]], threads: int = 1) -> Iterator[Any]:
    """Run a worker with so many threads for each environment, and give the client of Dask."""
    import dask.config
    from distributed import Client, Nanny, Scheduler, SpecCluster

    paths = os.pathsep.join(sys.path)
    workers = {
        number: {
            "cls": Nanny,
            "options": {
                "nthreads": threads,
                "silence_logs": logging.ERROR,
                "host": "127.0.0.1",
                "env": {"PYTHONPATH": paths, **each},
            },
        }
        for number, each in enumerate(environments)
    }
    scheduler = {"cls": Scheduler, "options": {"dashboard": False, "host": "127.0.0.1", "port": 0}}
    with (
        dask.config.set(_QUIET),
        SpecCluster(workers=workers, scheduler=scheduler) as running,
        Client(running) as client,
    ):
        client.wait_for_workers(len(environments), timeout=120)
        yield client


@cache
def paced() -> KlarnaPayments:
    """Return the client of a worker that sends from an address of its own, at so many times the pace."""
    egress = os.environ["COMMERCELAYER_KLARNA_EGRESS"]
    store = os.environ["COMMERCELAYER_KLARNA_REDIS"]
    return KlarnaPayments(
        base_url=os.environ["COMMERCELAYER_BASE_URL"],
        auth=AccessToken("t"),
        http_client=httpx.Client(transport=httpx.HTTPTransport(local_address=egress)),
        plugins=[Limits(per_minute=186 * TIMES, burst=10 * TIMES, store=store, egress=egress)],
        deadline=300.0,
        retry=None,
    )


def signed(payment: Any) -> dict[str, object]:
    """Return the change that the tests make."""
    return {"reference": f"new {payment.id}"}
