"""The embedded PostgreSQL starts, survives what befalls its program, keeps its data and tells nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from app.store.embedded import EmbeddedServer
from app.store.setup_error import SetupError

PASSWORD = "only-for-tests"
# Above the largest that Linux gives to a process.
NOBODYS_NUMBER = 2**22 + 1
HOLDER = """
import sys, time
from pathlib import Path
from app.store.embedded import EmbeddedServer
with EmbeddedServer(Path(sys.argv[1]), sys.argv[2], durable=False).running():
    print("running", flush=True)
    time.sleep(60)
"""


async def asked(socket: Path, statement: str) -> object:
    connection = await asyncpg.connect(
        host=str(socket), port=5432, user="postgres", password=PASSWORD, database="postgres"
    )
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def started_elsewhere(server: EmbeddedServer) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", HOLDER, str(server.directory), PASSWORD]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    assert program.stdout.readline() == "running\n"
    return program


def ended(program: "subprocess.Popen[str]", number: signal.Signals) -> None:
    program.send_signal(number)
    program.communicate()


def server_number(server: EmbeddedServer) -> int:
    return int((server.cluster / "postmaster.pid").read_text().splitlines()[0])


@pytest.fixture
def server(tmp_path: Path) -> EmbeddedServer:
    return EmbeddedServer(tmp_path / "a data directory", PASSWORD, durable=False)


async def test_a_second_start_finds_what_the_first_kept(server: EmbeddedServer) -> None:
    with server.running() as socket:
        await asked(socket, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert not (server.cluster / "postmaster.pid").exists()
    with server.running() as socket:
        assert await asked(socket, "SELECT answer FROM kept") == 42


async def test_the_server_of_a_killed_program_is_taken_over_and_stopped_at_the_end(server: EmbeddedServer) -> None:
    ended(started_elsewhere(server), signal.SIGKILL)
    left_behind = server_number(server)
    with server.running() as socket:
        assert server_number(server) == left_behind
        assert await asked(socket, "SELECT 1") == 1
    assert not (server.cluster / "postmaster.pid").exists()


async def test_a_server_that_was_killed_too_starts_again(server: EmbeddedServer) -> None:
    program = started_elsewhere(server)
    number = server_number(server)
    os.kill(number, signal.SIGKILL)
    ended(program, signal.SIGKILL)
    # As after a restart of the machine, the number of the dead server is another process's now.
    note = server.cluster / "postmaster.pid"
    note.write_text(note.read_text().replace(str(number), str(os.getpid()), 1))
    with server.running() as socket:
        assert await asked(socket, "SELECT 1") == 1


async def test_the_last_of_two_programs_stops_the_server(server: EmbeddedServer) -> None:
    with server.running():
        other = started_elsewhere(server)
    assert (server.cluster / "postmaster.pid").exists()
    with server.running() as socket:
        ended(other, signal.SIGKILL)
        assert await asked(socket, "SELECT 1") == 1
    assert not (server.cluster / "postmaster.pid").exists()


async def test_a_server_in_use_that_cannot_be_seen_is_not_started_twice(server: EmbeddedServer) -> None:
    with server.running() as socket:
        note = server.cluster / "postmaster.pid"
        written = note.read_text()
        # As from another container, where the number is nobody's.
        unseen = f"{NOBODYS_NUMBER}{written[written.index(chr(10)) :]}"
        note.write_text(unseen)
        with pytest.raises(SetupError, match="cannot be seen from here"), server.running():
            pass
        assert note.read_text() == unseen
        note.write_text(written)
        assert await asked(socket, "SELECT 1") == 1


async def test_a_directory_too_deep_for_a_socket_gets_it_elsewhere(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / ("deep" * 30), PASSWORD, durable=False)
    with server.running() as socket:
        assert await asked(socket, "SELECT 1") == 1
    assert not socket.exists()


async def test_a_half_made_cluster_is_made_anew(server: EmbeddedServer) -> None:
    half = server.directory / "postgres.unfinished"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    with server.running() as socket:
        assert await asked(socket, "SELECT 1") == 1


async def test_the_server_answers_on_no_network_address_and_only_with_the_password(server: EmbeddedServer) -> None:
    with server.running() as socket:
        assert await asked(socket, "SHOW listen_addresses") == ""
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(host=str(socket), port=5432, user="postgres", password="guess", database="postgres")


async def test_its_log_holds_nothing_of_a_statement_that_failed(server: EmbeddedServer) -> None:
    with server.running() as socket:
        for statement in ("SELECT 'canary-7319'::int", "SELECT canary_7319", "DO $$BEGIN RAISE 'canary-7319'; END$$"):
            with pytest.raises(asyncpg.PostgresError):
                await asked(socket, statement)
    log = (server.cluster / "server.log").read_text()
    assert "ready to accept connections" in log
    assert "7319" not in log
