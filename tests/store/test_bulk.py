"""Many rows in one statement: what goes in is what stands there."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.rules.changes import ChangeKind, Sight
from app.store import bulk
from app.store.database_urls import DatabaseUrls
from app.store.tables.feed import InboxRow
from app.store.tables.signal import SignalMatchKeyRow


def change() -> dict[str, object]:
    return {
        "id": uuid4(),
        "kind": ChangeKind.CONTRIBUTION,
        "signal_id": uuid4(),
        "owner_id": uuid4(),
        "sight_before": Sight.NOBODY,
        "program_before": False,
        "groups_before": [],
        "sight_after": Sight.AUDIENCE,
        "program_after": True,
        "groups_after": [uuid4(), uuid4()],
        "at": datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=UTC),
    }


async def test_rows_stand_as_they_were_given(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> None:
    rows = [change(), change()]
    async with AsyncSession(owner_engine) as session, session.begin():
        await bulk.add(session, InboxRow, rows)
        stand = {row.id: row for row in await session.scalars(select(InboxRow))}
        assert [{name: getattr(stand[row["id"]], name) for name in row} for row in rows] == rows  # type: ignore[index]


async def test_bytes_stand_as_they_were_given(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> None:
    tags = [bytes(range(256)), b"", b"\\x00"]
    async with AsyncSession(owner_engine) as session, session.begin():
        await bulk.add(session, SignalMatchKeyRow, [{"signal_id": uuid4(), "tag": tag} for tag in tags])
        assert {row.tag for row in await session.scalars(select(SignalMatchKeyRow))} == set(tags)


async def test_a_value_that_no_column_can_hold_is_refused(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> None:
    async with AsyncSession(owner_engine) as session:
        with pytest.raises(TypeError):
            await bulk.add(session, InboxRow, [{**change(), "id": object()}])
