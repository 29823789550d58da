"""What the environment says of proxies and certificates, as far as httpx does not read it well.

httpx takes proxies and certificates from the environment when a client is made, and raises what its parsers raise. Here
that becomes a ``ValueError`` that names the variable, and never its value, which may hold a password.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import httpx

__all__ = ["from_environment", "mounts_for"]

C = TypeVar("C", httpx.Client, httpx.AsyncClient)

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_SCHEMES = ("http", "https", "socks5", "socks5h")


def mounts_for(hosts: Iterable[str]) -> dict[str, None]:
    """Return httpx's mounts that keep these hosts away from proxies."""
    return {f"all://[{host}]" if ":" in host else f"all://{host}": None for host in hosts}


def from_environment(make: Callable[[], C]) -> C:
    """Make a client of httpx that reads the environment.

    Raises:
        ValueError: A variable cannot be used; the message names it.
    """
    try:
        return make()
    except (httpx.InvalidURL, ImportError, OSError, ValueError) as error:  # an ssl.SSLError is an OSError
        raise ValueError(_problem(error)) from None


def _problem(error: Exception) -> str:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        value = os.environ.get(name)
        if value and (isinstance(error, OSError) or not Path(value).exists()):
            return f"{name} cannot be used ({type(error).__name__}): name certificates that can be read, or unset it"
    for name in (each for upper in _PROXIES for each in (upper, upper.lower())):
        value = os.environ.get(name)
        if value and not _is_proxy(value):
            return (
                f"{name} is not the address of a proxy: set one such as http://proxy.example:8080, with user and"
                " password percent-encoded, or unset it"
            )
    if isinstance(error, ImportError):
        return "a proxy of the environment speaks SOCKS: install httpx[socks], or unset ALL_PROXY"
    return "NO_PROXY has an entry that cannot be used: name hosts and domains, separated by commas"


def _is_proxy(value: str) -> bool:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        httpx.Proxy(value if "://" in value else f"http://{value}")
        return bool(parts.hostname) and parts.scheme in _SCHEMES and (parts.port is None or parts.port > 0)
    except (httpx.InvalidURL, ValueError):
        return False
