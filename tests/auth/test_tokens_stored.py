"""Token stores: shared between clients and processes, safe on disk, right in spite of clocks, and never in the way."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import pickle
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import filelock
import pytest

from commercelayer_klarna import (
    APITimeoutError,
    ClientCredentials,
    FileTokenStore,
    MemoryTokenStore,
    RedisTokenStore,
    TokenStore,
)
from commercelayer_klarna._auth.store import StoredToken
from commercelayer_klarna.plugins.flow import Blocking
from commercelayer_klarna.plugins.values import Call, Request
from commercelayer_klarna.sandbox import Sandbox
from commercelayer_klarna.sandbox.doors.server import SandboxServer
from support.kind import Kind
from support.redis_server import RedisServer
from support.token_world import AUTH_URL, CUSTOMER, USER, World

TOKEN = StoredToken("planted-token", 1000.0, 8200.0, "planted-refresh")
KEY = "0a1b"


@pytest.fixture(params=["memory", "file", "filelock", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> TokenStore:
    if request.param == "memory":
        return MemoryTokenStore()
    if request.param == "redis":
        return RedisTokenStore(request.getfixturevalue("redis").url)
    made = FileTokenStore(tmp_path / "tokens")
    if request.param == "filelock":  # as on systems without the locks of POSIX
        made._file_lock = filelock.FileLock
    return made


def only_file(store: Any) -> Path:
    (found,) = store._directory.glob("*.json")
    return Path(found)


# ---- Any store -------------------------------------------------------------------------------------------------------


def test_a_store_keeps_and_replaces(store: TokenStore) -> None:
    assert store.load(KEY) is None
    store.save(KEY, TOKEN)
    assert store.load(KEY) == TOKEN
    other = StoredToken("other", 1.0, 2.0)
    store.save(KEY, other)
    assert store.load(KEY) == other
    assert store.load("ffff") is None


def test_a_lock_is_one_holders_at_a_time(store: TokenStore) -> None:
    release = store.lock(KEY)
    assert release is not None
    assert store.lock(KEY) is None
    other = store.lock("ffff")
    assert other is not None
    other()
    release()
    again = store.lock(KEY)
    assert again is not None
    again()


def test_nothing_of_a_token_is_shown(store: TokenStore) -> None:
    store.save(KEY, TOKEN)
    assert "planted" not in f"{TOKEN!r} {store!r}"
    with pytest.raises(TypeError, match=r"^a StoredToken does not pickle"):
        pickle.dumps(TOKEN)


def test_in_the_child_of_a_fork_nobody_holds_a_lock(store: Any) -> None:
    if getattr(store, "_file_lock", None) is not None:
        pytest.skip("systems without the locks of POSIX do not fork")
    if isinstance(store, RedisTokenStore):
        pytest.skip("Redis keeps the lock of the parent")
    of_the_parent = store.lock(KEY)
    store.renew()
    release = store.lock(KEY)
    assert release is not None
    of_the_parent()  # by what is left of a call of the parent's
    assert store.lock(KEY) is None
    release()


def test_clients_with_one_store_ask_once(kind: Kind, store: TokenStore) -> None:
    sandbox = Sandbox()
    for _ in range(3):
        assert kind.on(sandbox, token_store=store).count() == 0
    assert [each.path for each in sandbox.requests].count("/oauth/token") == 1
    wrong = ClientCredentials(client_id="sandbox-integration", client_secret="wrong!")
    with pytest.raises(Exception, match="invalid_client"):
        kind.on(sandbox, token_store=store, auth=wrong).count()


def test_a_revoked_token_is_replaced_for_all(store: TokenStore) -> None:
    one, two = World(store=store), World(store=store)
    assert one.call() == "t1"
    assert two.call() == "t1"
    assert len(one.asked) == 1
    assert len(two.asked) == 0
    one.refused = two.refused = {"t1"}
    assert one.call() == "t2"
    assert two.call() == "t2"  # found, not asked for
    assert len(two.asked) == 0


def test_what_one_has_renewed_early_is_found_by_the_other(store: TokenStore) -> None:
    one, two = World(store=store), World(store=store)
    one.call()
    two.call()
    one.now += 6700
    two.now += 6700
    assert one.call() == "t2"
    assert two.call() == "t2"
    assert len(two.asked) == 0


def test_different_credentials_do_not_share(store: TokenStore) -> None:
    scopes = [ClientCredentials(client_id="id", scope=scope) for scope in (None, "market:id:x")]
    worlds = [World(auth, store=store) for auth in (*scopes, CUSTOMER, USER)]
    for world in worlds:
        world.call()
        assert len(world.asked) == 1


def test_an_authorization_code_outlives_its_process(store: TokenStore) -> None:
    one = World(USER, store=store)
    one.refresh_tokens = ["r1"]
    one.call()
    two = World(USER, store=store)
    two.now += 7201
    two.call()
    assert [asked["grant_type"] for asked in two.asked] == ["refresh_token"]
    assert two.asked[0]["refresh_token"] == "r1"


@pytest.mark.parametrize("drift", [0.0, -300.0, 300.0])
def test_a_clock_that_is_set_between_two_processes(store: TokenStore, drift: float) -> None:
    World(store=store).call()
    two = World(store=store)
    two.wall += drift
    assert two.call() == "t1"
    # Set forward it is renewed that much earlier; set back, not later than a new token would be.
    two.now += 6600 - max(drift, 0.0) - 0.01
    two.call()
    assert two.asked == []
    two.now += 0.02
    two.call()
    assert len(two.asked) == 1


def test_a_stored_token_that_has_ended_after_all_is_renewed(store: TokenStore) -> None:
    World(store=store).call()
    two = World(store=store)
    two.now += 7200 + 200
    two.wall -= 300
    two.refused, two.lifetime = {"t1"}, 7000
    two.asked.append({})  # its endpoint counts on
    assert two.call() == "t2"
    assert two.bearers == ["t1", "t2"]


@pytest.mark.parametrize(("now", "left"), [(1000.0, 7200.0), (700.0, 7200.0), (-1e9, 7200.0), (1300.0, 6900.0)])
def test_what_is_left_of_a_stored_token(now: float, left: float) -> None:
    assert TOKEN.left(now) == left


@pytest.mark.parametrize(("left", "found"), [(30.0, False), (30.5, True)])
def test_a_stored_token_that_is_about_to_end_is_not_used(left: float, found: bool) -> None:
    store = MemoryTokenStore()
    world = World(store=store)
    world.call()
    other = World(store=store)
    other.now += 7200 - left
    other.call()
    assert (other.asked == []) is found


def test_of_its_own_token_a_client_does_not_believe_the_wall_clock() -> None:
    world = World()
    world.call()
    world.now += 7201
    world.wall -= 7201
    assert world.call() == "t2"


# ---- Waiting for another process -------------------------------------------------------------------------------------


def test_a_locked_store_is_waited_for(store: TokenStore) -> None:
    one, two = World(store=store), World(store=store)
    flow = one.flow()
    inner = next(flow).flow()
    effect = next(inner)
    while isinstance(effect, Blocking):
        effect = inner.send(effect.here())
    assert effect.direct
    waits: list[float] = []
    perform = two.perform

    def waiting(effect: Any) -> Any:
        if type(effect).__name__ == "Sleep":
            waits.append(effect.seconds)
            if len(waits) == 3:
                answer: Any = one.endpoint(_request())
                with suppress(StopIteration):
                    while True:  # it saves the token, and gives the lock back
                        answer = inner.send(answer).here()
        return perform(effect)

    two.perform = waiting  # type: ignore[method-assign]
    assert two.call(deadline=60) == "t1"
    assert waits == [0.05] * 3
    assert two.asked == []
    flow.close()


def _request() -> Any:
    return Request("POST", "https://auth.example", {}, b"{}", Call("token"))


@pytest.mark.parametrize(("deadline", "waited"), [(1.0, 0.45), (60, 3.0), (None, 3.0)])
def test_but_not_for_one_that_is_stopped(store: TokenStore, deadline: float | None, waited: float) -> None:
    world, other = World(store=store, chance=1.0), World(store=store)
    release = store.lock(world.provider.__self__._key)  # type: ignore[attr-defined]
    assert release is not None
    assert world.call(deadline=deadline) == "t1"
    assert sum(world.slept) == pytest.approx(waited)
    assert other.call() == "t1"  # the others find that token
    assert other.asked == []
    release()


def test_one_that_works_once_is_waited_for_until_the_deadline(store: TokenStore) -> None:
    world = World(USER, store=store, chance=1.0)
    release = store.lock(world.provider.__self__._key)  # type: ignore[attr-defined]
    assert release is not None
    with pytest.raises(
        APITimeoutError, match=r"^the deadline was over before another process had fetched a token$"
    ) as caught:
        world.call(deadline=1.0)
    assert caught.value.sent is False
    assert caught.value.permanent is True
    assert sum(world.slept) == pytest.approx(0.9)
    release()
    assert world.call() == "t1"
    again = store.lock(world.provider.__self__._key)  # type: ignore[attr-defined]
    assert again is not None  # given back
    again()


def test_a_lock_is_given_back_when_there_is_no_token(store: TokenStore) -> None:
    world = World(store=store)
    world.answers = [(401,)]
    with pytest.raises(Exception, match="401"):
        world.call()
    release = store.lock(world.provider.__self__._key)  # type: ignore[attr-defined]
    assert release is not None
    release()


PROCESS = """
import sys
from commercelayer_klarna import ClientCredentials, FileTokenStore, KlarnaPayments, RedisTokenStore
url, auth_url, where = sys.argv[1:]
secret = sys.stdin.readline().strip()
auth = ClientCredentials(client_id="sandbox-integration", client_secret=secret, auth_url=auth_url)
store = (RedisTokenStore if where.startswith("redis:") else FileTokenStore)(where)
with KlarnaPayments(base_url=url, auth=auth, token_store=store) as payments:
    print("ready", flush=True)
    sys.stdin.readline()
    assert payments.count() == 0
