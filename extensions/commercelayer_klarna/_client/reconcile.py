"""What became of a create whose answer was lost: what is kept to find out, and the judgement of what is found.

Without I/O; the endpoint asks. A create is never sent again when it may have been carried out, and a payment is never
taken for the create's unless it proves that it is: a server, proxy or cache that ignores a filter must not hand over
the payment of somebody else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from math import ceil, inf
from typing import Generic, TypeVar

from commercelayer_klarna._client.page import Page, Position, page_of
from commercelayer_klarna._client.query import MAX_PAGE_SIZE, query
from commercelayer_klarna._client.requests import ApiRequest, list_page
from commercelayer_klarna._client.resource_types import ResourceType
from commercelayer_klarna._document import Document
from commercelayer_klarna._http.api_clock import ApiClock
from commercelayer_klarna._json import as_object, is_list, is_object, load_json
from commercelayer_klarna._values import asdict, evolve, frozen
from commercelayer_klarna.errors import (
    AmbiguousWriteError,
    APIConnectionError,
    APIStatusError,
    CommerceLayerError,
    NotIncludedError,
    PluginError,
    ResponseFormatError,
    TokenError,
)
from commercelayer_klarna.plugins.timing import Timing
from commercelayer_klarna.plugins.values import Call, may_have_acted, plugin_of
from commercelayer_klarna.resources import Resource

__all__ = [
    "READ_BACKS",
    "SKEW",
    "Creation",
    "Reconciliation",
    "created",
    "may_be_done",
    "may_read_back_again",
    "reason_of",
    "sent_at",
]

R = TypeVar("R", bound=Resource)
T = TypeVar("T")

READ_BACKS = (0.5, 1.0, 1.5, 2.0)
"""Seconds before each read-back, so at 0.5, 1.5, 3 and 5 seconds: the first request may still be under way."""

# Seconds of doubt about the API's clock that are taken for none.
CERTAIN = 0.25
SKEW = 2.0
"""Seconds by which the clocks of the API's own machines may differ."""

_COMPARED = ("reference", "reference_origin", "metadata")


@frozen
class Creation:
    """A create, with all that is needed to find what it made: plain data, so that it pickles.

    Attributes:
        type: Type of the payment.
        order: Id of the order.
        attributes: Digests of what was sent to tell it from others: reference, its origin, metadata. An error holds no
            metadata, which may be anything.
        began: The earliest and the latest time that the API's clock may have shown when it began, in seconds since
            1970; ``None`` when no answer told its time.
    """

    type: str
    order: str
    attributes: Mapping[str, str]
    began: tuple[float, float] | None = None

    def request(self) -> ApiRequest:
        """Return the request that reads back: the newest payments of the order, with the order that each belongs to."""
        asked = query(
            self.type,
            include=["order"],
            fields={self.type: [*_COMPARED, "created_at", "order"], "orders": ["number"]},
            filters={"order_id_eq": self.order},
            sort=["-created_at"],
        )
        made = list_page(ResourceType(self.type, Resource), asked=asked, page_size=MAX_PAGE_SIZE, position=Position())
        return made.renamed(f"{self.type}.create.read_back")

    def judge(self, payments: Iterable[Resource]) -> tuple[str | None, tuple[str, ...]]:
        """Return the id of the payment that is proved to be the create's, and those that may be."""
        earliest, latest = self.began or (-inf, inf)
        possible = [each for each in payments if self._is_alike(each) and created(each) >= earliest - SKEW]
        newer = [each for each in possible if created(each) >= earliest]
        proved = None
        if len(newer) == 1:
            (payment,) = newer
            is_new = latest - earliest <= CERTAIN or created(payment) >= latest
            if is_new and self._is_the_same(payment):
                proved = payment.id
        return proved, tuple(each.id for each in possible)

    def is_ruled_out_by(self, page: Page[Resource]) -> bool:
        """Return whether a page with nothing alike tells that nothing was created: it would be there, as the newest.

        It does not when it has payments that were not asked for, or so many of the order that it ends before them.
        """
        earliest, _ = self.began or (-inf, inf)
        goes_back = page.next is None or any(created(each) < earliest - SKEW for each in page)
        return goes_back and all(self.has_order_of(each) for each in page)

    def has_order_of(self, payment: Resource) -> bool:
        """Return whether a payment says that it belongs to the order."""
        return _order_of(payment) == self.order

    def _is_alike(self, payment: Resource) -> bool:
        """Return whether nothing that the answer says of a payment differs from what was sent."""
        order, told = _order_of(payment), payment.attributes
        return (order is None or order == self.order) and all(
            digests({name: told[name]}).get(name) == self.attributes.get(name) for name in _COMPARED if name in told
        )

    def _is_the_same(self, payment: Resource) -> bool:
        """Return whether the answer says of a payment all that was sent. It is alike."""
        return _order_of(payment) is not None and self.attributes.keys() <= payment.attributes.keys()


