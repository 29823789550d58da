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
    from ...models.sparse_fieldsets import SparseFieldsets


def _get_kwargs(
    klarna_payment_id: str,
    *,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["include"] = include

    json_fields: dict[str, Any] | Unset = UNSET
    if not isinstance(fields, Unset):
        json_fields = fields.to_dict()
    if not isinstance(json_fields, Unset):
        params.update(json_fields)

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/klarna_payments/{klarna_payment_id}/order".format(
            klarna_payment_id=quote(str(klarna_payment_id), safe=""),
        ),
        "params": params,
    }

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
    klarna_payment_id: str,
    *,
    client: AuthenticatedClient | Client,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> Response[ErrorDocument | OrderDocument]:
    """Retrieve the order of a klarna payment

     The order that the payment pays; the answer is that of the order's own path.

    Args:
        klarna_payment_id (str): Id of the klarna payment.
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorDocument | OrderDocument]
    """

    kwargs = _get_kwargs(
        klarna_payment_id=klarna_payment_id,
        include=include,
        fields=fields,
    )

    response = client.get_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


def sync(
    klarna_payment_id: str,
    *,
    client: AuthenticatedClient | Client,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> ErrorDocument | OrderDocument | None:
    """Retrieve the order of a klarna payment

     The order that the payment pays; the answer is that of the order's own path.

    Args:
        klarna_payment_id (str): Id of the klarna payment.
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorDocument | OrderDocument
    """

    return sync_detailed(
        klarna_payment_id=klarna_payment_id,
        client=client,
        include=include,
        fields=fields,
    ).parsed


async def asyncio_detailed(
    klarna_payment_id: str,
    *,
    client: AuthenticatedClient | Client,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> Response[ErrorDocument | OrderDocument]:
    """Retrieve the order of a klarna payment

     The order that the payment pays; the answer is that of the order's own path.

    Args:
        klarna_payment_id (str): Id of the klarna payment.
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorDocument | OrderDocument]
    """

    kwargs = _get_kwargs(
        klarna_payment_id=klarna_payment_id,
        include=include,
        fields=fields,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    klarna_payment_id: str,
    *,
    client: AuthenticatedClient | Client,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> ErrorDocument | OrderDocument | None:
    """Retrieve the order of a klarna payment

     The order that the payment pays; the answer is that of the order's own path.

    Args:
        klarna_payment_id (str): Id of the klarna payment.
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorDocument | OrderDocument
    """

    return (
        await asyncio_detailed(
            klarna_payment_id=klarna_payment_id,
            client=client,
            include=include,
            fields=fields,
        )
    ).parsed
