"""The file that holds the keys of the exchange."""

from pathlib import Path

from app.rules.keyring import Keyring
from app.store import private_file
from app.store.setup_error import SetupError


def load_or_create_keys(path: Path) -> Keyring:
    """Read the keys; the first run makes them, with mode 0600.

    Raises: SetupError if others can open the file or it is damaged; a damaged one is never replaced.
    """
    text = private_file.read(path) if path.exists() else private_file.read_or_create(path, Keyring.generate().to_json())
    try:
        return Keyring.from_json(text)
    except ValueError as error:
        raise SetupError(f"{path}: {error}") from error
