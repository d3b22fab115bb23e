"""Which exchange to ask, and in whose name: from a profile of the configuration file, or from the environment."""

import json
import os
import re
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
# What a profile may say, and as what.
_KEYS: Mapping[str, type] = {
    "url": str,
    "client": str,
    "issuer": str,
    "secret_file": str,
    "key_file": str,
    "person": bool,
}
# It is the name of a directory too.
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Profile:
    """One client of one exchange. `person`: whether somebody signs in, rather than a program by itself. `from_file`:
    whether it is the client that the configuration file names, whose secrets are in the vault."""

    name: str
    home: Path
    url: str
    client_id: str
    issuer: str | None = None
    secret_file: Path | None = None
    key_file: Path | None = None
    person: bool = False
    from_file: bool = True

    @property
    def state(self) -> Path:
        """Where the replica, the outbox and the journals of imports are; made with mode 0700."""
        return private_files.directory(self.home / self.name)

    def vault(self) -> Vault:
        return vault.of(self.state)

    def match_key(self, epoch: int) -> str | None:
        """The match key of that epoch, if it is on this machine. Raises: Misconfigured."""
        return self.vault().read(vault.match_key(epoch))


def home(environment: Mapping[str, str] = os.environ) -> Path:
    """Where configuration and state are: `EXCHANGE_HOME`, else `lantern` among the user's configuration."""
    if HOME in environment:
        return Path(environment[HOME])
    return Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "lantern"


def profile(name: str | None = None, environment: Mapping[str, str] = os.environ) -> Profile:
    """The profile of this name, or the default one; what the environment says goes before the file.

    A client that the environment names has nothing of the file's client, nor is the file's client shown to an exchange
    that the environment names. Raises: Misconfigured.
    """
    place = home(environment)
    said = _read(place / FILE)
    wanted = chosen_name(name, environment)
    found = _profile_of(said, wanted, place / FILE)
    from_file = CLIENT not in environment
    if from_file and "client" in found and environment.get(URL, found.get("url")) != found.get("url"):
        raise Misconfigured(f"{URL} names another exchange than the profile: say with {CLIENT} who asks there.")
    mine = found if from_file else {}
    url, client = environment.get(URL, found.get("url")), environment.get(CLIENT, found.get("client"))
    if not url or not client:
        login = "lantern login" if wanted == DEFAULT_PROFILE else f"lantern --profile {wanted} login"
        raise Misconfigured(
            f"There is no profile `{wanted}` here: run `{login}`, or put {URL} and {CLIENT} into the environment."
        )
    return Profile(
        name=wanted,
        home=place,
        url=url,
        client_id=client,
        issuer=environment.get(ISSUER, found.get("issuer")),
        secret_file=_path(environment.get(SECRET_FILE, mine.get("secret_file"))),
        key_file=_path(environment.get(KEY_FILE, mine.get("key_file"))),
        person=mine.get("person", False),
        from_file=from_file,
    )


def kept(name: str) -> Profile | None:
    """As the configuration file alone has it. Raises: Misconfigured."""
    place = home()
    profiles = _read(place / FILE).get("profiles", {})
    return profile(name, {HOME: str(place)}) if name in profiles else None


def chosen_name(name: str | None = None, environment: Mapping[str, str] = os.environ) -> str:
    """Of the profile, whether it is there or not. Raises: Misconfigured."""
    default = _read(home(environment) / FILE).get("default", DEFAULT_PROFILE)
    chosen = name or environment.get(PROFILE) or str(default)
    if not _NAME.fullmatch(chosen) or chosen == FILE:
        raise Misconfigured("The name of a profile is made of up to 64 letters, digits, dots, dashes and underscores.")
    return chosen


def forget(gone: Profile) -> None:
    """Take the profile out of the configuration file."""
    file = gone.home / FILE
    said = _read(file)
    profiles = said.get("profiles", {})
    profiles.pop(gone.name, None)
    _write(file, said.get("default"), profiles)


def keep(given: Profile) -> None:
    """Write the profile into the configuration file, as the default if it is the first."""
    file = given.home / FILE
    said = _read(file)
    profiles = said.get("profiles", {})
    profiles[given.name] = {
        "url": given.url,
        "client": given.client_id,
        "issuer": given.issuer,
        "secret_file": None if given.secret_file is None else str(given.secret_file),
        "key_file": None if given.key_file is None else str(given.key_file),
        "person": given.person or None,
    }
    _write(file, said.get("default", given.name), profiles)


def _write(file: Path, default: str | None, profiles: Mapping[str, Mapping[str, Any]]) -> None:
    lines = [f"default = {_toml(default)}"] if default is not None and default in profiles else []
    for name, values in profiles.items():
        lines += ["", f"[profiles.{_toml(name)}]"]
        lines += [f"{key} = {_toml(value)}" for key, value in values.items() if value is not None]
    private_files.write(file, "\n".join(lines).lstrip() + "\n")


def authority(of: Profile, environment: Mapping[str, str] = os.environ) -> Authority:
    """Who asks, with its secret or key.

    Raises: Misconfigured.
    """
    if of.person:
        return person(of.client_id, of.vault())
    if secret := environment.get(SECRET):
        return ClientSecret(of.client_id, secret)
    if of.key_file is not None:
        return ClientKey.read(of.client_id, private_files.read_secret(of.key_file))
    if of.secret_file is not None:
        return ClientSecret(of.client_id, private_files.read_secret(of.secret_file))
    secret = of.vault().read(vault.CLIENT_SECRET) if of.from_file else None
    if secret is None:
        raise Misconfigured(f"There is no secret for this client: run `lantern login`, or set {SECRET_FILE}.")
    return ClientSecret(of.client_id, secret)


def person(client_id: str, kept: Vault) -> SignedIn:
    """Whoever signed in at this program, with its refresh token in the vault."""
    return SignedIn(
        client_id,
        load=lambda: kept.read(vault.REFRESH_TOKEN),
        keep=lambda token: kept.keep(vault.REFRESH_TOKEN, token),
        take_turn=kept.turn,
    )


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


def _profile_of(said: Mapping[str, Any], name: str, file: Path) -> Mapping[str, Any]:
    """Raises: Misconfigured if it says what no profile does."""
    profiles = said.get("profiles", {})
    found = profiles.get(name, {}) if isinstance(profiles, dict) else profiles
    if not isinstance(found, dict):
        raise Misconfigured(f"{file}: profiles are tables like [profiles.{DEFAULT_PROFILE}].")
    if unknown := found.keys() - _KEYS.keys():
        raise Misconfigured(f"{file}: a profile has no {', '.join(sorted(unknown))}.")
    if odd := [key for key, value in found.items() if not isinstance(value, _KEYS[key])]:
        raise Misconfigured(f"{file}: {odd[0]} has to be {'true or false' if odd[0] == 'person' else 'a text'}.")
    return found


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text).expanduser()


def _toml(value: str | bool) -> str:
    """A text of JSON is one of TOML too."""
    return json.dumps(value, ensure_ascii=False)
