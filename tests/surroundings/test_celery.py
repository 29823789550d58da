"""A Celery worker forks its processes, and breaks tasks off by a signal when their soft time limit is over.

The broker is Redis, if there is one, and otherwise a folder.
"""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack

import pytest
from celery import Celery
from celery.exceptions import SoftTimeLimitExceeded
from helper import client, fail_next, free_port, listening, running, sandbox

NAME, PACKAGES = "Celery", ["celery", "billiard"]

app = Celery("test_celery")
payments = client(deadline=20)


def configure(broker: str, folder: str) -> None:
    app.conf.update(
        broker_url=broker,
        broker_transport_options={"data_folder_in": folder, "data_folder_out": folder} if "file" in broker else {},
        result_backend=f"file://{folder}",
    )


if "BROKER" in os.environ:  # in the worker
    configure(os.environ["BROKER"], os.environ["FOLDER"])
    payments.count()  # before the worker forks


@app.task
def create(reference: str):
    payment = payments.create(order=sandbox()["order_ids"][0], reference=reference)
    return os.getpid(), payment.reference, payments.retrieve(payment.id).reference


@app.task
def create_in_time(reference: str):
    """Return what was made, or may have been when the soft time limit was over."""
    try:
        return [payments.create(order=sandbox()["order_ids"][0], reference=reference).id]
    except SoftTimeLimitExceeded as error:
        settled = payments.settle(error.__cause__)
        return [settled.resource.id] if settled.resource else [*settled.candidates]


@app.task
def count_without_end():
    """Call the API until the soft time limit is over, at whatever moment of a call that is."""
    while True:
        payments.count()


@pytest.fixture(scope="module", autouse=True)
def worker(tmp_path_factory):
    """A worker with two processes."""
    folder, port = str(tmp_path_factory.mktemp("celery")), free_port()
    with ExitStack() as stack:
        broker = "filesystem://"
        if shutil.which("redis-server"):
            stack.enter_context(listening("redis-server", "--port", str(port), "--save", "", port=port))
            broker = f"redis://127.0.0.1:{port}"
        configure(broker, folder)
        command = ["celery", "--app", "test_celery", "worker", "--pool", "prefork", "--concurrency", "2"]
        stack.enter_context(running(*command, BROKER=broker, FOLDER=folder))
        yield


def pids_that_create(name: str) -> set[int]:
    asked = [f"{name}-{number}" for number in range(40)]
    found = [task.get(timeout=60) for task in [create.delay(reference) for reference in asked]]
    assert [(created, read) for _, created, read in found] == [(reference, reference) for reference in asked]
    return {pid for pid, *_ in found}


def test_tasks():
    """40 tasks in two processes that forked after the client was used: each gets its own payment."""
    assert len(pids_that_create("forked")) == 2


def test_a_soft_time_limit():
    """40 soft time limits at any moment of short calls, and 4 within slow answers: the same processes go on."""
    before = pids_that_create("before")
    tasks = [count_without_end.apply_async(soft_time_limit=0.2 + number / 100) for number in range(40)]
    for task in tasks:
        with pytest.raises(SoftTimeLimitExceeded):
            task.get(timeout=60)
    fail_next(match={"method": "GET"}, times=4, delay=30)
    for task in [count_without_end.apply_async(soft_time_limit=1) for _ in range(4)]:
        with pytest.raises(SoftTimeLimitExceeded):
            task.get(timeout=60)
    assert pids_that_create("after") == before


@pytest.mark.remark("the exception leaves the call; give its `__cause__`, an `AmbiguousWriteError`, to `settle`")
def test_a_soft_time_limit_within_a_create():
    """A soft time limit while a create waits for its answer: no second payment, and the doubt is kept."""
    fail_next(match={"method": "POST", "path": "/api/klarna_payments"}, delay=30, when="after")
    found = create_in_time.apply_async(["interrupted"], soft_time_limit=1).get(timeout=60)
    with client() as looking:
        assert found == [each.id for each in looking.list(filters={"reference_eq": "interrupted"})]
        assert len(found) == 1
