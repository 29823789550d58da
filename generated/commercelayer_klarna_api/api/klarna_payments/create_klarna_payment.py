from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ... import errors
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.error_document import ErrorDocument
    from ...models.klarna_payment_create_document import KlarnaPaymentCreateDocument
    from ...models.klarna_payment_document import KlarnaPaymentDocument
    from ...models.sparse_fieldsets import SparseFieldsets


def _get_kwargs(
    *,
    body: KlarnaPaymentCreateDocument,
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
        "method": "post",
        "url": "/klarna_payments",
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/vnd.api+json"
    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorDocument | KlarnaPaymentDocument | None:
    from ...models.error_document import ErrorDocument
    from ...models.klarna_payment_document import KlarnaPaymentDocument

    if response.status_code == 201:
        response_201 = KlarnaPaymentDocument.from_dict(response.json())

        return response_201

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
) -> Response[ErrorDocument | KlarnaPaymentDocument]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: KlarnaPaymentCreateDocument,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> Response[ErrorDocument | KlarnaPaymentDocument]:
    """Open a Klarna session for an order

     The new payment becomes the payment source of the order. Not idempotent: a second create opens a
    second session.

    Args:
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.
        body (KlarnaPaymentCreateDocument): The document that creates a klarna payment.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorDocument | KlarnaPaymentDocument]
    """

    kwargs = _get_kwargs(
        body=body,
        include=include,
        fields=fields,
    )

    response = client.get_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


def sync(
    *,
    client: AuthenticatedClient | Client,
    body: KlarnaPaymentCreateDocument,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> ErrorDocument | KlarnaPaymentDocument | None:
    """Open a Klarna session for an order

     The new payment becomes the payment source of the order. Not idempotent: a second create opens a
    second session.

    Args:
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.
        body (KlarnaPaymentCreateDocument): The document that creates a klarna payment.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorDocument | KlarnaPaymentDocument
    """

    return sync_detailed(
        client=client,
        body=body,
        include=include,
        fields=fields,
    ).parsed


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    body: KlarnaPaymentCreateDocument,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> Response[ErrorDocument | KlarnaPaymentDocument]:
    """Open a Klarna session for an order

     The new payment becomes the payment source of the order. Not idempotent: a second create opens a
    second session.

    Args:
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.
        body (KlarnaPaymentCreateDocument): The document that creates a klarna payment.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorDocument | KlarnaPaymentDocument]
    """

    kwargs = _get_kwargs(
        body=body,
        include=include,
        fields=fields,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    body: KlarnaPaymentCreateDocument,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> ErrorDocument | KlarnaPaymentDocument | None:
    """Open a Klarna session for an order

     The new payment becomes the payment source of the order. Not idempotent: a second create opens a
    second session.

    Args:
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.
        body (KlarnaPaymentCreateDocument): The document that creates a klarna payment.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorDocument | KlarnaPaymentDocument
    """

    return (
        await asyncio_detailed(
            client=client,
            body=body,
            include=include,
            fields=fields,
        )
    ).parsed
