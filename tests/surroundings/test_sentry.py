"""Sentry sees the calls through its patch of httpx, and writes down the local variables of frames when one fails."""

from __future__ import annotations

import asyncio
import json

import pytest
import sentry_sdk
from helper import async_client, bearer_token, client, credentials, fail_next, sandbox, without_secrets
from sentry_sdk.transport import Transport

from commercelayer_klarna import AccessToken, CommerceLayerError

NAME, PACKAGES = "Sentry", ["sentry-sdk"]


class Collecting(Transport):
    """Keeps what would be sent to Sentry."""

    def __init__(self):
        super().__init__()
        self.sent = []

    def capture_envelope(self, envelope):
        self.sent += [item.payload.json for item in envelope.items]


collecting = Collecting()
sentry_sdk.init(
    dsn="http://key@127.0.0.1:9/1",
    traces_sample_rate=1.0,
    transport=collecting,
    include_local_variables=True,
    max_request_body_size="always",
)


def spans(call) -> int:
    collecting.sent.clear()
    with sentry_sdk.start_transaction(name="calls"):
        call()
    (transaction,) = collecting.sent
    return len([span for span in transaction["spans"] if span["op"] == "http.client"])


def test_the_sync_client():
    """One span for the token and one for each call of the sync client."""
    with client() as payments:
        assert spans(payments.count) == 2
        assert spans(payments.count) == 1


def test_the_async_client():
    """One span for the token and one for each call of the async client."""

    async def calls() -> None:
        async with async_client() as payments:
            await payments.count()
            await payments.count()

    assert spans(lambda: asyncio.run(calls())) == 3


def reported(error: Exception) -> list[dict]:
    """Return the frames that are reported with an error, but for the caller's own."""
    collecting.sent.clear()
    sentry_sdk.capture_exception(error)
    (event,) = collecting.sent
    # A cause that repeats what the error says has no traceback any more.
    told = [each["stacktrace"] for each in event["exception"]["values"] if "stacktrace" in each]
    frames = [frame for each in told for frame in each["frames"]]
    return [frame for frame in frames if frame["module"] != __name__]


def test_no_secrets_in_reports():
    """A call that fails is reported with the local variables of its frames: no token and no client secret."""
    bearer = bearer_token()
    frames = []
    for auth in (credentials(), AccessToken(bearer)):
        with client(auth=auth, retry=None) as payments:
            payment = payments.create(order=sandbox()["order_ids"][0])
            for kind in ("reset", "truncate", "garbage"):
                for call in (payments.retrieve, lambda id: payments.update(id, auth_token="token-of-the-widget")):
                    fail_next(match={"path": "/api"}, kind=kind)
                    with pytest.raises(CommerceLayerError) as failed:
                        call(payment.id)
                    frames += reported(failed.value)
    assert "commercelayer_klarna" in {frame["module"].partition(".")[0] for frame in frames}
    tokens = [bearer, payment.client_token[:30], "token-of-the-widget"]
    assert without_secrets(json.dumps(frames), [sandbox()["client_secret"], *tokens])
