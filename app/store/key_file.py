"""The file that holds the keys of the exchange."""

from pathlib import Path

from app.rules.keyring import Keyring
from app.store import private_file
from app.store.setup_error import SetupError


def load_or_create_keys(path: Path) -> Keyring:
    """For an exchange that has no keys yet: read them, or make them first, with mode 0600.

    Raises: SetupError if others can open the file, or it is damaged or cannot be made; it is never replaced.
    """
    try:
        return _read(path)
    except FileNotFoundError:
        private_file.check_directory(path.parent, "LANTERN_KEY_FILE")
        private_file.create(path, Keyring.generate().to_json())
        return _read(path)


def load_keys(path: Path) -> Keyring:
    """For an exchange that was set up. Raises: SetupError if others can open the file, or it is missing or damaged."""
    try:
        return _read(path)
    except FileNotFoundError as error:
        raise SetupError(
            f"{path} is missing, and without the keys in it nothing of this exchange can be read: restore it from the"
            " backup, or say with LANTERN_KEY_FILE where it is."
        ) from error


def replace_keys(path: Path, keyring: Keyring) -> None:
    """Put these keys in place of the file's, at once; it stays its owner's, as root may do this for the exchange.

    Raises: SetupError if the file cannot be replaced; it is as it was then.
    """
    place = path.resolve()
    try:
        private_file.replace(place, keyring.to_json(), owner=place.stat())
    except OSError as error:
        raise SetupError(f"LANTERN_KEY_FILE: {place} cannot be replaced: {error.strerror}.") from error


def _read(path: Path) -> Keyring:
    try:
        return Keyring.from_json(private_file.read(path))
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SetupError(f"LANTERN_KEY_FILE: {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SetupError(f"{path}: {error}") from error
