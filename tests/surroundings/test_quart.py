"""Quart receives callbacks."""

from __future__ import annotations

import sys

import quart
from helper import check_receiver_program, free_port, receiver

NAME, PACKAGES = "Quart", ["quart"]


def application():
    app, receiving = quart.Quart(__name__), receiver()

    @app.post("/callbacks")
    async def callbacks():
        return "", receiving.receive(await quart.request.get_data(), quart.request.headers)

    return app


def test_receiver(tmp_path):
    """The example receiver, with `await request.get_data()` and `request.headers`."""
    port = free_port()
    command = [sys.executable, "-m", "quart", "--app", "test_quart:application", "run", "--port", str(port)]
    check_receiver_program(*command, port=port, folder=tmp_path)