"""


@pytest.mark.parametrize("kept", ["file", pytest.param("redis", marks=pytest.mark.nightly)])
def test_processes_ask_once(tmp_path: Path, kept: str, request: pytest.FixtureRequest) -> None:
    where = str(tmp_path / "tokens") if kept == "file" else request.getfixturevalue("redis").url
    sandbox = Sandbox()
    sandbox.fail_next(path="/oauth/token", delay=0.3)
    with SandboxServer(sandbox) as server:
        command = [sys.executable, "-c", PROCESS, server.url, server.auth_url, where]
        pipe = subprocess.PIPE
        running = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(3)]
        for each in running:
            assert each.stdin is not None
            assert each.stdout is not None
            each.stdin.write("sandbox-secret\n")
            each.stdin.flush()
            assert each.stdout.readline() == "ready\n"
        for each in running:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        for each in running:
            each.communicate(timeout=300)
        assert [each.returncode for each in running] == [0] * 3
    paths = [each.path for each in sandbox.requests]
    assert paths.count("/oauth/token") == 1
    assert len(paths) == 4


def test_the_lock_of_a_process_that_dies_comes_free(tmp_path: Path) -> None:
    code = (
        "import os, sys; from commercelayer_klarna import FileTokenStore;"
        "held = FileTokenStore(sys.argv[1]).lock('0a1b'); print('held', flush=True); sys.stdin.readline(); os._exit(1)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    os.chmod(tmp_path, 0o700)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "held\n"
        store = FileTokenStore(tmp_path)
        assert store.lock(KEY) is None
        running.communicate("die\n", timeout=300)
    release = store.lock(KEY)
    assert release is not None
    release()


FORKS = """
import os, sys
from commercelayer_klarna import FileTokenStore
release = FileTokenStore(sys.argv[1]).lock("0a1b")
if os.fork() == 0:
    release()  # not his
    print("forked", flush=True)
    sys.stdin.readline()
    os._exit(0)
