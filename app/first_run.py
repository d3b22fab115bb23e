"""What the first run of an empty exchange makes: its keys, and the demo or the first operator; secrets go to files."""

import re
import shlex
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import URL

from app.rules.ids import Prefix, shown
from app.rules.keyring import Keyring
from app.rules.participants import ParticipantClass
from app.rules.sign_ins import link_path
from app.services import bootstrap, demo
from app.services.bootstrap import Founder
from app.services.demo import DemoCredentials
from app.store import key_checks, key_file, private_file
from app.store.database import owner_session
from app.store.setup_error import SetupError

# Shell variables, so that the tour in the README can read them in.
DEMO_FILE = "demo.env"
OPERATOR_FILE = "operator.env"


@dataclass(frozen=True, slots=True)
class DemoFile:
    """Where the credentials of the demo are kept, and themselves if it was just made."""

    path: Path
    is_new: bool
    made: DemoCredentials | None = field(default=None, compare=False)


async def keys(owner: URL, path: Path) -> Keyring:
    """The keys of this exchange; they are made only for one that was never set up.

    Raises: SetupError if the file is missing, damaged, or of another exchange.
    """
    async with owner_session(owner) as session:
        is_set_up = await key_checks.any_recorded(session)
    keyring = key_file.load_keys(path) if is_set_up else key_file.load_or_create_keys(path)
    await check_keys(owner, keyring, path)
    return keyring


async def check_keys(owner: URL, keyring: Keyring, path: Path) -> None:
    """Compare the keys with what the database knows of them, if it knows any; versions that are new are kept there.

    Raises: SetupError if they are not those of this exchange; nothing is kept then.
    """
    async with owner_session(owner) as session:
        if await key_checks.any_recorded(session):
            await key_checks.record(session, keyring)
        unlike = await key_checks.unlike(session, keyring)
        if unlike:
            raise SetupError(
                f"{path} has not the keys of this exchange ({', '.join(unlike)}): restore it from the backup, or say"
                " with LANTERN_KEY_FILE where the right one is. Hosts that share a database share one key file."
            )


async def ensure_demo(owner: URL, keyring: Keyring, directory: Path, address: str, as_of: datetime) -> DemoFile | None:
    """Fill an empty exchange; null if it is in use and has no demo. The file tells at which address it is served."""
    kept = directory / DEMO_FILE
    async with owner_session(owner) as session:
        # It commits after the block: by then the secrets are in their file, so none is lost.
        made = await demo.ensure(session, keyring, as_of)
        if made is not None:
            private_file.replace(kept, _demo_text(made, address))
            return DemoFile(kept, is_new=True, made=made)
    if not kept.exists():
        return None
    before = kept.read_text()
    served = re.sub(r"^LANTERN=.*$", lambda _: _address(address), before, flags=re.MULTILINE)
    if served != before:
        private_file.replace(kept, served)
    return DemoFile(kept, is_new=False)


@dataclass(frozen=True, slots=True)
class Founding:
    """The operator of an empty exchange, and its first person, if there is to be one: `address` is the exchange's."""

    slug: str
    name: str
    email: str | None = None
    address: str = ""


async def found(owner: URL, keyring: Keyring, kept: Path, founding: Founding, as_of: datetime) -> None:
    """Make the operator of an empty exchange, and a client for it whose secret goes to `kept`; of its first person, the
    link by which it sets its password.

    Raises: SetupError if somebody takes part already; InvalidInput (slug, name, email).
    """
    founder = Founder(founding.slug, founding.name, ParticipantClass.OPERATOR)
    async with owner_session(owner) as session:
        client = await bootstrap.first_operator(session, keyring, founder, as_of)
        if client is None:
            raise SetupError("This exchange has participants: its operator admits more, with `admitParticipant`.")
        lines = [f"OPERATOR_CLIENT={shown(Prefix.CLIENT, client.row.id)}", f"OPERATOR_SECRET={client.secret}"]
        if founding.email is not None:
            link = await bootstrap.first_administrator(session, keyring, client, founding.email, as_of)
            lines.append(f"OPERATOR_PASSWORD_LINK={shlex.quote(founding.address + link_path(link))}")
        private_file.replace(kept, "\n".join(lines) + "\n")


def _demo_text(made: DemoCredentials, address: str) -> str:
    lines = [
        "# The demo exchange: fictional participants, each with an API client and most with a person who signs in.",
        "# Read it in with: . <this file>",
        _address(address),
    ]
    for slug, client in made.clients.items():
        prefix = slug.split("-")[-1].upper()
        lines += [
            f"{prefix}_PARTICIPANT={client.participant_id}",
            f"{prefix}_CLIENT={client.client_id}",
            f"{prefix}_SECRET={client.client_secret}",
        ]
        person = made.people.get(slug)
        if person is not None:
            lines += [f"{prefix}_PERSON={person.email}", f"{prefix}_PASSWORD={person.password}"]
    lines += [
        "# The sharing group of Alder and Birch: an upload with this id in `audienceGroups` is for these two alone.",
        f"{made.group_slug.upper().replace('-', '_')}_GROUP={made.group_id}",
    ]
    return "\n".join(lines) + "\n"


def _address(address: str) -> str:
    return f"LANTERN={shlex.quote(address)}"
