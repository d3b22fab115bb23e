"""What transactions tell the feed: appended last, given positions by the sequencer after the commit."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, SmallInteger, and_, case, cast, insert, not_, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.actor import Actor
from app.rules.changes import ChangeKind, Sight
from app.rules.labels import ContributionStatus
from app.store import bulk
from app.store.tables.contribution import ContributionRow
from app.store.tables.feed import InboxRow, NudgeRow


class Watchers(NamedTuple):
    """Who can see a contribution beside its contributor: in which way, the whole program, which groups."""

    sight: Sight
    program_wide: bool
    groups: Sequence[UUID]


NOBODY = Watchers(Sight.NOBODY, program_wide=False, groups=())


def watchers(row: ContributionRow) -> Watchers:
    """Who can see the contribution as it stands, its expiry apart."""
    return watchers_of(row.status, row.hidden or row.signal_hidden, row.program_wide, row.audience_groups)


def watchers_of(status: str, withheld: bool, program_wide: bool, groups: Sequence[UUID]) -> Watchers:
    """The same by its columns; it is withheld if it is hidden, or its signal is."""
    if status == ContributionStatus.ACTIVE and not withheld:
        return Watchers(Sight.AUDIENCE, program_wide, tuple(groups))
    if status in (ContributionStatus.ACTIVE, ContributionStatus.QUARANTINED):
        return Watchers(Sight.OPERATOR, program_wide, tuple(groups))
    return NOBODY


def sight(of: type[ContributionRow]) -> ColumnElement[int]:
    """In which way others see a live contribution, as a statement has it."""
    shared = and_(col(of.status) == ContributionStatus.ACTIVE, not_(or_(col(of.hidden), col(of.signal_hidden))))
    return cast(case((shared, Sight.AUDIENCE.value), else_=Sight.OPERATOR.value), SmallInteger)


async def append_new(session: AsyncSession, actor: Actor, added: Iterable[Mapping[str, Any]]) -> None:
    """Tell that contributions were added, given by their columns; nobody could see them before."""
    told = []
    for new in added:
        withheld = new["hidden"] or new["signal_hidden"]
        after = watchers_of(new["status"], withheld, new["program_wide"], new["audience_groups"])
        told.append(_entry(actor, ChangeKind.CONTRIBUTION, (new["signal_id"], new["participant_id"]), NOBODY, after))
    await bulk.add(session, InboxRow, told)


async def append(
    session: AsyncSession, actor: Actor, changes: Iterable[tuple[ContributionRow, ChangeKind, Watchers]]
) -> None:
    """Tell that contributions changed, each with the kind of change and who could see it before."""
    told = [_entry(actor, kind, _subject(row), before, watchers(row)) for row, kind, before in changes]
    await bulk.add(session, InboxRow, told)


async def nudge(session: AsyncSession) -> None:
    """Let those look who wait, once this transaction is committed."""
    await session.execute(insert(NudgeRow).values(id=uuid4()))


def _subject(row: ContributionRow) -> tuple[UUID, UUID]:
    return row.signal_id, row.participant_id


def _entry(
    actor: Actor, kind: ChangeKind, subject: tuple[UUID, UUID], before: Watchers, after: Watchers
) -> dict[str, object]:
    signal_id, owner_id = subject
    return {
        "id": uuid4(),
        "kind": kind,
        "signal_id": signal_id,
        "owner_id": owner_id,
        "sight_before": before.sight,
        "program_before": before.program_wide,
        "groups_before": before.groups,
        "sight_after": after.sight,
        "program_after": after.program_wide,
        "groups_after": after.groups,
        "at": actor.as_of,
    }
