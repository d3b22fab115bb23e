"""A data set that is kept: its cluster and keys in a directory of its own, so that a second run does not load again."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from rich.console import Console

from app import migrations
from app.config import CHECKOUT
from app.rules.keyring import Keyring
from app.rules.participants import ParticipantClass
from app.store import key_file, private_file
from app.store.database_urls import DatabaseUrls
from app.store.provision import provided_database
from tests.bench import shape
from tests.bench.generator import Generator
from tests.bench.loading import connected, load
from tests.bench.people import Person

# Written last, so a data set that was not finished is never taken for whole.
_FILE = "bench.json"
_UNFINISHED = "bench.unfinished"
# Raised with every change of the generator.
_VERSION = 2
# Where PostGraphile's functions stand during a run.
POSTGRAPHILE_SCHEMA = "postgraphile"


@dataclass(frozen=True, slots=True)
class DataSet:
    """A loaded exchange, running."""

    directory: Path
    signals: int
    urls: DatabaseUrls
    keyring: Keyring
    # The last position of the feed.
    head: int
    loaded_at: datetime
    # Who asks; neither the one that uploaded most nor the ones that uploaded next to nothing.
    viewers: tuple[Person, ...]


def default_directory(signals: int) -> Path:
    return CHECKOUT / ".lantern" / f"bench-{signals}"


@asynccontextmanager
async def opened(signals: int, directory: Path, console: Console) -> AsyncIterator[DataSet]:
    """Load the data set unless the directory has it, and keep its database running for the block."""
    _clear_away(directory, signals, console)
    private_file.make_directory(directory)
    kept = directory / _FILE
    if not kept.exists():
        private_file.create(directory / _UNFINISHED, "")
    async with provided_database(directory) as urls:
        keyring = key_file.load_or_create_keys(directory / "keys.json")
        if not kept.exists():
            console.print(f"Making {signals:,} signals in {directory}")
            await migrations.upgrade(urls.owner)
            now = datetime.now(UTC)
            generator = Generator(signals, keyring, now)
            await load(urls.owner, generator, console)
            private_file.create(kept, _text(generator, datetime.now(UTC)))
            (directory / _UNFINISHED).unlink()
        else:
            await _forget_postgraphile(urls)
            await migrations.upgrade(urls.owner)
        yield _read(directory, urls, keyring)


async def _forget_postgraphile(urls: DatabaseUrls) -> None:
    """What a run that was killed left behind would stand in the way of migrations."""
    async with connected(urls.owner) as owner:
        await owner.execute(f"DROP SCHEMA IF EXISTS {POSTGRAPHILE_SCHEMA} CASCADE")


def _clear_away(directory: Path, signals: int, console: Console) -> None:
    """Take away what is unfinished, of an earlier generator or too old; nothing that a bench did not make."""
    reason = None
    if (directory / _UNFINISHED).exists():
        reason = "was not finished"
    elif (directory / _FILE).exists():
        said = json.loads(private_file.read(directory / _FILE))
        age = datetime.now(UTC) - datetime.fromisoformat(said["loaded_at"])
        if said["version"] != _VERSION or said["signals"] != signals:
            reason = "is another one"
        elif age > timedelta(days=shape.KEPT_DAYS):
            reason = "has lapsed in part"
    elif directory.exists() and any(directory.iterdir()):
        raise SystemExit(f"{directory} holds something that is no data set of the bench: name another directory.")
    if reason is not None:
        console.print(f"The data set in {directory} {reason}: it is made anew.")
        shutil.rmtree(directory)


def _text(generator: Generator, loaded_at: datetime) -> str:
    viewers = generator.people.contributors[1:16:2]
    said = {
        "version": _VERSION,
        "signals": generator.signals,
        "head": generator.position,
        "loaded_at": loaded_at.isoformat(),
        "viewers": [
            {
                "id": p.id.hex,
                "slug": p.slug,
                "participant_class": p.participant_class,
                "groups": [group.hex for group in p.groups],
                "client_id": p.client_id.hex,
                "secret": p.secret,
            }
            for p in viewers
        ],
    }
    return json.dumps(said, indent=1)


def _read(directory: Path, urls: DatabaseUrls, keyring: Keyring) -> DataSet:
    said = json.loads(private_file.read(directory / _FILE))
    viewers = tuple(
        Person(
            id=UUID(hex=v["id"]),
            slug=v["slug"],
            participant_class=ParticipantClass(v["participant_class"]),
            groups=tuple(UUID(hex=group) for group in v["groups"]),
            client_id=UUID(hex=v["client_id"]),
            secret=v["secret"],
        )
        for v in said["viewers"]
    )
    loaded_at = datetime.fromisoformat(said["loaded_at"])
    return DataSet(directory, said["signals"], urls, keyring, said["head"], loaded_at, viewers)
