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
    from ...models.event_store_list_document import EventStoreListDocument


def _get_kwargs(
    klarna_payment_id: str,
    *,
    pageafter: str | Unset = UNSET,
    pagesize: int | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["page[after]"] = pageafter

    params["page[size]"] = pagesize

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/klarna_payments/{klarna_payment_id}/event_stores".format(
            klarna_payment_id=quote(str(klarna_payment_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ErrorDocument | EventStoreListDocument | None:
    from ...models.error_document import ErrorDocument
    from ...models.event_store_list_document import EventStoreListDocument

    if response.status_code == 200:
        response_200 = EventStoreListDocument.from_dict(response.json())

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
) -> Response[ErrorDocument | EventStoreListDocument]:
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
    pageafter: str | Unset = UNSET,
    pagesize: int | Unset = UNSET,
) -> Response[ErrorDocument | EventStoreListDocument]:
    """List the event history of a klarna payment

     Pages by cursor, unlike every other list: the answer has no counts, and links.next is absent on the
    last page. Needs integration credentials.

    Args:
        klarna_payment_id (str): Id of the klarna payment.
        pageafter (str | Unset): Cursor of the page, taken from links.next of the page before.
        pagesize (int | Unset): Resources on a page; 10 when it is not sent.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorDocument | EventStoreListDocument]
    """

    kwargs = _get_kwargs(
        klarna_payment_id=klarna_payment_id,
        pageafter=pageafter,
        pagesize=pagesize,
    )

    response = client.get_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


def sync(
    klarna_payment_id: str,
    *,
    client: AuthenticatedClient | Client,
    pageafter: str | Unset = UNSET,
    pagesize: int | Unset = UNSET,
) -> ErrorDocument | EventStoreListDocument | None:
    """List the event history of a klarna payment

     Pages by cursor, unlike every other list: the answer has no counts, and links.next is absent on the
    last page. Needs integration credentials.

    Args:
        klarna_payment_id (str): Id of the klarna payment.
        pageafter (str | Unset): Cursor of the page, taken from links.next of the page before.
        pagesize (int | Unset): Resources on a page; 10 when it is not sent.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorDocument | EventStoreListDocument
    """

    return sync_detailed(
        klarna_payment_id=klarna_payment_id,
        client=client,
        pageafter=pageafter,
        pagesize=pagesize,
    ).parsed


async def asyncio_detailed(
    klarna_payment_id: str,
    *,
    client: AuthenticatedClient | Client,
    pageafter: str | Unset = UNSET,
    pagesize: int | Unset = UNSET,
) -> Response[ErrorDocument | EventStoreListDocument]:
    """List the event history of a klarna payment

     Pages by cursor, unlike every other list: the answer has no counts, and links.next is absent on the
    last page. Needs integration credentials.

    Args:
        klarna_payment_id (str): Id of the klarna payment.
        pageafter (str | Unset): Cursor of the page, taken from links.next of the page before.
        pagesize (int | Unset): Resources on a page; 10 when it is not sent.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ErrorDocument | EventStoreListDocument]
    """

    kwargs = _get_kwargs(
        klarna_payment_id=klarna_payment_id,
        pageafter=pageafter,
        pagesize=pagesize,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    klarna_payment_id: str,
    *,
    client: AuthenticatedClient | Client,
    pageafter: str | Unset = UNSET,
    pagesize: int | Unset = UNSET,
) -> ErrorDocument | EventStoreListDocument | None:
    """List the event history of a klarna payment

     Pages by cursor, unlike every other list: the answer has no counts, and links.next is absent on the
    last page. Needs integration credentials.

    Args:
        klarna_payment_id (str): Id of the klarna payment.
        pageafter (str | Unset): Cursor of the page, taken from links.next of the page before.
        pagesize (int | Unset): Resources on a page; 10 when it is not sent.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ErrorDocument | EventStoreListDocument
    """

    return (
        await asyncio_detailed(
            klarna_payment_id=klarna_payment_id,
            client=client,
            pageafter=pageafter,
            pagesize=pagesize,
        )
    ).parsed
