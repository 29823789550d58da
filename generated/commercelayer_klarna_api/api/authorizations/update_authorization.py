from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ... import errors
from ...types import UNSET, Response, Unset

if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client
    from ...models.authorization_document import AuthorizationDocument
    from ...models.authorization_update_document import AuthorizationUpdateDocument
    from ...models.error_document import ErrorDocument
    from ...models.sparse_fieldsets import SparseFieldsets


def _get_kwargs(
    authorization_id: str,
    *,
    body: AuthorizationUpdateDocument,
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
        "url": "/authorizations/{authorization_id}".format(
            authorization_id=quote(str(authorization_id), safe=""),
        ),
        "params": params,
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/vnd.api+json"
    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> AuthorizationDocument | ErrorDocument | None:
    from ...models.authorization_document import AuthorizationDocument
    from ...models.error_document import ErrorDocument

    if response.status_code == 200:
        response_200 = AuthorizationDocument.from_dict(response.json())

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
) -> Response[AuthorizationDocument | ErrorDocument]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    authorization_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: AuthorizationUpdateDocument,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> Response[AuthorizationDocument | ErrorDocument]:
    """Capture or void an authorization

     Attributes that are not sent stay as they are. Attributes with a leading underscore are triggers:
    they make a new capture or void once and are never returned. A gateway that refuses does not make
    the answer an error: read `succeeded` of the new record. The id in the body must be the id in the
    path.

    Args:
        authorization_id (str): Id of the authorization.
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.
        body (AuthorizationUpdateDocument): The document that updates an authorization.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AuthorizationDocument | ErrorDocument]
    """

    kwargs = _get_kwargs(
        authorization_id=authorization_id,
        body=body,
        include=include,
        fields=fields,
    )

    response = client.get_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


def sync(
    authorization_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: AuthorizationUpdateDocument,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> AuthorizationDocument | ErrorDocument | None:
    """Capture or void an authorization

     Attributes that are not sent stay as they are. Attributes with a leading underscore are triggers:
    they make a new capture or void once and are never returned. A gateway that refuses does not make
    the answer an error: read `succeeded` of the new record. The id in the body must be the id in the
    path.

    Args:
        authorization_id (str): Id of the authorization.
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.
        body (AuthorizationUpdateDocument): The document that updates an authorization.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AuthorizationDocument | ErrorDocument
    """

    return sync_detailed(
        authorization_id=authorization_id,
        client=client,
        body=body,
        include=include,
        fields=fields,
    ).parsed


async def asyncio_detailed(
    authorization_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: AuthorizationUpdateDocument,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> Response[AuthorizationDocument | ErrorDocument]:
    """Capture or void an authorization

     Attributes that are not sent stay as they are. Attributes with a leading underscore are triggers:
    they make a new capture or void once and are never returned. A gateway that refuses does not make
    the answer an error: read `succeeded` of the new record. The id in the body must be the id in the
    path.

    Args:
        authorization_id (str): Id of the authorization.
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.
        body (AuthorizationUpdateDocument): The document that updates an authorization.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[AuthorizationDocument | ErrorDocument]
    """

    kwargs = _get_kwargs(
        authorization_id=authorization_id,
        body=body,
        include=include,
        fields=fields,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    authorization_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: AuthorizationUpdateDocument,
    include: str | Unset = UNSET,
    fields: SparseFieldsets | Unset = UNSET,
) -> AuthorizationDocument | ErrorDocument | None:
    """Capture or void an authorization

     Attributes that are not sent stay as they are. Attributes with a leading underscore are triggers:
    they make a new capture or void once and are never returned. A gateway that refuses does not make
    the answer an error: read `succeeded` of the new record. The id in the body must be the id in the
    path.

    Args:
        authorization_id (str): Id of the authorization.
        include (str | Unset): Relationship paths to include, separated by commas; dots for
            nesting, no spaces.
        fields (SparseFieldsets | Unset): Sparse fieldsets. Each key is a complete query key, such
            as fields[klarna_payments]; each value names attributes and relationships, separated by
            commas.
        body (AuthorizationUpdateDocument): The document that updates an authorization.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        AuthorizationDocument | ErrorDocument
    """

    return (
        await asyncio_detailed(
            authorization_id=authorization_id,
            client=client,
            body=body,
            include=include,
            fields=fields,
        )
    ).parsed
