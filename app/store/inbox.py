"""What transactions tell the feed: appended last, given positions by the sequencer after the commit."""

from collections.abc import Iterable, Sequence
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.actor import Actor
from app.rules.changes import ChangeKind, Sight
from app.rules.labels import ContributionStatus
from app.store.tables.contribution import ContributionRow
from app.store.tables.feed import InboxRow

Audience = tuple[Sight, bool, list[UUID]]
"""Who can see a contribution beside its contributor: in which way, the whole program, which groups."""

NOBODY: Audience = (Sight.NOBODY, False, [])


def audience(row: ContributionRow) -> Audience:
    """Who can see the contribution as it stands, its expiry apart."""
    if row.status == ContributionStatus.ACTIVE and not row.hidden and not row.signal_hidden:
        return (Sight.AUDIENCE, row.program_wide, list(row.audience_groups))
    if row.status in (ContributionStatus.ACTIVE, ContributionStatus.QUARANTINED):
        return (Sight.OPERATOR, row.program_wide, list(row.audience_groups))
    return NOBODY


async def append_new(session: AsyncSession, actor: Actor, added: Iterable[Mapping[str, Any]]) -> None:
    """Tell that contributions were added, given by their columns; nobody could see them before."""
    await _append(
        session,
        [
            _entry(actor, ChangeKind.CONTRIBUTION, (new["signal_id"], new["participant_id"]), NOBODY, _audience(**{name: new[name] for name in _SEEN_BY}))
            for new in added
        ],
    )


async def append(
    session: AsyncSession, actor: Actor, changes: Iterable[tuple[ContributionRow, Audience, Audience]]
) -> None:
    """Tell that contributions changed, each with who could see it before and who can after."""
    await _append(
        session, [_entry(actor, ChangeKind.CONTRIBUTION, row, before, after) for row, before, after in changes]
    )


async def append_feedback(
    session: AsyncSession, actor: Actor, referred: Iterable[tuple[ContributionRow, bool]]
) -> None:
    """Tell contributors that feedback on theirs changed, and whoever else sees a contribution if its sum changed too.

    What only its author and the contributors read of it is hidden from others, and so is the time of it (R18).
    """
    told = [(row, audience(row) if counted else NOBODY) for row, counted in referred]
    await _append(session, [_entry(actor, ChangeKind.FEEDBACK, row, who, who) for row, who in told])


def _entry(
    actor: Actor, kind: ChangeKind, row: ContributionRow, before: Audience, after: Audience
) -> dict[str, object]:
    return {
        "id": uuid4(),
        "kind": kind,
        "signal_id": row.signal_id,
        "owner_id": row.participant_id,
        "sight_before": before[0],
        "program_before": before[1],
        "groups_before": before[2],
        "sight_after": after[0],
        "program_after": after[1],
        "groups_after": after[2],
        "at": actor.as_of,
    }


async def _append(session: AsyncSession, entries: Sequence[dict[str, object]]) -> None:
    if entries:
        await session.execute(insert(InboxRow.__table__), entries)  # type: ignore[attr-defined]  # set by table=True
