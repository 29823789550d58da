from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ... import errors
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.authorization_list_document import AuthorizationListDocument
    from ...models.error_document import ErrorDocument
    from ...models.filters import Filters
    from ...models.sparse_fieldsets import SparseFieldsets


def _get_kwargs(
    order_id: str,
    *,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
    filter_: Filters | Unset = UNSET,
    sort: str | Unset = UNSET,
    pagenumber: int | Unset = UNSET,
    pagesize: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["include"] = include

    json_fields: dict[str, Any] | Unset = UNSET
    if not isinstance(fields, Unset):
        json_fields = fields.to_dict()
    if not isinstance(json_fields, Unset):
        params.update(json_fields)

    json_filter_: dict[str, Any] | Unset = UNSET
    if not isinstance(filter_, Unset):
        json_filter_ = filter_.to_dict()
    if not isinstance(json_filter_, Unset):
        params.update(json_filter_)

    params["sort"] = sort

    params["page[number]"] = pagenumber

    params["page[size]"] = pagesize

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/orders/{order_id}/authorizations".format(
            order_id=quote(str(order_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AuthorizationListDocument | ErrorDocument | None:
    from ...models.authorization_list_document import AuthorizationListDocument
    from ...models.error_document import ErrorDocument

    if response.status_code == 200:
        response_200 = AuthorizationListDocument.from_dict(response.json())

        return response_200

    if 400 <= response.status_code <= 499:
        response_4xx = ErrorDocument.from_dict(response.json())

        return response_4xx

    if 500 <= response.status_code <= 599:
        response_5xx = ErrorDocument.from_dict(response.json())

        return response_5xx

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[AuthorizationListDocument | ErrorDocument]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    order_id: str,
    *,
    client: AuthenticatedClient | Client,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
    filter_: Filters | Unset = UNSET,
    sort: str | Unset = UNSET,
    pagenumber: int | Unset = UNSET,
    pagesize: int | Unset = UNSET,
) -> Response[AuthorizationListDocument | ErrorDocument]:
    """List the authorizations of an order

     Refused to sales channels.

    Args:
        order_id (str): Id of the order.
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.
        filter_ (Filters | Unset): Filters, combined with AND. Each key is a complete query key,
            such as filter[q][reference_eq]: one or more attributes joined by _or_, an underscore, and
            a predicate. Attributes of a related resource are reached by its name, as in
            filter[q][order_number_eq]. Several values are separated by commas.
        sort (str | Unset): Attributes to sort by, separated by commas; a minus sign for
            descending. x-sort of a resource names them.
        pagenumber (int | Unset): Number of the page; 1 when it is not sent.
        pagesize (int | Unset): Resources on a page; 10 when it is not sent.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AuthorizationListDocument | ErrorDocument]
    """

    kwargs = _get_kwargs(
        order_id=order_id,
        include=include,
        fields=fields,
        filter_=filter_,
        sort=sort,
        pagenumber=pagenumber,
        pagesize=pagesize,
    )

    response = client.get_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


def sync(
    order_id: str,
    *,
    client: AuthenticatedClient | Client,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
    filter_: Filters | Unset = UNSET,
    sort: str | Unset = UNSET,
    pagenumber: int | Unset = UNSET,
    pagesize: int | Unset = UNSET,
) -> AuthorizationListDocument | ErrorDocument | None:
    """List the authorizations of an order

     Refused to sales channels.

    Args:
        order_id (str): Id of the order.
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.
        filter_ (Filters | Unset): Filters, combined with AND. Each key is a complete query key,
            such as filter[q][reference_eq]: one or more attributes joined by _or_, an underscore, and
            a predicate. Attributes of a related resource are reached by its name, as in
            filter[q][order_number_eq]. Several values are separated by commas.
        sort (str | Unset): Attributes to sort by, separated by commas; a minus sign for
            descending. x-sort of a resource names them.
        pagenumber (int | Unset): Number of the page; 1 when it is not sent.
        pagesize (int | Unset): Resources on a page; 10 when it is not sent.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AuthorizationListDocument | ErrorDocument
    """

    return sync_detailed(
        order_id=order_id,
        client=client,
        include=include,
        fields=fields,
        filter_=filter_,
        sort=sort,
        pagenumber=pagenumber,
        pagesize=pagesize,
    ).parsed


async def asyncio_detailed(
    order_id: str,
    *,
    client: AuthenticatedClient | Client,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
    filter_: Filters | Unset = UNSET,
    sort: str | Unset = UNSET,
    pagenumber: int | Unset = UNSET,
    pagesize: int | Unset = UNSET,
) -> Response[AuthorizationListDocument | ErrorDocument]:
    """List the authorizations of an order

     Refused to sales channels.

    Args:
        order_id (str): Id of the order.
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.
        filter_ (Filters | Unset): Filters, combined with AND. Each key is a complete query key,
            such as filter[q][reference_eq]: one or more attributes joined by _or_, an underscore, and
            a predicate. Attributes of a related resource are reached by its name, as in
            filter[q][order_number_eq]. Several values are separated by commas.
        sort (str | Unset): Attributes to sort by, separated by commas; a minus sign for
            descending. x-sort of a resource names them.
        pagenumber (int | Unset): Number of the page; 1 when it is not sent.
        pagesize (int | Unset): Resources on a page; 10 when it is not sent.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AuthorizationListDocument | ErrorDocument]
    """

    kwargs = _get_kwargs(
        order_id=order_id,
        include=include,
        fields=fields,
        filter_=filter_,
        sort=sort,
        pagenumber=pagenumber,
        pagesize=pagesize,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    order_id: str,
    *,
    client: AuthenticatedClient | Client,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
    filter_: Filters | Unset = UNSET,
    sort: str | Unset = UNSET,
    pagenumber: int | Unset = UNSET,
    pagesize: int | Unset = UNSET,
) -> AuthorizationListDocument | ErrorDocument | None:
    """List the authorizations of an order

     Refused to sales channels.

    Args:
        order_id (str): Id of the order.
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.
        filter_ (Filters | Unset): Filters, combined with AND. Each key is a complete query key,
            such as filter[q][reference_eq]: one or more attributes joined by _or_, an underscore, and
            a predicate. Attributes of a related resource are reached by its name, as in
            filter[q][order_number_eq]. Several values are separated by commas.
        sort (str | Unset): Attributes to sort by, separated by commas; a minus sign for
            descending. x-sort of a resource names them.
        pagenumber (int | Unset): Number of the page; 1 when it is not sent.
        pagesize (int | Unset): Resources on a page; 10 when it is not sent.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AuthorizationListDocument | ErrorDocument
    """

    return (
        await asyncio_detailed(
            order_id=order_id,
            client=client,
            include=include,
            fields=fields,
            filter_=filter_,
            sort=sort,
            pagenumber=pagenumber,
            pagesize=pagesize,
        )
    ).parsed
