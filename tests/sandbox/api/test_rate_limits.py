"""Rate limits: the windows to the request and to the second, per class, endpoint and address."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sandbox.conftest import Api


LIMITS = [("test", 100, 25), ("live", 200, 50)]


def statuses(api: Api, number: int, path: str = "orders") -> list[int]:
    return [api.get(path).status for _ in range(number)]


@pytest.mark.parametrize(("mode", "average", "burst"), LIMITS)
def test_a_burst_is_limited(new_api: Callable[..., Api], mode: str, average: int, burst: int) -> None:
    api = new_api(mode=mode, rate_limit="enforce")
    assert statuses(api, burst + 2) == [200] * burst + [429] * 2
    # Of one endpoint; the others have their own, and so have writes.
    assert api.get("klarna_payments").status == 200
    assert api.patch("orders", api.sandbox.order_ids[0], reference="x").status == 200
    api.clock.now += 9.5
    assert api.get("orders").status == 429
    api.clock.now += 0.5
    assert statuses(api, burst + 1) == [200] * burst + [429]


@pytest.mark.parametrize(("mode", "average", "burst"), LIMITS)
def test_the_average_is_limited(new_api: Callable[..., Api], mode: str, average: int, burst: int) -> None:
    api = new_api(mode=mode, rate_limit="enforce")
    paths = ["orders", "klarna_payments", "klarna_gateways", "payment_gateways"]
    for index, path in enumerate(paths):
        assert statuses(api, burst, path) == [200] * burst
        api.clock.now += index + 1
    refused = api.get("orders")
    assert refused.status == 429
    assert refused.headers["X-Ratelimit-Remaining"] == "0"
    # The window slides: what the first endpoint used comes back after a minute, and no more.
    api.clock.now += 49.75
    assert api.get("orders").status == 429
    api.clock.now += 0.25
    assert api.get("orders").headers["X-Ratelimit-Remaining"] == str(burst - 1)
    assert statuses(api, burst) == [200] * (burst - 1) + [429]


def test_a_request_beyond_the_limit_is_told_so(new_api: Callable[..., Api]) -> None:
    api = new_api(rate_limit="enforce")
    statuses(api, 25)
    refused = api.get("orders")
    assert refused.codes == ["TOO_MANY_REQUESTS"]
    assert refused.json["errors"][0]["status"] == "429"
    assert refused.headers["Content-Type"] == "application/vnd.api+json"
    assert refused.headers["X-Sandbox-Refused"] == "unknown: the body of a 429"
    # The headers tell of the average alone, and a refused request does not count.
    assert refused.headers["X-Ratelimit-Remaining"] == "75"
    assert api.get("orders").headers["X-Ratelimit-Remaining"] == "75"
    assert "Retry-After" not in refused.headers
    assert "X-Ratelimit-Reset" not in refused.headers


def test_markets_are_cacheable(new_api: Callable[..., Api]) -> None:
    api = new_api(rate_limit="enforce")
    path = f"markets/{api.sandbox.market_id}"
    assert api.get(path).headers["X-Ratelimit-Limit"] == "500"
    assert statuses(api, 125, path) == [200] * 124 + [429]


def test_the_token_endpoint_has_a_limit_of_its_own(new_api: Callable[..., Api]) -> None:
    api = new_api(rate_limit="enforce")
    for _ in range(29):
        api.token()
    refused = api.oauth(grant_type="client_credentials")
    assert refused.status == 429
    assert refused.json["errors"]["status"] == 429
    assert refused.headers["X-Ratelimit-Limit"] == "30"
    assert refused.headers["X-Ratelimit-Remaining"] == "0"
    assert api.raw("GET", "/.well-known/jwks.json", {}).status == 200
    api.clock.now += 60
    api.token()


def test_addresses_are_counted_apart(new_api: Callable[..., Api]) -> None:
    api = new_api(rate_limit="enforce")

    def ask(address: str) -> int:
        answer = api.sandbox.respond("GET", "/api/orders", api.headers, b"", None, address=address)
        assert json.loads(answer.body)
        status = answer.status
        assert isinstance(status, int)
        return status

    assert [ask("127.0.0.1") for _ in range(26)][-1] == 429
    assert ask("127.0.0.2") == 200


def test_limits_can_be_left_out_or_only_told(new_api: Callable[..., Api]) -> None:
    api = new_api(rate_limit="off")
    assert not [name for name in api.get("orders").headers if name.startswith("X-Ratelimit")]
    assert set(statuses(api, 150)) == {200}
    api = new_api()
    assert set(statuses(api, 150)) == {200}
    assert api.get("orders").headers["X-Ratelimit-Remaining"] == "0"
    assert api.oauth().headers["X-Ratelimit-Limit"] == "30"


@pytest.mark.parametrize("options", [{"rate_limit": "on"}, {"mode": "prod"}, {"orders": -1}, {"organization": "A B"}])
def test_wrong_options_of_a_sandbox_are_refused(new_api: Callable[..., Api], options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        new_api(**options)
