"""gunicorn: its workers fork from a master that, with ``--preload``, has used the client already."""

from __future__ import annotations

import json
import os
from contextlib import asynccontextmanager

import pytest
from helper import answer_of, async_client, check_that_nobody_gets_anothers, client, free_port, listening, sandbox
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

NAME, PACKAGES = "gunicorn", ["gunicorn"]


def application():
    payments = client()
    payments.count()

    def answer(environ, start):
        body = answer_of(payments, environ["QUERY_STRING"])
        start("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    return answer


def async_application():
    """Each worker has an event loop of its own, and so a client of its own."""

    @asynccontextmanager
    async def lifespan(app):
        async with async_client() as payments:
            app.state.payments = payments
            yield

    async def answer(request):
        payments, query = request.app.state.payments, request.query_params
        if "retrieve" in query:
            payment = await payments.retrieve(query["retrieve"])
        else:
            payment = await payments.create(order=sandbox()["order_ids"][0], reference=query["create"])
        return Response(json.dumps([os.getpid(), payment.id, payment.reference, payment.client_token]))

    return Starlette(routes=[Route("/", answer)], lifespan=lifespan)


def check(measured, *options: str, app: str = "application()") -> None:
    port = free_port()
    command = ["gunicorn", "--no-control-socket", "--bind", f"127.0.0.1:{port}", "--workers", "2", *options]
    with listening(*command, f"test_gunicorn:{app}", port=port):
        measured(check_that_nobody_gets_anothers(port, 100, workers=2))


def test_sync_workers(measured):
    """Two sync workers, forked from a master that had used the client."""
    check(measured, "--preload", "--worker-class", "sync")


def test_thread_workers(measured):
    """Two gthread workers with four threads each, forked from a master that had used the client."""
    check(measured, "--preload", "--worker-class", "gthread", "--threads", "4")


def test_gevent_workers(measured):
    """Two gevent workers, each of which loads the application after it is patched."""
    check(measured, "--worker-class", "gevent")


@pytest.mark.remark("make the async client in the lifespan of the application, in the event loop of its worker")
def test_uvicorn_workers(measured):
    """Two uvicorn workers with the async client."""
    check(measured, "--worker-class", "uvicorn_worker.UvicornWorker", app="async_application()")
