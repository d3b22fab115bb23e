"""The life of the embedded PostgreSQL: made once, started with the program, stopped with the last that uses it."""

import fcntl
import os
import shlex
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from app.store import private_file, server_options
from app.store.server_programs import Programs, program
from app.store.server_user import server_user
from app.store.setup_error import SetupError

# The release of PostgreSQL whose files the programs can read.
VERSION = "18"
# Bytes that the directory of a Unix socket may have, of 107 with the file's own name.
SOCKET_DIRECTORY_MAX = 90
# Seconds; recovery after a crash may take its time.
START_SECONDS = 300
STOP_SECONDS = 60
PAUSES = (0.2, 1, 3)


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """One PostgreSQL in a directory that is ours alone; without `durable` a crash of the machine may lose data."""

    directory: Path
    superuser_password: str
    durable: bool = True

    @property
    def cluster(self) -> Path:
        return self.directory / "postgres"

    @contextmanager
    def running(self) -> Iterator[Path]:
        """Keep the server running and give the directory of its socket. Blocks for about a second.

        A server that a killed program left behind is taken over. The last of the programs that share it stops it.
        Raises: SetupError if it cannot be made or started.
        """
        private_file.make_directory(self.directory)
        with (self.directory / "users.lock").open("a") as users:
            with self._alone():
                programs = Programs(server_user(self.cluster, program("postgres")))
                socket = self._socket_of_running() or self._start(programs, users)
                fcntl.flock(users, fcntl.LOCK_SH)
            try:
                yield socket
            finally:
                with self._alone():
                    if _is_only(users):
                        self._stop(programs)
                    fcntl.flock(users, fcntl.LOCK_UN)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One program at a time makes, starts or stops the server; the lock goes when the program does, however."""
        with (self.directory / "start.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _start(self, programs: Programs, users: IO[str]) -> Path:
        if not _is_only(users):
            # As from another container: a second server on the same files would destroy them.
            raise SetupError(f"Another program uses {self.directory}, and its database cannot be seen from here.")
        # PostgreSQL refuses to start while any process has the number of the one that left this behind.
        (self.cluster / "postmaster.pid").unlink(missing_ok=True)
        if not self.cluster.exists():
            self._create(programs)
        found = (self.cluster / "PG_VERSION").read_text().strip()
        if found != VERSION:
            raise SetupError(f"{self.cluster} is of PostgreSQL {found}, not {VERSION}: move the data with pg_dump.")
        socket = self._socket_directory()
        programs.user.own(socket)
        options = server_options.at_start(durable=self.durable, socket_directory=str(socket))
        words = " ".join(shlex.join(("-c", f"{name}={value}")) for name, value in options.items())
        limits = ("-w", "-t", str(START_SECONDS), "-l", str(self.cluster / "server.log"), "-o", words)
        _try_again(lambda: programs.run("pg_ctl", "start", "-D", str(self.cluster), *limits))
        return socket

    def _create(self, programs: Programs) -> None:
        """Make the cluster beside its place and move it there, so that a half-made one is never taken for whole."""
        draft = self.directory / "postgres.unfinished"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        programs.user.own(draft)
        options = server_options.INITIAL if self.durable else (*server_options.INITIAL, "--no-sync")
        with tempfile.NamedTemporaryFile("w", dir=self.directory) as password:
            password.write(self.superuser_password)
            password.flush()
            programs.user.own(Path(password.name))
            names = ("-U", server_options.SUPERUSER, f"--pwfile={password.name}")
            programs.run("initdb", "-D", str(draft), *names, *options)
        draft.rename(self.cluster)

    def _stop(self, programs: Programs) -> None:
        socket = self._socket_of_running()
        if socket is None:
            return
        programs.run("pg_ctl", "stop", "-D", str(self.cluster), "-m", "fast", "-w", "-t", str(STOP_SECONDS))
        if socket.parent != self.directory:
            shutil.rmtree(socket)

    def _socket_directory(self) -> Path:
        """A directory that only the server's user enters; elsewhere if its name is too long for a socket."""
        socket = self.directory / "socket"
        if len(os.fsencode(socket)) > SOCKET_DIRECTORY_MAX:
            return Path(tempfile.mkdtemp(prefix="lantern-"))
        socket.mkdir(mode=0o700, exist_ok=True)
        for stale in socket.iterdir():
            stale.unlink()
        return socket

    def _socket_of_running(self) -> Path | None:
        """Where the running server has its socket, once it is ready; None if there is no server."""
        note = self.cluster / "postmaster.pid"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            lines = note.read_text().splitlines() if note.exists() else []
            if not lines or not _runs(int(lines[0]), self.cluster):
                return None
            if len(lines) > 7 and lines[7].strip() == "ready":
                return Path(lines[4])
            time.sleep(0.05)
        raise SetupError(f"The database in {self.cluster} neither starts nor stops: see server.log there.")


def _try_again(start: Callable[[], None]) -> None:
    """The processes of a server that was killed take a moment to end, and no other starts beside them."""
    for pause in PAUSES:
        try:
            return start()
        except SetupError:
            time.sleep(pause)
    return start()


def _is_only(users: IO[str]) -> bool:
    """Whether no other program uses the server; then this one holds the lock alone."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _runs(number: int, cluster: Path) -> bool:
    """Whether that process is the server of `cluster`, and not one that got the number of a dead server."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # It exists and is another user's; its command line tells the rest.
    command = Path(f"/proc/{number}/cmdline")
    return not command.exists() or os.fsencode(cluster) in command.read_bytes()
