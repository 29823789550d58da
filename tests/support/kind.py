"""The client under test in both kinds, from one definition."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any, Literal, Protocol

import httpx

from commercelayer_klarna import AccessToken, AsyncKlarnaPayments, KlarnaPayments
from commercelayer_klarna.sandbox import Sandbox
from support.face import Face, awaited
from support.virtual_time import INSTANT

__all__ = ["HasUrl", "Kind"]


class HasUrl(Protocol):
    """A server of any kind."""

    @property
    def url(self) -> str:
        """The base URL for clients."""
        ...


class Kind:
    """One kind of client, sync or async; what it makes has the face of the sync client, and is closed at the end."""

    def __init__(self, name: Literal["sync", "async"], runner: asyncio.Runner) -> None:
        self.name = name
        self.runner = runner
        self._made: list[Any] = []
        self._http_clients: list[httpx.Client | httpx.AsyncClient] = []

    def client(self, *arguments: Any, **options: Any) -> Any:
        """Make a client, with the arguments of its constructor."""
        made: Any = (KlarnaPayments if self.name == "sync" else AsyncKlarnaPayments)(*arguments, **options)
        return self._faced(made)

    def on(self, sandbox: Sandbox, **options: Any) -> Any:
        """Make a client of a sandbox in this process."""
        return self._faced(sandbox.client(**options) if self.name == "sync" else sandbox.async_client(**options))

    def at(self, server: HasUrl | str, **options: Any) -> Any:
        """Make a client of a server, or of a URL, whose waits between attempts take no time."""
        url = server if isinstance(server, str) else server.url
        defaults = {"auth": AccessToken("token-of-the-tests"), "timing": INSTANT}
        return self.client(base_url=url, **{**defaults, **options})

    def http_client(self, **options: Any) -> Any:
        """Make a client of httpx of this kind, to be passed as ``http_client``."""
        made = httpx.Client(**options) if self.name == "sync" else httpx.AsyncClient(**options)
        self._http_clients.append(made)
        return made

    def now(self, value: Any) -> Any:
        """Return a value; if it is to be awaited, what comes of that."""
        return self.runner.run(awaited(value)) if inspect.isawaitable(value) else value

    def _faced(self, client: Any) -> Any:
        faced = Face(client, self.runner) if self.name == "async" else client
        self._made.append(faced)
        return faced

    def close(self) -> None:
        """Close what was made."""
        for each in self._made:
            each.close()
        for client in self._http_clients:
            self.now(client.close() if isinstance(client, httpx.Client) else client.aclose())
