"""The sandbox itself: one organization with its state, behind one lock, without I/O.

Doors lead into it: `door` for clients in the same process, `server` for all others.
"""

import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import urlsplit

from . import oauth
from . import seed as seeds
from .engine import Engine, Request
from .oauth import Authorization
from .state import State
from .wire import Answer

if TYPE_CHECKING:
    from commercelayer_klarna import AsyncKlarnaPayments, KlarnaPayments

T = TypeVar("T")


class Sandbox:
    """A stateful, strict, local stand-in for the Klarna payments of Commerce Layer.

    Each sandbox is an organization of its own. `order_ids` are pending orders with a Klarna payment method, ready to
    be paid; `gateway_id` is their Klarna gateway. Everything is deterministic under `seed` and `clock` (seconds since
    1970).

    Raises ValueError for an organization that is no slug: lower-case letters, digits and hyphens.
    """

    def __init__(
        self,
        *,
        organization: str = "sandbox",
        mode: Literal["test", "live"] = "test",
        seed: int = 0,
        orders: int = 3,
        clock: Callable[[], float] | None = None,
    ) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", organization):
            raise ValueError(f"not a slug: {organization!r}")
        self.organization = organization
        self.client_id = oauth.INTEGRATION
        self.client_secret = oauth.SECRET
        self._lock = threading.Lock()
        self._state = State(seed=seed, clock=clock or time.time)
        self._populate(orders)
        authorization = Authorization(self._state, organization=organization, mode=mode)
        self._engine = Engine(self._state, authorization, organization=organization, mode=mode)

    def _populate(self, orders: int) -> None:
        self._market, gateway, self._method = seeds.shop(self._state)
        self.gateway_id = gateway.id
        self._orders = 0
        self.order_ids = [self._new_order(payable=True) for _ in range(orders)]

    def handle(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | Iterable[tuple[str, str]],
        body: bytes,
        *,
        scheme: Literal["http", "https"] = "https",
    ) -> Answer:
        """Answer one request; `target` is a path with a query, or a whole URL. Never raises, never answers a 5xx."""
        received: dict[str, str] = {}
        received.update(headers)
        lowered = {name.lower(): value for name, value in received.items()}
        path, query = _split(target)
        with self._lock:
            answer = self._engine.answer(Request(method, path, query, lowered, body, scheme))
        answer.headers.append(("X-Sandbox", "true"))
        return answer

    def add_order(self, *, payable: bool = True) -> str:
        """Add a pending order and return its id; one that is not payable has no payment method."""
        with self._lock:
            return self._new_order(payable=payable)

    def set_order_total(self, order_id: str, cents: int) -> None:
        """Change an order's total, so that the amount of its Klarna session no longer matches.

        The API would nullify the payment source of an order edited through it; this is the case where it could not.

        Raises LookupError for an order that does not exist and ValueError for a negative total.
        """
        if cents < 0:
            raise ValueError("a total is not negative")
        with self._lock:
            order = self._state.find("orders", order_id)
            if order is None:
                raise LookupError(order_id)
            self._state.update(order, seeds.total(cents), {}, seeds.WHO)
            self._engine.rules.compare_amounts(order)

    def look(self, view: Callable[[State], T]) -> T:
        """Return what a view makes of the state, which stands still meanwhile; for the pages."""
        with self._lock:
            return view(self._state)

    def client(self, **options: Any) -> "KlarnaPayments":
        """Return the project's client wired to this sandbox in process; options are those of `KlarnaPayments`."""
        from .door import client

        return client(self, **options)

    def async_client(self, **options: Any) -> "AsyncKlarnaPayments":
        """Return the project's async client wired to this sandbox in process."""
        from .door import async_client

        return async_client(self, **options)

    def _new_order(self, *, payable: bool) -> str:
        method = self._method if payable else None
        number, cents = 2437058 + self._orders, 3500 + 700 * self._orders
        self._orders += 1
        return seeds.order(self._state, self._market, method, number=number, cents=cents).id


def _split(target: str) -> tuple[str, str]:
    """Return path and query of a request target, which may be a whole URL."""
    target = target.partition("#")[0]
    if target.lower().startswith(("http://", "https://")):
        try:
            url = urlsplit(target)
        except ValueError:
            return target, ""
        return url.path or "/", url.query
    path, _, query = target.partition("?")
    return path, query