sys.stdin.readline()
os._exit(1)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_the_lock_is_the_parents_alone(tmp_path: Path) -> None:
    """A child neither gives it back nor keeps it."""
    store = FileTokenStore(tmp_path / "tokens")
    command = [sys.executable, "-c", FORKS, str(tmp_path / "tokens")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        assert parent.stdout.readline() == "forked\n"
        assert store.lock(KEY) is None
        parent.kill()
        parent.wait(300)
        release = store.lock(KEY)
        parent.stdin.write("end, child\n")
    assert release is not None
    release()


def test_a_system_without_locks_needs_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fcntl", None)
    assert FileTokenStore(tmp_path / "tokens")._file_lock is filelock.FileLock
    monkeypatch.setitem(sys.modules, "filelock", None)
    with pytest.raises(
        NotImplementedError, match=r"^FileTokenStore needs .* install commercelayer-klarna\[filelock\]$"
    ):
        FileTokenStore(tmp_path / "others")
    assert not (tmp_path / "others").exists()


@pytest.mark.posix
def test_a_system_without_owners_keeps_files_as_private_as_their_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "geteuid")
    store = FileTokenStore(tmp_path)
    os.chmod(tmp_path, 0o777)
    store.save(KEY, TOKEN)
    assert store.load(KEY) == TOKEN