class Reconciliation(Generic[R]):
    """The search for the payment that a create made, if it made one.

    A payment is *proved* to be the create's when it belongs to the same order, has the same reference and metadata, is
    the only one that does, and was created after the create began, by the API's own clock. That clock is told by
    ``Date`` in whole seconds, so one answer leaves a second of doubt; read-backs are timed to halve it, and a quarter
    of a second is taken for certain: two creates of the same payment that close are concurrent. One that is alike but
    may be older is a *candidate*: it is named, and never returned.

    Args:
        create: The request that creates.
        kind: The type of the payment.
        timing: Where time comes from.
        api_clock: What is known of the API's clock. The read-backs teach it more.
    """

    def __init__(self, create: ApiRequest, kind: ResourceType[R], timing: Timing, api_clock: ApiClock) -> None:
        self.call = Call(create.operation)
        self.proved: str | None = None
        self._kind = kind
        data = as_object(as_object(create.document).get("data"))
        order: str = data["relationships"]["order"]["data"]["id"]
        attributes = as_object(data.get("attributes"))
        self._reference = attributes.get("reference")
        self._creation = Creation(kind.name, order, digests(attributes))
        self._api_clock = api_clock
        self._began = timing.monotonic()
        self._timing = timing
        self._candidates: tuple[str, ...] = ()
        self._answers = 0

    def may_have_created(self, error: Exception) -> bool:
        """Return whether the server may have executed the create that failed with this error."""
        return may_be_done(error, self.call)

    def is_answered(self, error: Exception) -> bool:
        """Return whether a plugin failed after the API answered with the payment: nothing is to be read back."""
        return plugin_of(error) is not None and self._read_answer()

    def _read_answer(self) -> bool:
        """Take the id of the payment from the answer, if there is one."""
        if self.call.answer is None:
            return False
        try:
            data = as_object(as_object(load_json(self.call.answer.content)).get("data"))
        except ResponseFormatError:
            return False
        if data.get("type") == self._kind.name and isinstance(data.get("id"), str):
            self.proved = data["id"]
        return self.proved is not None

    def failed_after(self, error: BaseException) -> AmbiguousWriteError:
        """Return the error for a create after which a plugin failed, or which was broken off."""
        self._read_answer()
        return self.ambiguous(error)

    @property
    def is_settled(self) -> bool:
        """Return whether there is no point in reading back again."""
        return self.proved is not None or (len(self._candidates) > 1 and self._doubt() <= CERTAIN)

    def wait(self, seconds: float) -> float:
        """Return the seconds to wait before the next read-back: these, or a little more.

        What is sent when the API's clock is thought to begin a second halves the doubt about it: its ``Date`` tells
        whether the second had begun.
        """
        known = self._api_clock.at(self._timing.monotonic() + seconds)
        if known is None or self._doubt() <= CERTAIN:
            return seconds
        middle = (known[0] + known[1]) / 2
        return seconds + ceil(middle) - middle

    def _doubt(self) -> float:
        """Return how long before or after the create a time of the API's clock may seem to be, in seconds."""
        known = self._api_clock.at(self._began)
        return inf if known is None else known[1] - known[0]

    def _known(self) -> Creation:
        """Return the create with what is known of the API's clock by now."""
        return evolve(self._creation, began=self._api_clock.at(self._began))

    def request(self) -> ApiRequest:
        """Return the request that reads back."""
        return self._creation.request()

    def read(self, document: Document) -> None:
        """Judge the payments of an answer."""
        self._answers += 1
        self.proved, self._candidates = self._known().judge(page_of(document, self._kind.resource, Position()))

    def proving(self, read: Callable[[Document], T]) -> Callable[[Document], T]:
        """Return a function that reads the answer that has the payment whole, if it is the one that was proved.

        Raises:
            ResponseFormatError: The answer is another payment.
        """

        def read_proved(document: Document) -> T:
            self._kind.one_with(self.proved or "")(document)
            return read(document)

        return read_proved

    def ambiguous(self, error: BaseException) -> AmbiguousWriteError:
        """Return the error for a create that could not be settled."""
        found, plugin = self._candidates, plugin_of(error)
        if self.proved is not None:
            found = (self.proved,)
            outcome = f"it made {self.proved}, {'but a plugin failed' if plugin else 'which could not be retrieved'}"
        elif len(found) > 1:
            outcome = f"it may have made one of {' and '.join(found)}: look at each, and keep one"
        elif found:
            outcome = f"it may have made {found[0]}, but that may be older: compare it before you create another"
        elif self._answers:
            outcome = "none was found yet; look again before you create another"
        else:
            outcome = (
                f"it could not be looked up; look for {self._kind.spoken_with_article} of that order before you create"
                " another"
            )
        known = self._known()
        return AmbiguousWriteError(
            f"the create for order {known.order} may have been carried out, what came back does not tell"
            f" ({reason_of(error)}); {outcome}",
            operation=self.call.operation,
            order=known.order,
            reference=self._reference if isinstance(self._reference, str) else None,
            started_at=datetime.fromtimestamp(sent_at(self._timing, self.call), UTC),
            candidates=found,
            read_back=bool(self._answers),
            plugin=plugin,
            attempts=max(1, self.call.attempts),
            evidence=asdict(known),
        )


