"""What the environment says of proxies and certificates, which is read here, and not by httpx.

httpx cannot use all forms of ``NO_PROXY``, sends what is for this machine through proxies, and raises what its parsers
raise. Here a variable is used, or a ``ValueError`` names it, and never its value, which may hold a password.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

__all__ = ["certificates", "is_near", "mounts_for"]

T = TypeVar("T", httpx.HTTPTransport, httpx.AsyncHTTPTransport)

_SCHEMES = ("http", "https", "socks5", "socks5h")
# Not ``is_private``: versions of Python differ there, and it counts tunnels that lead to any address.
_NEAR = (
    *("0.0.0.0/32", "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
    *("::/128", "::1/128", "fc00::/7", "fe80::/10"),
)


@cache
def _near() -> list[IPv4Network | IPv6Network]:
    # When it is first asked for: the import of a client does not wait for it.
    return [ip_network(each) for each in _NEAR]


def is_near(host: str) -> bool:
    """Return whether a host is on this machine or in a network of one's own, as far as its name tells."""
    try:
        address = ip_address(host)
    except ValueError:
        # An address may be spelt as one number, and a dot in other characters: names of one's own have neither.
        plain = host.isascii() and not host.isdigit() and not host.startswith("0x")
        return plain and ("." not in host or host.endswith((".localhost", ".internal", ".local")))
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in network for network in _near())


def certificates() -> ssl.SSLContext:
    """Return what servers are checked against: what ``SSL_CERT_FILE`` or ``SSL_CERT_DIR`` names, else the certificates
    of the system if the extra ``truststore`` is installed, else those of certifi.

    Raises:
        ValueError: A variable cannot be used.
    """
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        value = os.environ.get(name)
        if value:
            with suppress(OSError):  # an ssl.SSLError is one
                if Path(value).exists():
                    return _context()
            raise ValueError(f"{name} cannot be used: name certificates that can be read, or unset it")
    try:
        import truststore
    except ImportError:
        return _context()
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _context() -> ssl.SSLContext:
    keys = os.environ.get("SSLKEYLOGFILE")
    if keys:
        try:
            Path(keys).open("a").close()
        except OSError:
            raise ValueError("SSLKEYLOGFILE cannot be used: name a file that can be written, or unset it") from None
    return httpx.create_ssl_context()


def mounts_for(make: Callable[[httpx.Proxy], T], hosts: Iterable[str]) -> dict[str, T | None]:
    """Return where requests go, as httpx takes it: patterns of addresses, each with its proxy or ``None``.

    Args:
        make: Makes the transport of a proxy.
        hosts: The hosts of the client. Those that are near go without a proxy, whatever the environment says.

    Raises:
        ValueError: A variable cannot be used.
    """
    found = getproxies()
    mounts: dict[str, T | None] = {}
    for scheme in ("http", "https", "all"):
        if found.get(scheme):
            mounts[f"{scheme}://"] = _through(f"{scheme.upper()}_PROXY", found[scheme], make)
    direct = {host for host in hosts if is_near(host)}
    for entry in (each.strip() for each in found.get("no", "").split(",")):
        network = _network(entry)
        if entry == "*":
            return {}
        if network is not None:
            direct.update(host for host in hosts if _is_within(host, network))
            if network.num_addresses == 1:
                direct.add(str(network.network_address))
        elif entry:
            pattern = entry if "://" in entry else f"all://{'' if entry.lower() == 'localhost' else '*'}{entry}"
            try:
                httpx.URL(pattern)
            except httpx.InvalidURL:
                raise ValueError(
                    "NO_PROXY has an entry that cannot be used: name hosts, domains and networks, separated by commas"
                ) from None
            mounts[pattern] = None
    for host in direct:
        mounts[f"all://[{host}]" if ":" in host else f"all://{host}"] = None
    return mounts


def _through(name: str, value: str, make: Callable[[httpx.Proxy], T]) -> T:
    url = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(url)
        if parts.hostname and parts.scheme in _SCHEMES and parts.port != 0:
            return make(httpx.Proxy(url))
    except ImportError:
        raise ValueError(f"{name} names a SOCKS proxy: install httpx[socks], or unset it") from None
    except (httpx.InvalidURL, ValueError):
        pass
    raise ValueError(
        f"{name} is not the address of a proxy: set one such as http://proxy.example:8080, with user and password"
        " percent-encoded, or unset it"
    )


def _network(entry: str) -> IPv4Network | IPv6Network | None:
    address, slash, length = entry.partition("/")
    try:
        return ip_network(address.strip("[]") + slash + length, strict=False)
    except ValueError:
        return None


def _is_within(host: str, network: IPv4Network | IPv6Network) -> bool:
    try:
        return ip_address(host) in network
    except ValueError:
        return False
