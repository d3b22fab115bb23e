"""Servers that share one database and one key file, while keys change."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.key_rotation import KeyFile
from app.rules.actor import Actor
from app.rules.drafts import SignalDraft
from app.rules.key_use import KeyUse, TagVersion
from app.rules.keyring import Keyring
from app.rules.matches import Match
from app.rules.normal_forms import NO_HINTS, Canonical
from app.rules.row_results import RowResult
from app.rules.sealing import key_version, opened
from app.rules.signal_types import SignalType
from app.rules.tags import loose_tags, signal_tag
from app.services import matching, uploads
from app.services.matching import RawValue
from app.store import key_file, key_use, private_file
from app.store.database import Database, connect, owner_session
from app.store.database_urls import DatabaseUrls
from app.store.live_keys import LiveKeys
from app.store.pdq_index import PdqIndex
from app.worker import rekeying
from tests.demo_exchange import DemoExchange
from tests.demo_exchange import opened as opened_exchange
from tests.feedback_world import LABELS

EMAIL = SignalType.EMAIL_ADDRESS


def email(number: int) -> SignalDraft:
    """A value that has a match key, too."""
    return SignalDraft(EMAIL, f"person.{number}@gmail.com", LABELS, context=f"words about {number}")


def near(number: int) -> str:
    """Another mailbox name of the same provider: found by the match key alone."""
    return f"person{number}+tag@googlemail.com"


@dataclass
class Server:
    database: Database
    keys: LiveKeys
    pdq: PdqIndex = field(default_factory=PdqIndex)

    async def upload(self, actor: Actor, drafts: Sequence[SignalDraft]) -> list[RowResult]:
        async with self.database.write(actor) as session:
            return await uploads.upload(session, actor, self.keys.keyring, drafts)

    async def rehearse(self, actor: Actor, drafts: Sequence[SignalDraft]) -> list[RowResult]:
        async with self.database.read(actor) as session:
            return await uploads.rehearse(session, actor, self.keys.keyring, drafts)

    async def match(self, actor: Actor, values: Sequence[str]) -> list[tuple[Match, ...]]:
        async with self.database.read(actor) as session:
            raw = [RawValue(EMAIL, value, NO_HINTS) for value in values]
            return [r.matches for r in await matching.match(session, actor, self.keys.keyring, self.pdq, raw)]


@dataclass
class Shared:
    """The exchange, its key file, and the actors that share and look."""

    exchange: DemoExchange
    owner: AsyncEngine
    files: KeyFile
    alder: Actor
    birch: Actor

    @asynccontextmanager
    async def server(self, path: Path | None = None) -> AsyncIterator[Server]:
        """One more process that serves; with a key file of its own if it is given."""
        read = partial(key_file.load_keys, path or self.files.path)
        keys = LiveKeys(read(), read)
        database = Database.at(self.exchange.urls.serving, keys)
        try:
            yield Server(database, keys)
        finally:
            await database.close()

    def keyring(self) -> Keyring:
        """What is in the file now."""
        return key_file.load_keys(self.files.path)

    def copied_file(self, path: Path) -> Path:
        """A host's own copy of the file as it is now."""
        private_file.create(path, self.files.path.read_text())
        return path

    async def in_use(self) -> KeyUse:
        async with owner_session(self.files.owner) as session:
            use = await key_use.now(session)
        assert use is not None
        return use

    async def until(self, reached: Callable[[KeyUse], bool]) -> None:
        """Wait for a change by somebody else."""
        async with asyncio.timeout(10):
            while not reached(await self.in_use()):  # noqa: ASYNC110  # it is in the database
                await asyncio.sleep(0.01)

    async def rekey(self) -> None:
        """Run the job to its end, as `scripts/run retag` does."""
        read = partial(key_file.load_keys, self.files.path)
        await rekeying.rekey_all(self.exchange.urls.worker, LiveKeys(read(), read))

    async def steps(self, number: int) -> list[rekeying.Step]:
        """The job's next batches, and no more."""
        read = partial(key_file.load_keys, self.files.path)
        engine, keys = connect(self.exchange.urls.worker), LiveKeys(read(), read)
        done = [await rekeying.step(engine, keys) for _ in range(number)]
        await engine.dispose()
        return done

    async def write(self, statement: str) -> None:
        async with self.owner.begin() as connection:
            await connection.execute(text(statement))

    async def rows(self, query: str) -> list[tuple[object, ...]]:
        async with self.owner.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(query))]

    async def signals(self) -> dict[str, UUID]:
        """Every signal by its value; each value once, with the tags and match keys of the version that it says."""
        keyring = self.keyring()
        found: dict[str, UUID] = {}
        loose: dict[UUID, set[bytes]] = {}
        for id, tag in await self.rows("SELECT signal_id, tag FROM signal_match_key"):
            assert isinstance(id, UUID)
            assert isinstance(tag, bytes)
            loose.setdefault(id, set()).add(tag)
        rows = await self.rows("SELECT id, tag, tag_key_version, normaliser_version, sealed_value FROM signal")
        for id, tag, key, normaliser, sealed in rows:
            assert isinstance(id, UUID)
            assert isinstance(sealed, bytes)
            form = Canonical(EMAIL, opened(keyring, sealed, id))
            version = TagVersion(int(str(key)), int(str(normaliser)))
            assert form.value not in found, "one value has two signals"
            assert tag == signal_tag(keyring, form, version.key)
            if version == (await self.in_use()).tags[0]:
                assert loose.get(id, set()) == set(loose_tags(keyring, [version], {version.normaliser: form}))
            found[form.value] = id
        return found

    async def versions(self) -> tuple[set[object], set[int]]:
        """The tag keys of all signals, and the encryption keys of their values."""
        rows = await self.rows("SELECT tag_key_version, sealed_value, key_version FROM signal")
        sealed = [(key_version(bytes(value)), version) for _, value, version in rows if isinstance(value, bytes)]
        assert all(one == other for one, other in sealed), "the column says what the value says"
        return {tag for tag, _, _ in rows}, {version for version, _ in sealed}


@asynccontextmanager
async def shared_at(urls: DatabaseUrls, owner: AsyncEngine, directory: Path) -> AsyncIterator[Shared]:
    async with opened_exchange(urls) as exchange:
        path = directory / "keys.json"
        private_file.create(path, exchange.keyring.to_json())
        alder, birch = await exchange.actor("alder"), await exchange.actor("birch")
        yield Shared(exchange, owner, KeyFile(urls.owner, path), alder, birch)
