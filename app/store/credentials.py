"""The passwords of the database roles: random, made once, kept in a file for the owner's eyes only."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from app.store import private_file
from app.store.setup_error import SetupError


@dataclass(frozen=True, slots=True)
class Credentials:
    """A password for each role; its `repr` shows none."""

    superuser: str = field(repr=False)
    owner: str = field(repr=False)
    serving: str = field(repr=False)
    worker: str = field(repr=False)


def load_or_create(path: Path) -> Credentials:
    """Raises: SetupError if others can open the file or it is damaged."""
    fresh = Credentials(*(secrets.token_urlsafe(32) for _ in range(4)))
    text = private_file.read_or_create(path, json.dumps(asdict(fresh), indent=1))
    try:
        return Credentials(**json.loads(text))
    except (TypeError, ValueError) as error:
        raise SetupError(f"{path} is damaged: restore it from a backup.") from error
