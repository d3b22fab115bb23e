"""A key ring that works on every machine: what it keeps, a file has."""

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class FileKeyRing(KeyringBackend):
    """In the file that `TEST_KEY_RING` names."""

    priority = 1.0  # type: ignore[assignment]

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service}:{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._write(self._all() | {f"{service}:{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        there = self._all()
        if there.pop(f"{service}:{username}", None) is None:
            raise PasswordDeleteError("not there")
        self._write(there)

    def _all(self) -> dict[str, str]:
        file = Path(os.environ["TEST_KEY_RING"])
        found: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        return found

    def _write(self, secrets: dict[str, str]) -> None:
        Path(os.environ["TEST_KEY_RING"]).write_text(json.dumps(secrets))
