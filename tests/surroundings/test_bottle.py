"""Bottle receives callbacks."""

from __future__ import annotations

import sys

import bottle
from helper import check_receiver_program, free_port, receiver

NAME, PACKAGES = "Bottle", ["bottle"]


def application():
    app, receiving = bottle.Bottle(), receiver()

    @app.post("/callbacks")
    def callbacks():
        bottle.response.status = int(receiving.receive(bottle.request.body.read(), bottle.request.headers))

    return app


def test_receiver(tmp_path):
    """The example receiver, with `request.body.read()` and `request.headers`."""
    port = free_port()
    command = [sys.executable, "-m", "bottle", "--bind", f"127.0.0.1:{port}", "test_bottle:application()"]
    check_receiver_program(*command, port=port, folder=tmp_path)
