from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ... import errors
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.error_document import ErrorDocument
    from ...models.order_document import OrderDocument
    from ...models.order_update_document import OrderUpdateDocument
    from ...models.sparse_fieldsets import SparseFieldsets


def _get_kwargs(
    order_id: str,
    *,
    body: OrderUpdateDocument,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    params: dict[str, Any] = {}

    params["include"] = include

    json_fields: dict[str, Any] | Unset = UNSET
    if not isinstance(fields, Unset):
        json_fields = fields.to_dict()
    if not isinstance(json_fields, Unset):
        params.update(json_fields)

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "patch",
        "url": "/orders/{order_id}".format(
            order_id=quote(str(order_id), safe=""),
        ),
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/vnd.api+json"
    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorDocument | OrderDocument | None:
    from ...models.error_document import ErrorDocument
    from ...models.order_document import OrderDocument

    if response.status_code == 200:
        response_200 = OrderDocument.from_dict(response.json())

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
) -> Response[ErrorDocument | OrderDocument]:
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
    body: OrderUpdateDocument,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> Response[ErrorDocument | OrderDocument]:
    """Update an order, or move it on

     Attributes that are not sent stay as they are; metadata is replaced whole. Attributes with a leading
    underscore are triggers: they do something once and are never returned. A gateway that refuses does
    not always make the answer an error, so read payment_status. The id in the body must be the id in
    the path.

    Args:
        order_id (str): Id of the order.
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.
        body (OrderUpdateDocument): The document that updates an order.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorDocument | OrderDocument]
    """

    kwargs = _get_kwargs(
        order_id=order_id,
        body=body,
        include=include,
        fields=fields,
    )

    response = client.get_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


def sync(
    order_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: OrderUpdateDocument,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> ErrorDocument | OrderDocument | None:
    """Update an order, or move it on

     Attributes that are not sent stay as they are; metadata is replaced whole. Attributes with a leading
    underscore are triggers: they do something once and are never returned. A gateway that refuses does
    not always make the answer an error, so read payment_status. The id in the body must be the id in
    the path.

    Args:
        order_id (str): Id of the order.
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.
        body (OrderUpdateDocument): The document that updates an order.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorDocument | OrderDocument
    """

    return sync_detailed(
        order_id=order_id,
        client=client,
        body=body,
        include=include,
        fields=fields,
    ).parsed


async def asyncio_detailed(
    order_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: OrderUpdateDocument,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> Response[ErrorDocument | OrderDocument]:
    """Update an order, or move it on

     Attributes that are not sent stay as they are; metadata is replaced whole. Attributes with a leading
    underscore are triggers: they do something once and are never returned. A gateway that refuses does
    not always make the answer an error, so read payment_status. The id in the body must be the id in
    the path.

    Args:
        order_id (str): Id of the order.
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.
        body (OrderUpdateDocument): The document that updates an order.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorDocument | OrderDocument]
    """

    kwargs = _get_kwargs(
        order_id=order_id,
        body=body,
        include=include,
        fields=fields,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    order_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: OrderUpdateDocument,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> ErrorDocument | OrderDocument | None:
    """Update an order, or move it on

     Attributes that are not sent stay as they are; metadata is replaced whole. Attributes with a leading
    underscore are triggers: they do something once and are never returned. A gateway that refuses does
    not always make the answer an error, so read payment_status. The id in the body must be the id in
    the path.

    Args:
        order_id (str): Id of the order.
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.
        body (OrderUpdateDocument): The document that updates an order.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorDocument | OrderDocument
    """

    return (
        await asyncio_detailed(
            order_id=order_id,
            client=client,
            body=body,
            include=include,
            fields=fields,
        )
    ).parsed
