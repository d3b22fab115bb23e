"""Files that nobody else on the machine may read, written whole or not at all."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import Misconfigured, NotReady


def directory(path: Path) -> Path:
    """Make the directory with mode 0700 unless it is there."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def write(path: Path, text: str) -> None:
    """Replace the file at once, with mode 0600; it is on the disk when this returns."""
    directory(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            written.write(text)
            written.flush()
            os.fsync(written.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_secret(path: Path) -> str:
    """The text of a file that holds a secret, without white space around it.

    Raises: Misconfigured if it cannot be read, or others may read it.
    """
    try:
        if path.stat().st_mode & 0o077:
            raise Misconfigured(f"{path} holds a secret, and others may read it: chmod 600 it.")
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(f"{path} cannot be read.") from None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait until no other process is in such a block for the same path."""
    directory(path.parent)
    with path.open("a") as lock:
        path.chmod(0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def claimed(path: Path, otherwise: str) -> Iterator[None]:
    """As `locked`, but without waiting.

    Raises: NotReady, with the message `otherwise`, while another process is in such a block.
    """
    directory(path.parent)
    with path.open("a") as lock:
        path.chmod(0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotReady(otherwise) from None
        yield