def sent_at(timing: Timing, call: Call) -> float:
    """Return when a call was sent last, by the clock of this machine, in seconds since 1970."""
    ago = 0.0 if call.sent_at is None else timing.monotonic() - call.sent_at
    return timing.now() - ago


def digests(attributes: Mapping[str, object]) -> dict[str, str]:
    """Return digests of attributes, without those that are empty. Errors carry them, and so carry no metadata."""
    return {
        name: sha256(json.dumps(_spelt_alike(value), sort_keys=True).encode()).hexdigest()
        for name, value in attributes.items()
        if value
    }


def _spelt_alike(value: object) -> object:
    """Return a JSON value in which equal numbers are one number: a server may write 1 for 1.0."""
    if is_object(value):
        return {name: _spelt_alike(each) for name, each in value.items()}
    if is_list(value):
        return [_spelt_alike(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def may_be_done(error: Exception, call: Call) -> bool:
    """Return whether the server may have executed a write that failed with this error."""
    if plugin_of(error) is not None:  # what a plugin raises says nothing of the server
        return call.may_be_done
    if isinstance(error, APIConnectionError):
        return error.sent
    if isinstance(error, APIStatusError):
        return may_have_acted(error.status_code)
    return isinstance(error, ResponseFormatError) or call.may_be_done


def reason_of(error: BaseException) -> str:
    """Return what an error says, as a part of another message."""
    reason = str(error) if isinstance(error, CommerceLayerError) else type(error).__name__
    return reason + ("" if isinstance(error, PluginError) else _raised_in(error))  # which says it already


def _raised_in(error: BaseException) -> str:
    return "".join(f", {note}" for note in getattr(error, "__notes__", ()) if note.startswith("raised in "))


def created(resource: Resource) -> float:
    """Return when a resource was created, in seconds since 1970 by the API's clock."""
    created_at: datetime = resource["created_at"]
    return created_at.timestamp()


def _order_of(payment: Resource) -> str | None:
    """Return the id of the order of a payment, or ``None`` when the answer does not say."""
    try:
        order = payment.related("order")
    except (NotIncludedError, ResponseFormatError):
        return None
    return order.id if isinstance(order, Resource) else None


def may_read_back_again(error: Exception) -> bool:
    """Return whether another read-back may succeed: not without permission, and sales channels have none to list."""
    if isinstance(error, APIStatusError):
        return may_have_acted(error.status_code) or error.status_code == 429
    return isinstance(error, CommerceLayerError) and not isinstance(error, TokenError)
