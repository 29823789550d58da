from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from ... import errors
from ...types import Response

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.error_document import ErrorDocument


def _get_kwargs(
    klarna_payment_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "delete",
        "url": "/klarna_payments/{klarna_payment_id}".format(
            klarna_payment_id=quote(str(klarna_payment_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Any | ErrorDocument | None:
    from ...models.error_document import ErrorDocument

    if response.status_code == 204:
        response_204 = cast("Any", None)
        return response_204

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
) -> Response[Any | ErrorDocument]:
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
) -> Response[Any | ErrorDocument]:
    """Delete a klarna payment

     A sales channel deletes it while its order is draft or pending. Whether deleting ends Klarna's
    session is not documented.

    Args:
        klarna_payment_id (str): Id of the klarna payment.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | ErrorDocument]
    """

    kwargs = _get_kwargs(
        klarna_payment_id=klarna_payment_id,
    )

    response = client.get_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


def sync(
    klarna_payment_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Any | ErrorDocument | None:
    """Delete a klarna payment

     A sales channel deletes it while its order is draft or pending. Whether deleting ends Klarna's
    session is not documented.

    Args:
        klarna_payment_id (str): Id of the klarna payment.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | ErrorDocument
    """

    return sync_detailed(
        klarna_payment_id=klarna_payment_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    klarna_payment_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Any | ErrorDocument]:
    """Delete a klarna payment

     A sales channel deletes it while its order is draft or pending. Whether deleting ends Klarna's
    session is not documented.

    Args:
        klarna_payment_id (str): Id of the klarna payment.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Any | ErrorDocument]
    """

    kwargs = _get_kwargs(
        klarna_payment_id=klarna_payment_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    klarna_payment_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Any | ErrorDocument | None:
    """Delete a klarna payment

     A sales channel deletes it while its order is draft or pending. Whether deleting ends Klarna's
    session is not documented.

    Args:
        klarna_payment_id (str): Id of the klarna payment.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Any | ErrorDocument
    """

    return (
        await asyncio_detailed(
            klarna_payment_id=klarna_payment_id,
            client=client,
        )
    ).parsed
