"""The way to Redis: addresses that are none, and answers that repeat what was sent. None of it shows a secret."""

from __future__ import annotations

import traceback

import pytest

from commercelayer_klarna._redis import NotThere, Server
from support.redis_server import RedisServer


@pytest.mark.parametrize(
    "address",
    [
        "redis://:planted/more@example:6379/0",
        "redis://:planted#more@example:6379/0",
        "redis://:planted?more@example:6379/0",
        "redis://:12/planted@example:6379/0",
        "redis://:12#planted@example:6379/0",
        "redis://:12?planted@example:6379/0",
        "redis://user:more@planted/more@example:6379/0",
        "redis://:planted[more@example:6379/0",
        "redis://:more@example:planted/0",
        "redis://:planted@example:99999/0",
        "redis://:planted@example/0?db=planted",
        "redis://:planted@example/0?socket_timeout=planted",
        "redis://:planted@example/0?plant=planted",
    ],
)
def test_an_address_that_cannot_be_one_is_refused_without_its_secret(address: str) -> None:
    with pytest.raises(ValueError, match="the address of the Redis") as caught:
        Server(address)
    assert "planted" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("redis://user:planted@example:6380/1", "redis://example:6380/1"),
        ("redis://:planted%2F%23%40@example", "redis://example"),
        ("rediss://[::1]:6379/0?password=planted%40", "rediss://[::1]:6379/0"),
        ("unix://user:planted@/run/redis.sock?db=1", "unix:///run/redis.sock"),
    ],
)
def test_what_is_shown_of_an_address(address: str, shown: str) -> None:
    assert repr(Server(address)) == f"Server('{shown}')"


def test_what_redis_repeats_of_a_command_is_not_shown(redis: RedisServer) -> None:
    with pytest.raises(NotThere, match="unknown command") as caught:
        Server(redis.url).do("SETT", "key", "planted")
    assert "planted" not in str(caught.value)
