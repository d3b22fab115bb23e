"""How pictures were looked up before: keyed bands in a table, each candidate fetched, opened and compared."""

import hashlib
import struct
from collections.abc import Iterable, Sequence
from uuid import UUID

import asyncpg
from sqlalchemy import URL, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.keyring import Keyring
from app.rules.sealing import opened
from scripts.pdq_load import Plan, connecting

# Look-ups that shared one statement.
BATCH = 100

_FIND = text("""
    WITH hit AS MATERIALIZED (
        SELECT signal_id, array_agg(tag) AS tags FROM bench_band WHERE tag = ANY (CAST(:tags AS bigint[]))
        GROUP BY signal_id)
    SELECT s.id, s.sealed_value, hit.tags FROM signal s JOIN hit ON hit.signal_id = s.id
    WHERE EXISTS (SELECT FROM contribution c WHERE c.signal_id = s.id AND c.shared OFFSET 0)
""")


async def load(owner: URL, keyring: Keyring, start: int, stop: int) -> None:
    connection = await asyncpg.connect(**connecting(owner))
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS bench_band (signal_id uuid, tag bigint);"
        " GRANT SELECT ON bench_band TO lantern_app; DROP INDEX IF EXISTS bench_band_tag"
    )
    for hashes, ids in Plan().chunks(start, stop):
        bands = (enumerate(_bands(hash.tobytes().hex())) for hash in hashes)
        rows = [(id, tag) for id, numbered in zip(ids, bands, strict=True) for tag in _tags(keyring, numbered)]
        await connection.copy_records_to_table("bench_band", records=rows, columns=["signal_id", "tag"])
    await connection.execute("CREATE INDEX bench_band_tag ON bench_band (tag); ANALYZE bench_band")
    await connection.close()


async def near(session: AsyncSession, keyring: Keyring, values: Sequence[str]) -> list[list[tuple[UUID, int]]]:
    probes = [set(_tags(keyring, _probes(value))) for value in values]
    found: list[list[tuple[UUID, int]]] = [[] for _ in values]
    rows = await session.execute(_FIND, {"tags": list(set().union(*probes))})
    for id, sealed, tags in rows:
        number, shared = int(opened(keyring, sealed, id), 16), set(tags)
        for place, value in enumerate(values):
            apart = (int(value, 16) ^ number).bit_count()
            if not probes[place].isdisjoint(shared) and apart <= 31:
                found[place].append((id, apart))
    return found


def _bands(value: str) -> list[int]:
    return [int(value[start : start + 4], 16) for start in range(0, 64, 4)]


def _probes(value: str) -> list[tuple[int, int]]:
    flips = (0, *(1 << bit for bit in range(16)))
    return [(index, bits ^ flip) for index, bits in enumerate(_bands(value)) for flip in flips]


def _tags(keyring: Keyring, bands: Iterable[tuple[int, int]]) -> list[int]:
    key = keyring.derived("pdq-band")
    digests = (hashlib.blake2b(struct.pack(">BH", *band), digest_size=8, key=key).digest() for band in bands)
    return [struct.unpack(">q", digest)[0] for digest in digests]
