"""Where a participant's secrets are kept on its own machine: in the key ring of the system, or in a private file."""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import keyring
from keyring.backends import fail, null
from keyring.errors import KeyringError, PasswordDeleteError

from . import private_files
from .errors import Misconfigured

SERVICE = "lantern-exchange"

CLIENT_SECRET = "client-secret"  # noqa: S105 - a name
REFRESH_TOKEN = "refresh-token"  # noqa: S105 - a name
# What lets a profile ask; a match key is not among it.
CREDENTIALS = (CLIENT_SECRET, REFRESH_TOKEN)


def match_key(epoch: int) -> str:
    """The name under which the match key of that epoch is kept."""
    return f"match-key-{epoch}"


class Vault(Protocol):
    """Secrets by name, of one profile."""

    @property
    def place(self) -> str:
        """For people: where they are."""

    def read(self, name: str) -> str | None: ...

    def keep(self, name: str, secret: str) -> None: ...

    def forget(self, name: str) -> None: ...

    def turn(self) -> AbstractContextManager[object] | None:
        """Held while a secret is read, used up and replaced; null while somebody else does."""

    def lock(self) -> AbstractContextManager[object]:
        """The same, once nobody else does."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The key ring of whoever is logged in to this machine; there a profile is known by where its state is."""

    state: Path

    @property
    def place(self) -> str:
        return "the key ring of this machine"

    def read(self, name: str) -> str | None:
        try:
            return keyring.get_password(SERVICE, str(self.state / name))
        except KeyringError as error:
            raise _locked(error) from None

    def keep(self, name: str, secret: str) -> None:
        try:
            keyring.set_password(SERVICE, str(self.state / name), secret)
        except KeyringError as error:
            raise _locked(error) from None

    def forget(self, name: str) -> None:
        try:
            keyring.delete_password(SERVICE, str(self.state / name))
        except PasswordDeleteError:
            return  # It is not there.
        except KeyringError as error:
            raise _locked(error) from None

    def turn(self) -> AbstractContextManager[object] | None:
        return private_files.try_locked(self.state / "secrets.lock")

    def lock(self) -> AbstractContextManager[object]:
        return private_files.locked(self.state / "secrets.lock")


@dataclass(frozen=True, slots=True)
class SecretsFile:
    """A file of mode 0600, for machines without a key ring."""

    file: Path

    @property
    def place(self) -> str:
        return f"{self.file}, which nobody else on this machine may read"

    def read(self, name: str) -> str | None:
        return self._all().get(name)

    def keep(self, name: str, secret: str) -> None:
        self._change({name: secret})

    def forget(self, name: str) -> None:
        self._change({name: None})

    def turn(self) -> AbstractContextManager[object] | None:
        return private_files.try_locked(self.file.with_suffix(".lock"))

    def lock(self) -> AbstractContextManager[object]:
        return private_files.locked(self.file.with_suffix(".lock"))

    def _change(self, changes: dict[str, str | None]) -> None:
        """Another process may change another secret at the same time, and neither may be lost."""
        with private_files.locked(self.file.with_suffix(".writing")):
            left = {name: secret for name, secret in (self._all() | changes).items() if secret is not None}
            private_files.write(self.file, json.dumps(left, indent=1) + "\n")

    def _all(self) -> dict[str, str]:
        if not self.file.exists():
            return {}
        try:
            found = json.loads(private_files.read_secret(self.file))
            return {str(name): str(secret) for name, secret in found.items()}
        except (json.JSONDecodeError, AttributeError):
            raise Misconfigured(f"{self.file} is not what was written there.") from None


def of(state: Path) -> Vault:
    """A file among the state of the profile if there is one already, else the key ring where one works, else a file.

    So what began in a file stays there, also when a desktop with a key ring comes by.
    """
    file = SecretsFile(state / "secrets.json")
    if file.file.exists() or isinstance(keyring.get_keyring(), fail.Keyring | null.Keyring):
        return file
    return KeyRing(state)


def _locked(error: KeyringError) -> Misconfigured:
    return Misconfigured(f"The key ring of this machine does not answer ({type(error).__name__}): unlock it.")