def test_without_file_locks_all_else_works() -> None:
    code = (
        "import sys; sys.modules['fcntl'] = None; from commercelayer_klarna import FileTokenStore, MemoryTokenStore;"
        "from commercelayer_klarna.sandbox import Sandbox;"
        "print(Sandbox().client(token_store=MemoryTokenStore()).count())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"


# ---- On disk ---------------------------------------------------------------------------------------------------------


@pytest.mark.posix
def test_files_are_their_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = FileTokenStore(tmp_path / "deep" / "tokens")
        store.save(KEY, TOKEN)
        release = store.lock(KEY)
        assert release is not None
        release()
    finally:
        os.umask(before)
    directory = tmp_path / "deep" / "tokens"
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {each.name: stat.S_IMODE(each.stat().st_mode) for each in directory.iterdir()} == {
        "0a1b.json": 0o600,
        "0a1b.lock": 0o600,
    }


def test_names_of_files_tell_nothing(tmp_path: Path) -> None:
    World(CUSTOMER, store=FileTokenStore(tmp_path / "tokens")).call()
    for each in (tmp_path / "tokens").iterdir():
        assert len(each.stem) == 48
        assert "planted" not in each.name
        assert "example" not in each.name


def test_a_file_is_found_by_the_next_version(tmp_path: Path) -> None:
    store = FileTokenStore(tmp_path / "tokens")
    World(CUSTOMER, store=store).call()
    grant = json.dumps(CUSTOMER.grant()).encode()
    assert only_file(store).stem == hashlib.scrypt(grant, salt=AUTH_URL.encode(), n=2**14, r=8, p=1, dklen=24).hex()


@pytest.mark.posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o602])
def test_a_file_that_others_may_touch_is_not_used(tmp_path: Path, mode: int, caplog: pytest.LogCaptureFixture) -> None:
    store = FileTokenStore(tmp_path / "tokens")
    World(store=store).call()
    only_file(store).chmod(mode)
    with pytest.raises(PermissionError, match=f"^{only_file(store)}: not a file that its owner alone may read$"):
        store.load(only_file(store).stem)
    world = World(store=store)
    world.call()
    assert len(world.asked) == 1
    assert "could not load, going on without it: PermissionError" in caplog.text
    assert stat.S_IMODE(only_file(store).stat().st_mode) == 0o600  # replaced


