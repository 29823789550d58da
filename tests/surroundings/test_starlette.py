"""Starlette receives callbacks."""

from __future__ import annotations

from helper import check_receiver_program, free_port, receiver
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

NAME, PACKAGES = "Starlette", ["starlette", "uvicorn"]


def application():
    receiving = receiver()

    async def callbacks(request):
        return Response(status_code=receiving.receive(await request.body(), request.headers))

    return Starlette(routes=[Route("/callbacks", callbacks, methods=["POST"])])


def test_receiver(tmp_path):
    """The example receiver, with `await request.body()` and `request.headers`, under uvicorn."""
    port = free_port()
    command = ["uvicorn", "--port", str(port), "--factory", "test_starlette:application"]
    check_receiver_program(*command, port=port, folder=tmp_path)
