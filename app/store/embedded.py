"""The life of the embedded PostgreSQL: made once, started with the program, stopped with the last that uses it."""

import fcntl
import importlib.util
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.store.server_user import ServerUser, server_user
from app.store.setup_error import SetupError

SUPERUSER = "postgres"
# It only names the socket: the server listens on no network address.
PORT = 5432
# Bytes that the name of a Unix socket may have, with room for the file's own name.
SOCKET_DIRECTORY_MAX = 90
# Seconds; recovery after a crash may take its time, a fast shutdown does not.
START_SECONDS = 300
STOP_SECONDS = 60

# Nothing of what a client sends may reach the server's log: no statement, no parameter, no message of a failed one.
QUIET = {
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
}
# For many small statements on one machine: no JIT, no parallel plans, room for bursts of writes between checkpoints.
WORKLOAD = {
    "timezone": "UTC",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
}
# For tests, whose data nobody misses after a crash of the machine.
FLEETING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "64MB"}


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """One PostgreSQL under `directory`, which is ours alone; without `durable` a crash may lose data."""

    directory: Path
    superuser_password: str
    durable: bool = True

    @property
    def cluster(self) -> Path:
        return self.directory / "postgres"

    @contextmanager
    def running(self) -> Iterator[Path]:
        """Keep the server running and give the directory of its socket. Blocks for about a second.

        A server that an ended program left behind is taken over. The last of the programs that share it stops it.
        Raises: SetupError if it cannot be made or started, or is not ours.
        """
        _prepare(self.directory)
        with (self.directory / "users.lock").open("a") as users:
            with _alone(self.directory):
                user = server_user(self.cluster, _program("postgres"))
                if not self.cluster.exists():
                    _create(self, user)
                _check_version(self.cluster)
                socket = _address(self.cluster) if _is_running(self.cluster, user) else _start(self, user)
                fcntl.flock(users, fcntl.LOCK_SH)
            try:
                yield socket
            finally:
                with _alone(self.directory):
                    if _is_last(users):
                        _stop(self.cluster, user)


def _prepare(directory: Path) -> None:
    # Root's server runs as another user, who has to pass through, but not to look.
    directory.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """One program at a time makes, starts or stops the server; the lock ends with the program, however it ends."""
    with (directory / "start.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_last(users: object) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)  # type: ignore[arg-type]
    except BlockingIOError:
        return False
    return True


def _create(server: EmbeddedServer, user: ServerUser) -> None:
    """Make the cluster beside its place and move it there, so that a half-made one is never taken for whole."""
    draft = server.directory / "postgres.unfinished"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    user.own(draft)
    with tempfile.NamedTemporaryFile("w", dir=server.directory) as password:
        password.write(server.superuser_password)
        password.flush()
        user.own(Path(password.name))
        _run(user, "initdb", "--pgdata", str(draft), "--username", SUPERUSER, "--pwfile", password.name, *_INIT_OPTIONS)
    draft.rename(server.cluster)


_INIT_OPTIONS = (
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    # The server's own locale: the order of text does not depend on the machine.
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
    # The first checkpoint of the started server makes it lasting.
    "--no-sync",
)


def _start(server: EmbeddedServer, user: ServerUser) -> Path:
    socket = _socket_directory(server.directory)
    user.own(socket)
    options = WORKLOAD | QUIET | ({} if server.durable else FLEETING)
    options |= {"listen_addresses": "", "port": str(PORT), "unix_socket_directories": f'"{socket}"'}
    log = server.cluster / "server.log"
    _run(user, "pg_ctl", "-D", str(server.cluster), "-w", "-t", str(START_SECONDS), "-l", str(log), "-o", _words(options), "start")
    return socket


def _words(options: Mapping[str, str]) -> str:
    return " ".join(shlex.join(("-c", f"{name}={value}")) for name, value in options.items())


def _stop(cluster: Path, user: ServerUser) -> None:
    socket = _address(cluster)
    _run(user, "pg_ctl", "-D", str(cluster), "-m", "fast", "-w", "-t", str(STOP_SECONDS), "stop")
    if socket.parent != cluster.parent:
        shutil.rmtree(socket)


def _socket_directory(directory: Path) -> Path:
    """A directory that only the server's user enters; elsewhere if the name would be too long for a socket."""
    socket = directory / "socket"
    if len(os.fsencode(socket)) > SOCKET_DIRECTORY_MAX:
        return Path(tempfile.mkdtemp(prefix="lantern-"))
    socket.mkdir(mode=0o700, exist_ok=True)
    return socket


def _address(cluster: Path) -> Path:
    """Where a running server has its socket: the fifth line that it wrote about itself."""
    return Path((cluster / "postmaster.pid").read_text().splitlines()[4])
