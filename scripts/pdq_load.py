"""Many PDQ signals put straight into a database, each with a contribution that the whole program sees."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np
import numpy.typing as npt
from sqlalchemy import URL

from app.rules import tags
from app.rules.keyring import Keyring
from app.rules.normal_forms import NO_HINTS, NORMALISER_VERSION, canonical
from app.rules.sealing import seal
from app.rules.signal_types import SignalType

Bytes = npt.NDArray[np.uint8]

CHUNK = 10_000
# One in so many hashes is a near-duplicate of the one before it, 1 to 40 bits apart.
NEAR_EVERY = 20
FLIPS_AT_MOST = 40

_SIGNAL = (
    "id", "created_at", "type", "qualifier", "tag", "sealed_value", "tag_key_version", "normaliser_version",
    "key_version", "hidden",
)  # fmt: skip
# Indexes that only lists need: not kept, as they would take most of the time.
_FOR_LISTS = """
    SELECT indexname FROM pg_indexes
    WHERE tablename = 'contribution' AND indexname ~ '^ix_contribution_(violation|severity|confidence|handling)_'
"""
_CONTRIBUTE = """
    INSERT INTO contribution (id, created_at, updated_at, signal_id, signal_type, participant_id, version,
        labels_version, status, program_wide, audience_groups, hidden, signal_hidden, violations, violations_version,
        annotations, severity, confidence, precision, handling, review_status, subject_role, expires_at)
    SELECT gen_random_uuid(), CAST($1 AS timestamptz), $1, s.id, s.type, $2, 1, 1, 'ACTIVE', true, '{}', false, false,
        '{CSAM_POSSESSION_DISTRIBUTION}', 1, '{}', 2, 50, 'EXACT', 'AMBER', 'UNREVIEWED', 'UNKNOWN',
        CAST($1 AS timestamptz) + interval '1 year'
    FROM signal s WHERE s.type = 'HASH_PDQ' AND NOT EXISTS (SELECT FROM contribution c WHERE c.signal_id = s.id)
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """The same hashes and ids wherever it is asked: chunk by chunk from the seed."""

    seed: int = 7

    def chunk(self, number: int) -> tuple[Bytes, list[UUID]]:
        chance = np.random.default_rng((self.seed, number))
        hashes = chance.integers(0, 256, (CHUNK, 32), np.uint8)
        near = np.arange(NEAR_EVERY, CHUNK, NEAR_EVERY)
        hashes[near] = flipped(hashes[near - 1], chance.integers(1, FLIPS_AT_MOST + 1, len(near)), chance)
        return hashes, [UUID(bytes=chance.bytes(16), version=4) for _ in range(CHUNK)]

    def chunks(self, start: int, stop: int) -> Iterator[tuple[Bytes, list[UUID]]]:
        return (self.chunk(number) for number in range(start // CHUNK, stop // CHUNK))


def flipped(hashes: Bytes, bits: npt.NDArray[np.int64], chance: np.random.Generator) -> Bytes:
    """Each with that many of its bits flipped."""
    order = chance.random((len(hashes), 256)).argsort(axis=1).argsort(axis=1)
    return hashes ^ np.packbits(order < bits[:, None], axis=1)


@dataclass(frozen=True, slots=True)
class Loader:
    owner: URL
    keyring: Keyring
    contributor: UUID
    now: datetime

    async def load(self, start: int, stop: int, loaded: Callable[[int], None]) -> None:
        """Bring the database from so many signals to so many."""
        connection = await asyncpg.connect(**connecting(self.owner))
        try:
            for index in await connection.fetch(_FOR_LISTS):
                await connection.execute(f"DROP INDEX {index['indexname']}")
            # Nothing is copied into tables behind row-level security.
            await connection.execute("ALTER TABLE signal NO FORCE ROW LEVEL SECURITY")
            for hashes, ids in Plan().chunks(start, stop):
                rows = [self._signal(id, hash.tobytes().hex()) for id, hash in zip(ids, hashes, strict=True)]
                await connection.copy_records_to_table("signal", records=rows, columns=_SIGNAL)
                loaded(len(rows))
            await connection.execute("ALTER TABLE signal FORCE ROW LEVEL SECURITY")
            await connection.execute(_CONTRIBUTE, self.now, self.contributor, timeout=900)
            await connection.execute("VACUUM ANALYZE", timeout=900)
        finally:
            await connection.close()

    def _signal(self, id: UUID, value: str) -> tuple[object, ...]:
        keyring, form = self.keyring, canonical(SignalType.HASH_PDQ, value, NO_HINTS)
        tag, sealed = tags.signal_tag(keyring, form), seal(keyring, form.value, id)
        versions = (keyring.tags.newest, NORMALISER_VERSION, keyring.encryption.newest)
        return (id, self.now, form.type.value, form.qualifier, tag, sealed, *versions, False)


def connecting(url: URL) -> dict[str, Any]:
    return {"user": url.username, "password": url.password, "database": url.database, **url.query}
