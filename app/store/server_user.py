"""Who runs the embedded PostgreSQL: it refuses to run as root, so root hands it to an unprivileged user."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from app.store.setup_error import SetupError

# Every system has this account, so none has to be made.
UNPRIVILEGED = "nobody"
# What the server may need to pass directories that are closed to others, as /root is. The least first.
CAPABILITIES = (None, "dac_read_search", "dac_override")


@dataclass(frozen=True, slots=True)
class ServerUser:
    """How to start a program of the server, and who owns its files; None: whoever runs this program."""

    prefix: tuple[str, ...] = ()
    owner: tuple[int, int] | None = None

    def own(self, path: Path) -> None:
        """Give a file or an empty directory to the server."""
        if self.owner is not None:
            os.chown(path, *self.owner)


def server_user(cluster: Path, program: Path) -> ServerUser:
    """Choose who runs the server: the owner of an existing `cluster`, so that root can go on with a user's data.

    Raises: SetupError if the cluster is another user's, or if root finds no way.
    """
    if os.geteuid() != 0:
        if cluster.exists() and cluster.stat().st_uid != os.geteuid():
            raise SetupError(f"{cluster} belongs to another user: run as that user, or set LANTERN_DATA_DIRECTORY.")
        return ServerUser()
    if shutil.which("setpriv") is None:
        raise SetupError("To start PostgreSQL, root needs `setpriv` (package util-linux); or run as another user.")
    owner = _owner(cluster)
    for capability in CAPABILITIES:
        prefix = _prefix(owner, capability)
        if _can_run(prefix, program, cluster.parent):
            return ServerUser(prefix, owner)
    raise SetupError(
        f"PostgreSQL does not run as root, and the user {UNPRIVILEGED} cannot enter {cluster.parent}: "
        "run as an ordinary user, or set LANTERN_DATABASE_URL."
    )


def _owner(cluster: Path) -> tuple[int, int]:
    if cluster.exists() and cluster.stat().st_uid != 0:
        return cluster.stat().st_uid, cluster.stat().st_gid
    account = pwd.getpwnam(UNPRIVILEGED)
    return account.pw_uid, account.pw_gid


def _prefix(owner: tuple[int, int], capability: str | None) -> tuple[str, ...]:
    drop = ("setpriv", f"--reuid={owner[0]}", f"--regid={owner[1]}", "--clear-groups", "--no-new-privs")
    if capability is None:
        return drop
    # Without the last, the server's own question whether it may open a file is answered without the capability.
    return (*drop, f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}", "--securebits=+no_setuid_fixup")


def _can_run(prefix: tuple[str, ...], program: Path, directory: Path) -> bool:
    command = (*prefix, "sh", "-c", 'cd "$0" && exec "$1" --version', str(directory), str(program))
    return subprocess.run(command, capture_output=True, check=False, cwd="/").returncode == 0  # noqa: S603 - quoted
