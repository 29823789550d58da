# Written by scripts/unasync from _async/endpoint.py. Do not edit.
"""Endpoints: what can be done with the resources of one type.

``Endpoint`` has every operation in its general form; the classes after it offer those that a type has. What one
type alone has is in ``client`` and in ``orders``; what is sent for an operation is in ``_client.requests``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from commercelayer_klarna._lazy import lazy
from commercelayer_klarna._not_given import NotGiven
from commercelayer_klarna._redaction import forget_locals
from commercelayer_klarna._tracebacks import argument_errors

if TYPE_CHECKING:
    from commercelayer_klarna._client import metadata, page, query, reconcile, requests, results
    from commercelayer_klarna._client.page import Page, Position
    from commercelayer_klarna._client.query import Fields, Filters
    from commercelayer_klarna._client.requests import ApiRequest, RelatedList
    from commercelayer_klarna._client.resource_types import ResourceType
    from commercelayer_klarna._document import Document
    from commercelayer_klarna._sync import pager
    from commercelayer_klarna._sync.pager import Pager
    from commercelayer_klarna._sync.session import Operation, Session
    from commercelayer_klarna.plugins import values
    from commercelayer_klarna.resources import Resource
else:
    (pager,) = lazy("_sync.pager")
    (values,) = lazy("plugins.values")
    metadata, page, query = lazy("_client.metadata", "_client.page", "_client.query")
    reconcile, requests, results = lazy("_client.reconcile", "_client.requests", "_client.results")

__all__ = ["Endpoint", "Listing", "Metadata", "PaymentSources", "Retrieving"]

R = TypeVar("R", bound="Resource")
S = TypeVar("S", bound="Resource")
T = TypeVar("T")


class Endpoint(Generic[R]):
    """The operations of one resource type, over the session of a client."""

    def __init__(self, session: Session, resource_type: ResourceType[R]) -> None:
        self._session = session
        self._resource_type = resource_type

    @property
    def _type(self) -> ResourceType[R]:
        """The type of the resources."""
        return self._resource_type

    def _one(self, request: ApiRequest) -> R:
        """Send a request whose answer is one resource of this type."""
        return self._session.send(request, self._type.one)

    @argument_errors
    def _update_request(
        self,
        id: str,
        changes: Mapping[str, object],
        relationships: Mapping[str, tuple[str, str | None | NotGiven]] | None = None,
        *,
        trigger: str | None = None,
        amounts: Mapping[str, int | None] | None = None,
        operation: str = "",
        include: Sequence[str] = (),
        fields: Fields | None = None,
    ) -> ApiRequest:
        """Return a PATCH, and empty ``changes``: error reporters record local variables, and it may hold a token.

        One that pulls a trigger is never sent twice when it may have been carried out. Its operation is called like the
        trigger, unless it is given another name.
        """
        try:
            return requests.update(
                self._type,
                id=id,
                attributes=metadata.encoded(self._session.settings.plugins, self._type.name, changes),
                relationships=relationships,
                trigger=trigger,
                amounts=amounts,
                operation=operation or (trigger or "update").removeprefix("_"),
                include=include,
                fields=fields,
            )
        except Exception as error:
            forget_locals(error)
            raise
        finally:
            if isinstance(changes, dict):
                changes.clear()

    def _create_request(
        self, attributes: Mapping[str, Any], *, order: str, include: Sequence[str], fields: Fields | None
    ) -> ApiRequest:
        """Return the POST of a payment source of an order."""
        kind = self._type
        return requests.create(
            kind,
            attributes=metadata.encoded(self._session.settings.plugins, kind.name, attributes),
            relationships={"order": ("orders", order)},
            include=include,
            fields=fields,
        )

    def _create(
        self,
        request: ApiRequest,
        read: Callable[[Document], T],
        *,
        include: Sequence[str] = (),
        fields: Fields | None = None,
        within: Operation | None = None,
    ) -> T:
        """Create a payment source of an order; if the answer is lost, read back what became of it."""
        kind, session = self._type, self._session
        with within or session.operation(request.operation) as operation:
            search = reconcile.Reconciliation(request, kind, session.settings.timing, session.connections.api_clock)
            operation.doubt = search.failed_after
            try:
                return session.send(request, read, within=operation, call=search.call)
            except Exception as error:
                if session.is_broken_off(error) or not search.may_have_created(error):
                    raise
                if not search.is_answered(error):
                    self._read_back(search, operation)
                if search.proved is not None and not values.plugin_of(error):
                    wanted = requests.retrieve(kind, id=search.proved, include=include, fields=fields)
                    try:
                        return session.send(
                            wanted, search.proving(read), within=operation, purpose=values.Purpose.RESULT
                        )
                    except Exception as failure:  # whatever it is, it must not hide the doubt about the create
                        if session.is_broken_off(failure):
                            raise
                raise search.ambiguous(error) from error

    def _read_back(self, search: reconcile.Reconciliation[R], operation: Operation) -> None:
        """Look for what a create made, until it is proved or there is no point in going on."""
        session = self._session
        for seconds in reconcile.READ_BACKS:
            if not session.sleep(search.wait(seconds), within=operation):
                break
            try:
                session.send(search.request(), search.read, within=operation, purpose=values.Purpose.READ_BACK)
            except Exception as error:  # nor must this
                if session.is_broken_off(error):
                    raise
                if not reconcile.may_read_back_again(error):
                    break
            if search.is_settled:
                break

    def _merge(self, id: str, changes: Mapping[str, Any], *, deep: bool, expected_updated_at: datetime | None) -> R:
        """Read, merge, write."""
        kind, session = self._type, self._session
        changes = metadata.written(session.settings.plugins, kind.name, "changes", changes)
        metadata.check_time(expected_updated_at)
        reading = requests.retrieve(kind, id=id)
        with session.operation(f"{kind.name}.merge_metadata") as operation:
            current = session.send(
                reading, kind.one_with(id), within=operation, purpose=values.Purpose.READ_BEFORE_WRITE
            )
            merged = metadata.merged_into(current, changes, deep=deep, expected_updated_at=expected_updated_at)
            if merged is None:
                return current
            writing = requests.update(kind, id=id, attributes={"metadata": merged})
            return session.send(writing, kind.one, within=operation)

    def _count(self, filters: Filters | None) -> int:
        asked = query.query(self._type.name, filters=filters)
        request = requests.list_page(self._type, asked=asked, page_size=1, position=page.Position())
        return self._session.send(request, page.count_of)

    @argument_errors
    def _list(
        self,
        *,
        include: Sequence[str],
        fields: Fields | None,
        filters: Sequence[Filters | None],
        sort: Sequence[str],
        page_size: int | None,
        limit: int | None = None,
        start: Position | None = None,
        prefetch: int = 0,
    ) -> Pager[R]:
        """List what matches one of several filters, one after the other."""
        kind = self._type
        asked = [query.query(kind.name, include=include, fields=fields, filters=each, sort=sort) for each in filters]
        query.check_page_size(page_size)

        def request(position: Position) -> ApiRequest:
            return requests.list_page(kind, asked=asked[position.question], page_size=page_size, position=position)

        return self._pager(request, kind.resource, start, limit, prefetch, fields=asked[0].fields, questions=len(asked))

    def _related(
        self,
        operation_id: str,
        name: str,
        id: str,
        resource: type[S],
        *,
        include: Sequence[str] = (),
        fields: Fields | None = None,
        filters: Filters | None = None,
        sort: Sequence[str] = (),
        page_size: int | None = None,
    ) -> Pager[S]:
        """Return the list that a relationship of this name leads to, which is the type of its resources as well."""
        asked = query.query(name, include=include, fields=fields, filters=filters, sort=sort)
        return self._pages_of(requests.RelatedList(operation_id, name, id, page_size, asked), resource)

    def _pages_of(
        self,
        listed: RelatedList,
        resource: type[S],
        start: Position | None = None,
        limit: int | None = None,
        prefetch: int = 0,
    ) -> Pager[S]:
        def request(position: Position) -> ApiRequest:
            return requests.related_page(self._type, listed, position)

        return self._pager(request, resource, start, limit, prefetch, fields=listed.asked.fields)

    def _pager(
        self,
        request: Callable[[Position], ApiRequest],
        resource: type[S],
        start: Position | None = None,
        limit: int | None = None,
        prefetch: int = 0,
        *,
        fields: Mapping[str, str] | None = None,
        questions: int = 1,
    ) -> Pager[S]:
        """Return the list whose pages these requests bring."""
        start = start or page.Position()
        query.check_limit(limit)
        page.check_start(start)
        query.check_prefetch(prefetch, by_cursor=start.by_cursor)

        def fetch(position: Position) -> Page[S]:
            found = self._session.send(
                request(position),
                lambda document: page.page_of(document, resource, position),
                purpose=values.Purpose.PAGE,
            )
            found = page.joined(found, position, questions)
            # Only of several questions one may have an empty answer, and another one to come.
            return found if found or found.next is None else fetch(found.next)

        return pager.Pager(fetch, start, limit, prefetch=prefetch, resource=resource, fields=fields or {})


class Retrieving(Endpoint[R]):
    """Resources that can be retrieved by their id."""

    def retrieve(self, id: str, *, include: Sequence[str] = (), fields: Fields | None = None) -> R:
        """Retrieve a resource.

        Args:
            id: Its id.
            include: Relationship paths to include, such as ``["order", "payment_gateway"]``.
            fields: Sparse fieldsets: a list for the type itself, or a mapping of types to lists.

        Raises:
            NotFoundError: There is none.
        """
        return self._one(requests.retrieve(self._type, id=id, include=include, fields=fields))


class Listing(Endpoint[R]):
    """Resources that can be listed and counted."""

    def list(
        self,
        *,
        include: Sequence[str] = (),
        fields: Fields | None = None,
        filters: Filters | None = None,
        sort: Sequence[str] = (),
        page_size: int | None = None,
        limit: int | None = None,
        start: Position | None = None,
        prefetch: int = 0,
    ) -> Pager[R]:
        """List all resources that match, fetched page by page while one walks through them.

        Args:
            include: Relationship paths to include.
            fields: Sparse fieldsets.
            filters: Such as ``{"reference_eq": "x", "created_at_gteq": when}``; all must hold. Values are strings,
                numbers, booleans, datetimes with a time zone, lists of these for predicates such as ``_in``, and
                mappings for ``_jcont``.
            sort: Such as ``["-created_at"]``.
            page_size: From 1 to 25; the API's default is 10. A walk through everything is quickest with 25.
            limit: Resources that a walk gives at most; ``None`` for all.
            start: Where to begin: the ``next`` of a page of the same list.
            prefetch: How many of the next pages are asked for while one works through a page, from 0 to 10; one at
                most where the answers do not count pages. What a walk gives is the same, and so is the place of an
                error. A walk that is broken off may have asked for so many pages in vain.
        """
        return self._list(
            include=include,
            fields=fields,
            filters=[filters],
            sort=sort,
            page_size=page_size,
            limit=limit,
            start=start,
            prefetch=prefetch,
        )

    def count(self, filters: Filters | None = None) -> int:
        """Count the resources that match; asks for the smallest page."""
        return self._count(filters)

    def find_by_metadata(
        self,
        values: Mapping[str, Any],
        *,
        include: Sequence[str] = (),
        fields: Fields | None = None,
        sort: Sequence[str] = (),
        page_size: int | None = None,
        limit: int | None = None,
        start: Position | None = None,
        prefetch: int = 0,
    ) -> Pager[R]:
        """List the resources whose metadata contain these values; the other arguments are those of ``list``.

        Values of keys with a codec may be Python values, and are found however they are spelt: where a codec knows
        several spellings, one list follows the other, each sorted for itself and without counts.

        Raises:
            ValueError: ``values`` is empty, which all metadata contain.
        """
        contained = metadata.spellings(self._session.settings.plugins, self._type.name, values)
        return self._list(
            include=include,
            fields=fields,
            filters=[{"metadata_jcont": each} for each in contained],
            sort=sort,
            page_size=page_size,
            limit=limit,
            start=start,
            prefetch=prefetch,
        )


class Metadata(Endpoint[R]):
    """Resources whose metadata can be changed."""

    def merge_metadata(
        self,
        id: str,
        changes: Mapping[str, Any],
        *,
        deep: bool = False,
        expected_updated_at: datetime | None = None,
    ) -> R:
        """Change some keys of the metadata and leave the others as they are.

        The API replaces metadata whole and has no conditional writes, so this reads, merges and writes. What somebody
        else writes into the metadata between the two requests is lost, whatever key it was. ``expected_updated_at``
        narrows that to the moment between the two requests; it does not close it.

        Args:
            id: Id of the resource.
            changes: New values by key; ``None`` deletes a key. Values of keys with a codec may be Python values.
            deep: Whether objects within are merged too, instead of being replaced.
            expected_updated_at: ``updated_at`` of the resource that the changes are based on.

        Returns:
            The resource as it is now. When nothing was to be changed, nothing was written.

        Raises:
            ConflictError: The resource was updated since ``expected_updated_at``; nothing was written.
            ResponseFormatError: What is stored would not be written as it was: it is no object, or holds a number with
                more digits than a float keeps; nothing was written.
            TypeError: A value cannot be JSON; nothing was sent.
            ValueError: A value cannot be JSON; nothing was sent.
        """
        return self._merge(id, changes, deep=deep, expected_updated_at=expected_updated_at)

    def replace_metadata(self, id: str, metadata: Mapping[str, Any]) -> R:
        """Replace the metadata whole; what is not in ``metadata`` is gone."""
        return self._one(self._update_request(id, {"metadata": metadata}))

    def remove_metadata(self, id: str, *keys: str) -> R:
        """Delete keys of the metadata, as ``merge_metadata`` does, with what that says of other writers."""
        return self._merge(id, dict.fromkeys(keys), deep=False, expected_updated_at=None)


class PaymentSources(Retrieving[R], Listing[R], Metadata[R]):
    """Payment sources of one type: what pays an order."""

    def create(
        self,
        order: str,
        *,
        reference: str | None = None,
        reference_origin: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        include: Sequence[str] = (),
        fields: Fields | None = None,
    ) -> R:
        """Open a payment session for an order; the payment becomes the order's payment source.

        The API has no idempotency key, so a create that may have arrived is never sent twice. When its answer is lost,
        the payment is looked for during five seconds, within the deadline. What is found is returned only if its order,
        reference, metadata and creation time prove that this create made it.

        Args:
            order: Id of the order. Its payment method must be one of this payment source's.
            reference: Any text that identifies the payment in a system of yours.
            reference_origin: Name of that system.
            metadata: Data of your own.
            include: Relationship paths to include in the answer.
            fields: Sparse fieldsets for the answer.

        Raises:
            ValidationError: The order cannot be paid so.
            AmbiguousWriteError: The payment may have been created, and what was found does not prove it.
        """
        attributes = {"reference": reference, "reference_origin": reference_origin, "metadata": metadata}
        request = self._create_request(attributes, order=order, include=include, fields=fields)
        return self._create(request, self._type.one, include=include, fields=fields)

    def delete(self, id: str) -> None:
        """Delete a payment.

        Raises:
            NotFoundError: There is none.
            LockedError: It may not be deleted any more.
        """
        self._session.send(requests.delete(self._type, id=id), results.nothing_of)
