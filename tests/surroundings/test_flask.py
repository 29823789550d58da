"""Flask receives callbacks, and shows a payment."""

from __future__ import annotations

import sys

import flask
from helper import check_receiver_program, client, free_port, receiver, sandbox, without_secrets

NAME, PACKAGES = "Flask", ["flask"]


def application():
    app, receiving = flask.Flask(__name__), receiver()

    @app.post("/callbacks")
    def callbacks():
        return "", receiving.receive(flask.request.get_data(), flask.request.headers)

    return app


def test_receiver(tmp_path):
    """The example receiver, with `request.get_data()` and `request.headers`."""
    port = free_port()
    command = [sys.executable, "-m", "flask", "--app", "test_flask:application", "run", "--port", str(port)]
    check_receiver_program(*command, port=port, folder=tmp_path)


def test_a_payment_is_shown():
    """`return payment.to_dict()`: no secrets."""
    app = flask.Flask(__name__)
    with client() as payments:
        payment = payments.create(order=sandbox()["order_ids"][0], reference="shown")
        app.add_url_rule("/", view_func=payment.to_dict)
        shown = app.test_client().get("/").text
    assert '"shown"' in shown
    assert without_secrets(shown, [payment.client_token])
