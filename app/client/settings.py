"""Which exchange to ask, and in whose name: from a profile of the configuration file, or from the environment."""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import private_files, vault
from .authority import Authority, ClientKey, ClientSecret, SignedIn
from .conversation import Patience
from .errors import Misconfigured
from .exchange import AsyncExchange, Exchange
from .vault import Vault

HOME, PROFILE = "EXCHANGE_HOME", "EXCHANGE_PROFILE"
URL, CLIENT, ISSUER = "EXCHANGE_URL", "EXCHANGE_CLIENT", "EXCHANGE_ISSUER"
SECRET, SECRET_FILE, KEY_FILE = "EXCHANGE_SECRET", "EXCHANGE_SECRET_FILE", "EXCHANGE_KEY_FILE"

DEFAULT_PROFILE = "main"
FILE = "config.toml"
# What a profile may say.
_KEYS = frozenset({"url", "client", "issuer", "secret_file", "key_file", "person"})


@dataclass(frozen=True, slots=True)
class Profile:
    """One client of one exchange. `person`: whether somebody signs in, rather than a program by itself."""

    name: str
    home: Path
    url: str
    client_id: str
    issuer: str | None = None
    secret_file: Path | None = None
    key_file: Path | None = None
    person: bool = False

    @property
    def state(self) -> Path:
        """Where the replica, the outbox and the journals of imports are; made with mode 0700."""
        return private_files.directory(self.home / self.name)

    def vault(self) -> Vault:
        return vault.of(self.home, self.name)


def home(environment: Mapping[str, str] = os.environ) -> Path:
    """Where configuration and state are: `EXCHANGE_HOME`, else `lantern` among the user's configuration."""
    if HOME in environment:
        return Path(environment[HOME])
    return Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "lantern"


def profile(name: str | None = None, environment: Mapping[str, str] = os.environ) -> Profile:
    """The profile of this name, or the default one; what the environment says goes before the file.

    Raises: Misconfigured.
    """
    place = home(environment)
    said = _read(place / FILE)
    wanted = name or environment.get(PROFILE) or said.get("default", DEFAULT_PROFILE)
    found = said.get("profiles", {}).get(wanted, {})
    if unknown := found.keys() - _KEYS:
        raise Misconfigured(f"{place / FILE}: a profile has no {', '.join(sorted(unknown))}.")
    url, client = environment.get(URL, found.get("url")), environment.get(CLIENT, found.get("client"))
    if not url or not client:
        raise Misconfigured(f"Run `lantern login`, or put {URL} and {CLIENT} into the environment.")
    return Profile(
        name=wanted,
        home=place,
        url=url,
        client_id=client,
        issuer=environment.get(ISSUER, found.get("issuer")),
        secret_file=_path(environment.get(SECRET_FILE, found.get("secret_file"))),
        key_file=_path(environment.get(KEY_FILE, found.get("key_file"))),
        person=bool(found.get("person")) and CLIENT not in environment,
    )


def keep(kept: Profile) -> None:
    """Write the profile into the configuration file, as the default if it is the first."""
    file = kept.home / FILE
    said = _read(file)
    profiles = said.get("profiles", {})
    profiles[kept.name] = {
        "url": kept.url,
        "client": kept.client_id,
        "issuer": kept.issuer,
        "secret_file": None if kept.secret_file is None else str(kept.secret_file),
        "key_file": None if kept.key_file is None else str(kept.key_file),
        "person": kept.person or None,
    }
    lines = [f"default = {_toml(said.get('default', kept.name))}"]
    for name, values in profiles.items():
        lines += ["", f"[profiles.{_toml(name)}]"]
        lines += [f"{key} = {_toml(value)}" for key, value in values.items() if value is not None]
    private_files.write(file, "\n".join(lines) + "\n")


def authority(of: Profile, environment: Mapping[str, str] = os.environ) -> Authority:
    """Who asks, with its secret or key.

    Raises: Misconfigured.
    """
    kept = of.vault()
    if of.person:
        return SignedIn(
            of.client_id,
            load=lambda: kept.read(vault.REFRESH_TOKEN),
            keep=lambda token: kept.keep(vault.REFRESH_TOKEN, token),
            lock=kept.lock,
        )
    if of.key_file is not None:
        return ClientKey.read(of.client_id, private_files.read_secret(of.key_file))
    if secret := environment.get(SECRET):
        return ClientSecret(of.client_id, secret)
    if of.secret_file is not None:
        return ClientSecret(of.client_id, private_files.read_secret(of.secret_file))
    secret = kept.read(vault.CLIENT_SECRET)
    if secret is None:
        raise Misconfigured(f"There is no secret for this client: run `lantern login`, or set {SECRET_FILE}.")
    return ClientSecret(of.client_id, secret)


def connect(of: Profile, patience: Patience | None = None) -> Exchange:
    """Raises: Misconfigured."""
    return Exchange(of.url, authority(of), patience=patience, issuer=of.issuer)


def connect_async(of: Profile, patience: Patience | None = None) -> AsyncExchange:
    """Raises: Misconfigured."""
    return AsyncExchange(of.url, authority(of), patience=patience, issuer=of.issuer)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(f"{file} cannot be read: {error}") from None


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text).expanduser()


def _toml(value: str | bool) -> str:
    """A text of JSON is one of TOML too."""
    return json.dumps(value, ensure_ascii=False)
