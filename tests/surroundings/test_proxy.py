"""A proxy with a password stands between the client and the API, as the environment names it."""

from __future__ import annotations

import asyncio
import ssl
import sys
import threading
from urllib.parse import urlsplit

import pytest
import trustme
from helper import async_client, client, credentials, free_port, listening, sandbox

from commercelayer_klarna import APIConnectionError

NAME, PACKAGES = "proxy.py", ["proxy.py"]

PASSWORD, ENCODED = "p@ss/w#rd", "p%40ss%2Fw%23rd"
HOST = "acme.commercelayer.test"  # nobody but the proxy finds it


@pytest.fixture(scope="module")
def proxy():
    port = free_port()
    with listening(sys.executable, __file__, str(port), port=port):
        yield port


def serve_proxy(port: str) -> None:
    from proxy import Proxy, sleep_loop
    from proxy.http.proxy import HttpProxyBasePlugin

    class Found(HttpProxyBasePlugin):
        def resolve_dns(self, host, port):
            return "127.0.0.1", None

    options = ["--hostname", "127.0.0.1", "--port", port, "--num-workers", "1", "--basic-auth", f"user:{PASSWORD}"]
    with Proxy(options, plugins=[Found]) as proxy:
        sleep_loop(proxy)


@pytest.fixture(scope="module")
def https(tmp_path_factory):
    """The port where the sandbox is reached by TLS, and the file of the authority that signed for it."""
    authority = trustme.CA()
    file = tmp_path_factory.mktemp("tls") / "authority.pem"
    authority.cert_pem.write_to_path(file)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOST).configure_cert(context)
    port, loop, up = free_port(), asyncio.new_event_loop(), threading.Event()

    async def relay(reader, writer) -> None:
        while data := await reader.read(65536):
            writer.write(data)
        writer.close()

    async def connected(reader, writer) -> None:
        inner = await asyncio.open_connection("127.0.0.1", urlsplit(sandbox()["url"]).port)
        await asyncio.gather(relay(reader, inner[1]), relay(inner[0], writer), return_exceptions=True)

    async def serve() -> None:
        async with await asyncio.start_server(connected, "127.0.0.1", port, ssl=context):
            up.set()
            await asyncio.Event().wait()

    threading.Thread(target=lambda: loop.run_until_complete(serve()), daemon=True).start()
    assert up.wait(10)
    return port, file


@pytest.fixture
def behind(proxy, https, monkeypatch):
    """What a client needs to reach the API behind the proxy."""

    def options(password: str):
        port, file = https
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:{password}@127.0.0.1:{proxy}")
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        address = f"https://{HOST}:{port}"
        at = credentials()
        auth = type(at)(client_id=at.client_id, client_secret=at.client_secret, auth_url=f"{address}/oauth/token")
        return {"base_url": f"{address}/api", "auth": auth}

    return options


def test_the_sync_client(behind):
    """The sync client through `HTTPS_PROXY`, whose password has reserved characters, and TLS within."""
    with client(**behind(ENCODED)) as payments:
        payment = payments.create(order=sandbox()["order_ids"][0])
        assert payments.retrieve(payment.id) == payment


def test_the_async_client(behind):
    """The async client through the same."""

    async def calls() -> None:
        async with async_client(**behind(ENCODED)) as payments:
            payment = await payments.create(order=sandbox()["order_ids"][0])
            assert await payments.retrieve(payment.id) == payment

    asyncio.run(calls())


@pytest.mark.remark("it is not tried again, since that can lock the account")
def test_a_wrong_password(behind):
    """A wrong password: an error that says 407, and that nothing was sent."""
    with client(**behind("wrong")) as payments, pytest.raises(APIConnectionError, match="407") as failed:
        payments.count()
    assert failed.value.sent is False
    assert "wrong" not in str(failed.value)


def test_this_machine(monkeypatch):
    """A sandbox on this machine is reached without the proxy that `HTTP_PROXY` names."""
    monkeypatch.setenv("HTTP_PROXY", f"http://user:password@127.0.0.1:{free_port()}")
    with client() as payments:
        assert payments.retrieve(payments.create(order=sandbox()["order_ids"][0]).id)


if __name__ == "__main__":
    serve_proxy(sys.argv[1])
