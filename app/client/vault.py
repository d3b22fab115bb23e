"""Where a participant's secrets are kept on its own machine: in the key ring of the system, or in a private file."""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import keyring
from keyring.backends import fail
from keyring.errors import KeyringError, PasswordDeleteError

from . import private_files
from .errors import Misconfigured

SERVICE = "lantern-exchange"

CLIENT_SECRET = "client-secret"  # noqa: S105 - a name
REFRESH_TOKEN = "refresh-token"  # noqa: S105 - a name


def match_key(epoch: int) -> str:
    """The name under which the match key of that epoch is kept."""
    return f"match-key-{epoch}"


class Vault(Protocol):
    """Secrets by name, of one profile."""

    def read(self, name: str) -> str | None: ...

    def keep(self, name: str, secret: str) -> None: ...

    def forget(self, name: str) -> None: ...

    def lock(self) -> AbstractContextManager[None]:
        """Held while a secret is read, used up and replaced."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The key ring of whoever is logged in to this machine."""

    profile: str
    lock_file: Path

    def read(self, name: str) -> str | None:
        try:
            return keyring.get_password(SERVICE, f"{self.profile}/{name}")
        except KeyringError as error:
            raise _locked(error) from None

    def keep(self, name: str, secret: str) -> None:
        try:
            keyring.set_password(SERVICE, f"{self.profile}/{name}", secret)
        except KeyringError as error:
            raise _locked(error) from None

    def forget(self, name: str) -> None:
        try:
            keyring.delete_password(SERVICE, f"{self.profile}/{name}")
        except PasswordDeleteError:
            return  # It is not there.
        except KeyringError as error:
            raise _locked(error) from None

    def lock(self) -> AbstractContextManager[None]:
        return private_files.locked(self.lock_file)


@dataclass(frozen=True, slots=True)
class SecretsFile:
    """A file of mode 0600, for machines without a key ring."""

    file: Path

    def read(self, name: str) -> str | None:
        found = self._all().get(name)
        return found if found is None else str(found)

    def keep(self, name: str, secret: str) -> None:
        private_files.write(self.file, json.dumps(self._all() | {name: secret}, indent=1) + "\n")

    def forget(self, name: str) -> None:
        left = {other: secret for other, secret in self._all().items() if other != name}
        private_files.write(self.file, json.dumps(left, indent=1) + "\n")

    def lock(self) -> AbstractContextManager[None]:
        return private_files.locked(self.file.with_suffix(".lock"))

    def _all(self) -> dict[str, str]:
        if not self.file.exists():
            return {}
        try:
            found = json.loads(private_files.read_secret(self.file))
        except json.JSONDecodeError:
            raise Misconfigured(f"{self.file} is not what was written there.") from None
        return found if isinstance(found, dict) else {}


def of(home: Path, profile: str) -> Vault:
    """The key ring where the machine has one that works, else a file in `home`."""
    if isinstance(keyring.get_keyring(), fail.Keyring):
        return SecretsFile(home / profile / "secrets.json")
    return KeyRing(profile, home / profile / "secrets.lock")


def _locked(error: KeyringError) -> Misconfigured:
    return Misconfigured(f"The key ring of this machine does not answer ({type(error).__name__}): unlock it.")
