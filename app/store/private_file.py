"""Files that hold secrets: made whole or not at all, readable by their owner only."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.store.setup_error import SetupError

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def read_or_create(path: Path, fresh: str) -> str:
    """Return the text of `path`; if there is no such file, make it from `fresh` first. The first of several wins.

    Raises: SetupError if others can open the file.
    """
    if not path.exists():
        create(path, fresh)
    return read(path)


def read(path: Path) -> str:
    """Raises: SetupError if others can open the file."""
    if path.stat().st_mode & OTHERS:
        raise SetupError(f"{path} holds secrets, but others may open it. Run: chmod 600 {path}")
    return path.read_text()


def create(path: Path, text: str) -> bool:
    """Make `path` with mode 0600 and all its text at once; False if it exists, which then stays as it is."""
    with _draft(path, text) as draft:
        try:
            # A hard link never replaces a file, so a key that another process just made survives.
            os.link(draft, path)
        except FileExistsError:
            return False
    _sync(path.parent)
    return True


def replace(path: Path, text: str, *, owner: os.stat_result | None = None) -> None:
    """Make `path` with mode 0600 and all its text at once, in place of an older one; for that owner if it is given."""
    with _draft(path, text) as draft:
        if owner is not None and owner.st_uid != os.geteuid():
            os.chown(draft, owner.st_uid, owner.st_gid)
        draft.replace(path)
    _sync(path.parent)


@contextmanager
def _draft(path: Path, text: str) -> Iterator[Path]:
    """A file beside `path` with that text, for the block to put into its place."""
    make_directory(path.parent)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    draft = Path(name)
    try:
        with os.fdopen(number, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def make_directory(path: Path) -> None:
    """Make a directory that others may pass, but not look into: root's database server runs as another user."""
    path.mkdir(parents=True, exist_ok=True, mode=0o711)


def check_directory(path: Path, setting: str) -> None:
    """Make the directory that a setting names, if it is missing.

    Raises: SetupError if no files can be kept there.
    """
    try:
        make_directory(path)
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        raise SetupError(f"{setting}: no files can be kept in {path}: {error.strerror}.") from error


def _sync(directory: Path) -> None:
    """Make the new name as lasting as the text: a lost key file would make every value unreadable."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