@pytest.mark.posix
def test_links_and_other_things_are_not_followed(tmp_path: Path) -> None:
    store = FileTokenStore(tmp_path / "tokens")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text(TOKEN.to_json())
    elsewhere.chmod(0o600)
    (tmp_path / "tokens" / f"{KEY}.json").symlink_to(elsewhere)
    (tmp_path / "tokens" / f"{KEY}.lock").symlink_to(tmp_path / "target")
    with pytest.raises(OSError, match="symbolic links"):
        store.load(KEY)
    with pytest.raises(OSError, match="symbolic links"):
        store.lock(KEY)
    assert not (tmp_path / "target").exists()
    os.mkfifo(tmp_path / "tokens" / "ffff.json", 0o600)
    with pytest.raises(PermissionError):
        store.load("ffff")


@pytest.mark.posix
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_directory_that_others_may_write_is_refused(tmp_path: Path, mode: int) -> None:
    directory = tmp_path / "tokens"
    directory.mkdir()
    directory.chmod(mode)
    with pytest.raises(PermissionError, match="mode 0700"):
        FileTokenStore(directory)


@pytest.mark.posix
@pytest.mark.parametrize("mode", [0o701, 0o711, 0o750, 0o755])
def test_one_that_others_may_read_is_taken(tmp_path: Path, mode: int) -> None:
    directory = tmp_path / "tokens"
    directory.mkdir()
    directory.chmod(mode)
    assert repr(FileTokenStore(directory)) == f"FileTokenStore({str(directory)!r})"


@pytest.mark.parametrize("key", ["../x", "a/b", "", ".", "a.b", "ä"])
def test_a_key_is_no_path(tmp_path: Path, key: str) -> None:
    store = FileTokenStore(tmp_path / "tokens")
    for use in (store.load, store.lock, lambda key: store.save(key, TOKEN)):
        with pytest.raises(ValueError, match="is not a key"):
            use(key)
    assert list((tmp_path / "tokens").iterdir()) == []


@pytest.mark.posix
def test_what_is_being_written_lies_hidden_beside_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Elsewhere it might be on another disk, from which nothing can be moved in one step.
    store = FileTokenStore(tmp_path / "tokens")
    seen: list[Path] = []

    def full(source: str, _: Path) -> None:
        seen.append(Path(source))
        assert stat.S_IMODE(seen[0].stat().st_mode) == 0o600
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        store.save(KEY, TOKEN)
    assert seen[0].parent == tmp_path / "tokens"
    assert seen[0].name[0] == "."
    assert list((tmp_path / "tokens").iterdir()) == []


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    store = FileTokenStore(tmp_path / "tokens")
    store.save(KEY, TOKEN)
    stop, torn = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            if store.load(KEY) is None:
                torn.append(1)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(100):
        store.save(KEY, StoredToken("x" * number * 100, 1.0, 2.0))
    stop.set()
    reader.join()
    assert torn == []
    assert [each.name for each in (tmp_path / "tokens").iterdir()] == ["0a1b.json"]


