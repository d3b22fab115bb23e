"""The operator's guard lists: which of some values they refuse, and how they are filled."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules import tags
from app.rules.guards import GuardKey, GuardList
from app.rules.keyring import Keyring
from app.store.arrays import among
from app.store.tables.signal import GuardEntryRow


async def matching(session: AsyncSession, keyring: Keyring, keys: Iterable[GuardKey]) -> set[GuardKey]:
    """Those of `keys` that stand in a list."""
    # Rows of one batch ask for the same entries, such as the networks around their addresses.
    distinct = [*set(keys)]
    if not distinct:
        return set()
    by_tag = dict(zip(tags.guard_tags(keyring, distinct), distinct, strict=True))
    query = select(col(GuardEntryRow.tag)).where(among(col(GuardEntryRow.tag), by_tag))
    return {by_tag[tag] for tag in await session.scalars(query)}


async def add(session: AsyncSession, keyring: Keyring, list: GuardList, entries: Iterable[str]) -> int:
    """Put entries into a list; says how many were not there yet."""
    rows = [{"tag": tag, "guard_list": list} for tag in _tags(keyring, list, entries)]
    if not rows:
        return 0
    added = await session.scalars(
        insert(GuardEntryRow).values(rows).on_conflict_do_nothing().returning(col(GuardEntryRow.tag))
    )
    return len(added.all())


async def remove(session: AsyncSession, keyring: Keyring, list: GuardList, entries: Iterable[str]) -> int:
    """Take entries out of a list; says how many were there."""
    gone = _tags(keyring, list, entries)
    removed = await session.scalars(
        delete(GuardEntryRow).where(among(col(GuardEntryRow.tag), gone)).returning(col(GuardEntryRow.tag))
    )
    return len(removed.all())


async def sizes(session: AsyncSession) -> dict[GuardList, int]:
    """How many entries each list has."""
    query = select(col(GuardEntryRow.guard_list), func.count()).group_by(col(GuardEntryRow.guard_list))
    found = {GuardList(name): count for name, count in (await session.execute(query))}
    return {list: found.get(list, 0) for list in GuardList}


def _tags(keyring: Keyring, guard_list: GuardList, entries: Iterable[str]) -> Sequence[bytes]:
    return tags.guard_tags(keyring, ((guard_list, entry) for entry in set(entries)))
