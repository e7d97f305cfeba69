"""`advisor serve` as it is run: real processes, real sockets, TLS, several workers, and an orderly end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sqlite3
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import psutil
import pytest
import trustme
from sqlalchemy import update

from advisor_tui.store.central.accounts import add_account
from advisor_tui.store.central.central import Central
from advisor_tui.store.central.pull import read_heads
from advisor_tui.store.central.tables import SERVER
from advisor_tui.store.workspace import SystemClock
from tests.central.postgres import fresh_sqlite, shared_postgres
from tests.server.office import PASSWORD, PROTOCOL, customer_recorded
from tests.server.running import PATIENCE, Serve, logged_in, serving, until


def staffed(url: str) -> str:
    """The database with one advisor in it."""
    central = Central(url, SystemClock(ZoneInfo("UTC")))
    add_account(central, "Claire Morel", PASSWORD, "advisor", ["Mobile"])
    central.close()
    return url


@pytest.fixture
def sqlite_office(tmp_path: Path) -> str:
    return staffed(fresh_sqlite(tmp_path / "office.db"))


@pytest.fixture
def postgresql_office() -> Iterator[str]:
    server = shared_postgres()
    name = server.fresh_database()
    yield staffed(server.url(name))
    server.drop_database(name)


def fresh(device: str) -> dict[str, object]:
    return customer_recorded(device, "Claire Morel", "Julie Petit", "Mobile", int(time.time() * 1000))


def workers_of(server: Serve) -> list[psutil.Process]:
    """The processes that answer; there is another, which watches over what they share."""
    found = []
    for child in psutil.Process(server.process.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if "spawn_main" in " ".join(child.cmdline()):
                found.append(child)
    return found


def test_zero_set_up_serves_and_ends_in_order(tmp_path: Path) -> None:
    with serving(tmp_path) as server, server.client() as client:
        assert server.url.startswith("http://127.0.0.1:")
        assert client.get("/readyz").json() == {"status": "ready"}
        assert (tmp_path / "server.db").exists()
        assert (tmp_path / "server.db").stat().st_mode & 0o077 == 0
        url = server.url
        assert server.stop() == 0
    assert [line for line in server.said.splitlines() if not line.startswith("{")] == [f"Serving on {url}"]


def test_ctrl_c_is_an_orderly_end_too(tmp_path: Path, sqlite_office: str) -> None:
    with serving(tmp_path, "--db", sqlite_office) as server:
        assert server.url
        server.process.send_signal(signal.SIGINT)
        assert server.wait() == 0
    assert "Traceback" not in server.said


def test_what_was_pushed_is_there_after_a_restart(tmp_path: Path, sqlite_office: str) -> None:
    with serving(tmp_path, "--db", sqlite_office) as server, server.client() as client:
        tokens = logged_in(client)
        event = fresh(tokens["device"])
        told = client.post("/v1/push", json={"device": tokens["device"], "events": [event]}).json()["results"]
        assert told[0]["status"] == "accepted"
        server.process.kill()
        server.wait()
    with serving(tmp_path, "--db", sqlite_office) as server, server.client() as client:
        logged_in(client)
        lines = client.get("/v1/pull", params={"stream": "t1"}).text.splitlines()
        assert json.loads(lines[0])["event"] == event


def test_an_open_feed_does_not_hold_up_the_end(tmp_path: Path, sqlite_office: str) -> None:
    with serving(tmp_path, "--db", sqlite_office) as server, server.client() as client:
        logged_in(client)
        with client.stream("GET", "/v1/feed") as feed:
            lines = feed.iter_lines()
            assert next(lines) == "event: heads"
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            assert list(lines)[-1] == "", "the feed ends whole"
            assert server.wait() == 0
            assert time.monotonic() - began < 5


def test_a_draining_server_says_so_and_still_answers(tmp_path: Path, sqlite_office: str) -> None:
    with serving(tmp_path, "--db", sqlite_office, "--drain", "2") as server, server.client() as client:
        logged_in(client)
        server.process.send_signal(signal.SIGTERM)
        until(lambda: client.get("/readyz").status_code == 503)
        assert client.get("/readyz").json()["error"]["code"] == "draining"
        assert client.get("/v1/devices").status_code == 200
        assert server.wait() == 0


def test_tls_is_spoken_with_the_given_certificate(tmp_path: Path, sqlite_office: str) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    chain, key, trusted = tmp_path / "chain.pem", tmp_path / "key.pem", ssl.create_default_context()
    certificate.cert_chain_pems[0].write_to_path(chain)
    certificate.private_key_pem.write_to_path(key)
    authority.configure_trust(trusted)
    with serving(
        tmp_path, "--db", sqlite_office, "--certfile", str(chain), "--keyfile", str(key), "--host", "0.0.0.0"
    ) as server:
        assert server.url.startswith("https://0.0.0.0:")
        url = server.url.replace("0.0.0.0", "127.0.0.1")
        with httpx.Client(base_url=url, headers=PROTOCOL, verify=trusted) as client:
            logged_in(client)
            assert client.get("/v1/meta").json()["you"]["name"] == "Claire Morel"
        with httpx.Client(base_url=url) as stranger, pytest.raises(httpx.ConnectError):
            stranger.get("/healthz")
        assert server.stop() == 0


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_workers_are_one_server(tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(f"{kind}_office")
    with serving(tmp_path, "--db", url, "--workers", "2") as server:
        clients = [server.client() for _ in range(12)]  # a connection each: the system deals them out
        tokens = logged_in(clients[0])
        for client in clients:
            client.headers["Authorization"] = f"Bearer {tokens['access_token']}"

        told: list[int] = []

        def push(client: httpx.Client) -> None:
            for _push in range(5):
                body = {"device": tokens["device"], "events": [fresh(tokens["device"]) for _ in range(4)]}
                answer = client.post("/v1/push", json=body)
                told.extend(result["seq"] for result in answer.json()["results"])

        threads = [threading.Thread(target=push, args=(client,)) for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(told) == list(range(1, 241))
        lines = clients[0].get("/v1/pull", params={"stream": "t1", "limit": 1000}).text.splitlines()
        assert [json.loads(line)["seq"] for line in lines[:-1]] == list(range(1, 241))
        figures = clients[0].get("/metrics").text
        assert 'advisor_events_total{status="accepted"} 240.0' in figures
        workers = workers_of(server)
        assert len(workers) == 2
        for client in clients:
            client.close()
        assert server.stop() == 0
        assert psutil.wait_procs(workers, 1)[1] == []
    assert "Traceback" not in server.said
    assert not list(Path("/tmp").glob(f"advisor-metrics-*/*_{workers[0].pid}.db"))


def test_a_wake_up_goes_from_one_worker_to_the_other(tmp_path: Path, postgresql_office: str) -> None:
    with serving(tmp_path, "--db", postgresql_office, "--workers", "2") as server, server.client() as client:
        tokens = logged_in(client)
        waits = []
        for number in range(1, 7):  # whichever worker each of them meets
            with server.client() as listener, server.client() as writer:
                listener.headers["Authorization"] = writer.headers["Authorization"] = client.headers["Authorization"]
                with listener.stream("GET", "/v1/feed") as feed:
                    heads = (json.loads(line[5:])["heads"] for line in feed.iter_lines() if line.startswith("data:"))
                    assert next(heads)["t1"] < number  # as this worker knows them: it may not have heard of the last
                    began = time.monotonic()
                    writer.post("/v1/push", json={"device": tokens["device"], "events": [fresh(tokens["device"])]})
                    assert any(head["t1"] == number for head in heads)
                    waits.append(time.monotonic() - began)
        assert max(waits) < 1.5
        assert server.stop() == 0


def test_answers_under_way_are_finished_before_the_end(tmp_path: Path, postgresql_office: str) -> None:
    with serving(tmp_path, "--db", postgresql_office, "--workers", "2") as server, server.client() as client:
        tokens = logged_in(client)
        statuses: list[int] = []
        refused: list[str] = []

        def push() -> None:
            with server.client() as own:
                own.headers["Authorization"] = client.headers["Authorization"]
                while not refused:
                    body = {"device": tokens["device"], "events": [fresh(tokens["device"]) for _ in range(40)]}
                    try:
                        statuses.append(own.post("/v1/push", json=body).status_code)
                    except httpx.TransportError as error:  # at the door, before anything of it was taken in
                        refused.append(str(error))

        threads = [threading.Thread(target=push) for _ in range(4)]
        for thread in threads:
            thread.start()
        until(lambda: len(statuses) > 20)
        assert server.stop() == 0
        refused.append("done")
        for thread in threads:
            thread.join(PATIENCE)
    assert set(statuses) == {200}
    central = Central(postgresql_office, SystemClock(ZoneInfo("UTC")))
    with central.read() as connection:
        heads, _grants = read_heads(connection)
    central.close()
    assert heads["t1"] == 40 * len(statuses), "nothing was taken in without an answer"
    assert "Traceback" not in server.said


def test_a_worker_that_dies_is_replaced(tmp_path: Path, sqlite_office: str) -> None:
    with serving(tmp_path, "--db", sqlite_office, "--workers", "2") as server, server.client() as client:
        client.get("/healthz")
        before = {worker.pid for worker in workers_of(server)}
        os.kill(min(before), signal.SIGKILL)
        until(lambda: len({worker.pid for worker in workers_of(server)} - {min(before)}) == 2)
        with server.client() as other:
            until(lambda: other.get("/readyz").status_code == 200)
        assert server.stop() == 0


def test_workers_do_not_outlive_a_supervisor_that_was_killed(tmp_path: Path, sqlite_office: str) -> None:
    with serving(tmp_path, "--db", sqlite_office, "--workers", "2") as server:
        port = int(server.url.rpartition(":")[2])
        workers = workers_of(server)
        os.kill(server.process.pid, signal.SIGKILL)
        server.wait()
        _gone, alive = psutil.wait_procs(workers, PATIENCE)
        assert alive == []
        socket.create_server(("127.0.0.1", port)).close()


def test_more_connections_are_allowed_than_a_shell_gives(tmp_path: Path, sqlite_office: str) -> None:
    with serving(tmp_path, "--db", sqlite_office) as server:
        assert server.url
        soft, hard = psutil.Process(server.process.pid).rlimit(psutil.RLIMIT_NOFILE)
        assert soft >= min(hard, 65_536)
        assert server.stop() == 0


def refused(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    """What `advisor serve` says when it does not."""
    server = Serve(tmp_path, *arguments)
    status = server.wait()
    assert "Traceback" not in server.said
    return status, server.said.strip()


def test_plain_http_stays_on_this_machine(tmp_path: Path, sqlite_office: str) -> None:
    status, said = refused(tmp_path, "--db", sqlite_office, "--host", "0.0.0.0")
    assert status == 2
    assert "--certfile" in said
    assert "--behind-proxy" in said
    with serving(tmp_path, "--db", sqlite_office, "--host", "0.0.0.0", "--behind-proxy") as server:
        assert server.url.startswith("http://0.0.0.0:")
        assert server.stop() == 0


def test_a_taken_port_is_named(tmp_path: Path, sqlite_office: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, said = refused(tmp_path, "--db", sqlite_office, "--port", str(port))
    assert (status, said) == (1, f"The port {port} is taken by another program.")


def test_an_address_of_another_machine_is_named(tmp_path: Path, sqlite_office: str) -> None:
    for host in ("203.0.113.9", "no.such.host.invalid"):
        status, said = refused(tmp_path, "--db", sqlite_office, "--host", host, "--behind-proxy")
        assert (status, said) == (1, f"{host} is not an address of this machine.")


def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path, sqlite_office: str) -> None:
    bad, missing = tmp_path / "bad.pem", tmp_path / "missing.pem"
    bad.write_text("not a certificate")
    status, said = refused(tmp_path, "--db", sqlite_office, "--certfile", str(missing))
    assert (status, said) == (2, f"The file {missing} cannot be read: No such file or directory")
    status, said = refused(tmp_path, "--db", sqlite_office, "--certfile", str(bad), "--keyfile", str(bad))
    assert status == 2
    assert said.startswith(f"{bad} and its key do not make a certificate that can be used")
    status, said = refused(tmp_path, "--db", sqlite_office, "--keyfile", str(bad))
    assert (status, said) == (2, "--certfile is missing.")


def test_a_database_of_another_schema_is_refused_with_the_way_out(tmp_path: Path, sqlite_office: str) -> None:
    central = Central(sqlite_office, SystemClock(ZoneInfo("UTC")))
    for schema, advice in (("1", "Run: advisor admin migrate"), ("99", "Upgrade the program.")):
        with central.write() as connection:
            connection.execute(update(SERVER).where(SERVER.c.key == "schema").values(value=schema))
        status, said = refused(tmp_path, "--db", sqlite_office)
        assert status == 1
        assert advice in said
    central.close()


def test_what_is_no_server_database_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE x (y)")
    connection.close()
    status, said = refused(tmp_path, "--db", f"sqlite:///{other}")
    assert status == 1
    assert "advisor admin migrate" in said
    status, said = refused(tmp_path, "--db", "mysql://somewhere/x")
    assert status == 2
    absent = shared_postgres().url("not_made_yet")
    status, said = refused(tmp_path, "--db", absent)
    assert status == 1
    assert "advisor admin migrate" in said


@pytest.mark.parametrize("piece", [b"X-Much: " + b"x" * 65536, b"X-%d: y\r\n" * 100])
def test_a_head_without_end_is_cut(tmp_path: Path, sqlite_office: str, piece: bytes) -> None:
    with serving(tmp_path, "--db", sqlite_office) as server:
        port = int(server.url.rpartition(":")[2])
        before = psutil.Process(server.process.pid).memory_info().rss
        with socket.create_connection(("127.0.0.1", port), PATIENCE) as connection:
            connection.sendall(b"GET /v1/meta HTTP/1.1\r\nHost: x\r\n")
            sent = 0
            try:
                while sent < 64 << 20:
                    connection.sendall(piece)
                    sent += len(piece)
            except (ConnectionResetError, BrokenPipeError):
                pass
            assert sent < 8 << 20, "it was cut long before"
        assert psutil.Process(server.process.pid).memory_info().rss - before < 32 << 20
        with server.client() as client:
            assert client.get("/readyz").status_code == 200
        assert server.stop() == 0


def test_a_worker_that_dies_while_it_is_asked_for_a_sign_of_life_is_replaced_at_once(
    tmp_path: Path, sqlite_office: str
) -> None:
    with serving(tmp_path, "--db", sqlite_office, "--workers", "2") as server, server.client() as client:
        client.get("/healthz")
        silent = min(worker.pid for worker in workers_of(server))
        os.kill(silent, signal.SIGSTOP)
        time.sleep(1.5)  # the supervisor asks twice a second, and waits long for an answer
        os.kill(silent, signal.SIGKILL)
        began = time.monotonic()
        until(lambda: len({worker.pid for worker in workers_of(server)} - {silent}) == 2)
        assert time.monotonic() - began < 20
        assert server.stop() == 0