@pytest.mark.parametrize(
    "text",
    [
        "", b"\xff", "{", "[]", "null", "{}", '{"access_token": 5, "saved_at": 1, "expires_at": 2}', "[" * 100_000,
        '{"access_token": "x", "saved_at": 1}', '{"access_token": "x", "expires_at": 1}',
        '{"access_token": "x", "saved_at": "1", "expires_at": 2}',
        '{"access_token": "x", "saved_at": 1, "expires_at": NaN}',
        '{"access_token": "x", "saved_at": 1, "expires_at": 1' + "0" * 400 + "}",
    ],
)  # fmt: skip
def test_what_is_no_token_is_none(tmp_path: Path, text: str | bytes) -> None:
    assert StoredToken.from_json(text) is None
    store = FileTokenStore(tmp_path / "tokens")
    (tmp_path / "tokens" / f"{KEY}.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    (tmp_path / "tokens" / f"{KEY}.json").chmod(0o600)
    assert store.load(KEY) is None


def test_a_token_that_could_break_a_header_is_not_taken_from_a_file() -> None:
    store = MemoryTokenStore()
    World(store=store).call()
    (key,) = store._tokens
    store.save(key, StoredToken("x\r\nHost: elsewhere", 0.0, 1e12))
    assert World(store=store).call() == "t1"


def test_what_is_written_is_what_is_read() -> None:
    for token in (TOKEN, StoredToken("x", 1.5, 2.5)):
        assert StoredToken.from_json(token.to_json()) == token
        assert StoredToken.from_json(token.to_json().encode()) == token
    text = '{"access_token": "x", "saved_at": 1, "expires_at": 2, "refresh_token": 5}'
    assert StoredToken.from_json(text) == StoredToken("x", 1.0, 2.0)


# ---- A store that fails ----------------------------------------------------------------------------------------------


class Broken:
    """A store of which some methods raise."""

    def __init__(self, *broken: str, error: Exception | None = None) -> None:
        self._inner, self._broken = MemoryTokenStore(), broken
        self._error = error or OSError(28, "No space left on device")

    def __getattr__(self, name: str) -> Any:
        def use(*arguments: Any) -> Any:
            if name in self._broken:
                raise self._error
            return getattr(self._inner, name)(*arguments)

        return use


@pytest.mark.parametrize("broken", [("load",), ("save",), ("lock",), ("load", "save", "lock")])
def test_a_store_that_fails_costs_no_call(broken: Any, caplog: pytest.LogCaptureFixture) -> None:
    world = World(store=Broken(*broken))
    assert world.call() == "t1"
    assert world.call() == "t1"
    assert len(world.asked) == 1
    for each in broken:
        text = f"the token store could not {each}, going on without it: OSError: [Errno 28] No space left on device"
        assert text in caplog.text


def test_what_a_store_of_others_says_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    World(store=Broken("save", error=RuntimeError("planted"))).call()
    assert caplog.messages == ["the token store could not save, going on without it: RuntimeError"]


def test_a_lock_that_cannot_be_given_back_costs_no_call(caplog: pytest.LogCaptureFixture) -> None:
    def release() -> None:
        raise OSError(5, "Input/output error")

    store = MemoryTokenStore()
    store.lock = lambda key: release  # type: ignore[method-assign]
    assert World(store=store).call() == "t1"
    expected = "the token store could not unlock, going on without it: OSError: [Errno 5] Input/output error"
    assert caplog.messages == [expected]


def test_a_refresh_token_that_could_not_be_saved_is_used_all_the_same() -> None:
    store = Broken()
    world = World(USER, store=store)
    world.refresh_tokens = ["r1", "r2", "r3"]
    world.call()
    world.now += 7200
    store._broken = ("save",)
    world.call()
    world.now += 7200
    world.call()
    assert [asked.get("refresh_token") for asked in world.asked] == [None, "r1", "r2"]


class SlowToLock(MemoryTokenStore):
    """Takes the lock, and tells of it when it may: as over a network that is slow."""

    waits = True

    def __init__(self) -> None:
        super().__init__()
        self.taken, self.go_on, self.told = threading.Event(), threading.Event(), threading.Event()

    def lock(self, key: str) -> Callable[[], None] | None:
        release = super().lock(key)
        self.taken.set()
        self.go_on.wait(60)
        self.told.set()
        return release


@pytest.mark.parametrize("ends", ["cancelled", "late"])
def test_a_lock_that_nobody_waits_for_any_more_comes_free(sandbox: Sandbox, ends: str) -> None:
    """The thread that takes it cannot be stopped. Else others would wait a minute for a lock in Redis."""
    store = SlowToLock()

    async def main() -> None:
        async with sandbox.async_client(token_store=store) as payments:
            options = payments.with_options(deadline=3 if ends == "late" else None, retry=None)
            call = asyncio.create_task(options.count())
            assert await asyncio.to_thread(store.taken.wait, 60)
            if ends == "cancelled":
                call.cancel()
            await asyncio.wait([call])
            assert call.cancelled() == (ends == "cancelled")
            store.go_on.set()

    asyncio.run(main())  # which waits for its threads
    assert store.told.is_set()
    (lock,) = store._locks.values()
    assert not lock.locked()


# ---- In Redis --------------------------------------------------------------------------------------------------------


def test_in_redis_nothing_stays_for_ever(redis: RedisServer) -> None:
    store = RedisTokenStore(redis.url)
    store.save(KEY, StoredToken("t", 1000.0, 8200.0))
    assert redis.command("TTL", f"commercelayer_klarna:tokens:{KEY}") in {":7200\r\n", ":7199\r\n"}
    assert store.lock(KEY) is not None
    assert 0 < int(redis.command("PTTL", f"commercelayer_klarna:tokens:{KEY}:lock")[1:]) <= 60_000
    store.save(KEY, TOKEN)
    assert redis.command("TTL", f"commercelayer_klarna:tokens:{KEY}") == ":-1\r\n", "a refresh token lasts longer"


def test_a_lock_in_redis_that_has_gone_to_another_stays_with_him(redis: RedisServer) -> None:
    store = RedisTokenStore(redis.url)
    release = store.lock(KEY)
    assert release is not None
    redis.command("DEL", f"commercelayer_klarna:tokens:{KEY}:lock")  # its minute is over
    assert store.lock(KEY) is not None
    release()
    assert store.lock(KEY) is None


def test_a_lock_in_redis_whose_answer_was_lost_is_ones_own(redis: RedisServer) -> None:
    """The command is sent again then, and finds the lock taken: by itself."""
    lost: list[bytes] = []

    def relay(listening: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listening.accept()
                with client, socket.create_connection(("127.0.0.1", redis.port)) as server:
                    while asked := client.recv(65536):
                        server.sendall(asked)
                        answered = server.recv(65536)
                        if b"NX" in asked and not lost:
                            lost.append(answered)
                            break
                        client.sendall(answered)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=relay, args=(listening,), daemon=True).start()
        store = RedisTokenStore(f"redis://127.0.0.1:{listening.getsockname()[1]}")
        release = store.lock(KEY)
        assert lost
        assert release is not None
        assert RedisTokenStore(redis.url).lock(KEY) is None
        release()
        assert RedisTokenStore(redis.url).lock(KEY) is not None
        connections: Any = store._server._redis
        connections.close()
        listening.shutdown(socket.SHUT_RDWR)


def test_without_its_redis_a_client_goes_on(kind: Kind, redis: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    url = redis.url.replace("redis://", "redis://nobody:planted@")
    with socket.create_server(("127.0.0.1", 0)) as free:
        nobody = url.replace(str(redis.port), str(free.getsockname()[1]))
    for where in (nobody, url):  # nobody answers there; a wrong password
        caplog.clear()
        store = RedisTokenStore(where)
        assert kind.on(Sandbox(), token_store=store).count() == 0
        assert "the token store could not lock, going on without it: NotThere: redis://127.0.0.1" in caplog.text
        assert "planted" not in caplog.text + repr(store)


def test_a_redis_that_cannot_be_one() -> None:
    with pytest.raises(ValueError, match=r"^the address of a Redis begins with redis://, rediss:// or unix://$"):
        RedisTokenStore("http://:planted@example")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "redis", None)
        with pytest.raises(ImportError, match=r'needs an extra: pip install "commercelayer-klarna\[redis\]"$'):
            RedisTokenStore("redis://example")
