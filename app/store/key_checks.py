"""Checks of the keys, by which a start with other keys is noticed. All of it is for the owner of the tables."""

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.keyring import Keyring
from app.store.tables.key_check import KeyCheckRow


async def any_recorded(session: AsyncSession) -> bool:
    """Whether this exchange was set up, so that only its own keys will do."""
    return await session.scalar(select(col(KeyCheckRow.version)).limit(1)) is not None


async def record(session: AsyncSession, keyring: Keyring) -> None:
    """Keep a check of each key; one that is kept already stays as it is."""
    rows = [
        {"purpose": purpose, "version": version, "digest": digest}
        for (purpose, version), digest in sorted(keyring.checks().items())
    ]
    await session.execute(insert(KeyCheckRow).values(rows).on_conflict_do_nothing())


async def unlike(session: AsyncSession, keyring: Keyring) -> list[str]:
    """The keys of this exchange that the keyring lacks or has otherwise, such as `encryption 1`."""
    checks = keyring.checks()
    rows = (await session.execute(select(KeyCheckRow))).scalars().all()
    return sorted(
        f"{row.purpose} {row.version}" for row in rows if checks.get((row.purpose, row.version)) != row.digest
    )


async def forget(session: AsyncSession, purpose: str, versions: Sequence[int]) -> None:
    """From the commit on the exchange starts without these keys."""
    gone = (col(KeyCheckRow.purpose) == purpose, col(KeyCheckRow.version).in_(versions))
    await session.execute(delete(KeyCheckRow).where(*gone))
