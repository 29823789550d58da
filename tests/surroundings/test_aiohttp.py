"""aiohttp's server receives callbacks."""

from __future__ import annotations

import sys

from aiohttp import web
from helper import check_receiver_program, free_port, receiver

NAME, PACKAGES = "aiohttp", ["aiohttp"]


def application(arguments):
    app, receiving = web.Application(), receiver()

    async def callbacks(request):
        return web.Response(status=receiving.receive(await request.read(), request.headers))

    app.router.add_post("/callbacks", callbacks)
    return app


def test_receiver(tmp_path):
    """The example receiver, with `await request.read()` and `request.headers`."""
    port = free_port()
    command = [sys.executable, "-m", "aiohttp.web", "-H", "127.0.0.1", "-P", str(port), "test_aiohttp:application"]
    check_receiver_program(*command, port=port, folder=tmp_path)
