"""Files that nobody else on the machine may read, written whole or not at all."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, TextIO

from .errors import Misconfigured, NotReady


def directory(path: Path) -> Path:
    """Make the directory, and those above it, with mode 0700 unless they are there.

    Raises: NotReady if it cannot be.
    """
    try:
        # `parents=True` would leave those above to the umask, and who may write there replaces what is below.
        for missing in [one for one in reversed((path, *path.parents)) if not one.exists()]:
            missing.mkdir(mode=0o700, exist_ok=True)
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise NotReady(f"{path} cannot be made: {error.strerror}.") from None
    return path


def write(path: Path, text: str) -> None:
    """Replace the file at once, with mode 0600; it is on the disk when this returns."""
    directory(path.parent)
    with replacing(path) as written:
        written.write(text)


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """What is written in the block is the file once it ends, with mode 0600 and on the disk; if it fails, nothing is.

    Raises: Misconfigured if it cannot be written there.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}.") from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as written:
            yield written
            written.flush()
            os.fsync(written.fileno())
        os.replace(name, path)
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise Misconfigured(f"{path} cannot be written: {error.strerror}.") from None
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def try_writing(path: Path) -> None:
    """Raises: Misconfigured if `write` could not; the file itself stays as it is."""
    try:
        with tempfile.TemporaryFile(dir=directory(path.parent)):
            pass
    except NotReady as error:
        raise Misconfigured(str(error)) from None
    except OSError as error:
        raise Misconfigured(f"{path} cannot be written: {error.strerror}.") from None
    if path.is_dir():
        raise Misconfigured(f"{path} is a directory.")


def identity(path: Path) -> tuple[int, int] | None:
    """By which a file is known from one that has taken its place since; null if there is none. Whoever holds the old
    one open keeps its number from being given again."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def read_secret(path: Path) -> str:
    """The text of a file that holds a secret, without white space around it.

    Raises: Misconfigured if it cannot be read, or is the reader's own and others may read it, too.
    """
    try:
        status = path.stat()
        if status.st_uid == os.getuid() and status.st_mode & 0o077:
            raise Misconfigured(f"{path} holds a secret, and others may read it: chmod 600 it.")
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(f"{path} cannot be read.") from None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait until nobody else has the same path locked."""
    with _lock_file(path) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def try_locked(path: Path) -> AbstractContextManager[object] | None:
    """Locked as by `locked` until the block ends; null if somebody else has it."""
    lock = _lock_file(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


@contextmanager
def claimed(path: Path, otherwise: str) -> Iterator[None]:
    """As `locked`, but without waiting.

    Raises: NotReady, with the message `otherwise`, while another process is in such a block.
    """
    lock = try_locked(path)
    if lock is None:
        raise NotReady(otherwise)
    with lock:
        yield


def _lock_file(path: Path) -> IO[str]:
    """Closing it, or the end of the process, unlocks it."""
    directory(path.parent)
    try:
        lock = path.open("a")
        path.chmod(0o600)
    except OSError as error:
        raise NotReady(f"{path} cannot be written: {error.strerror}.") from None
    return lock
