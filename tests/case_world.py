"""A demo exchange in which everybody can be asked what it sees of a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.rules.actor import Actor
from app.rules.cases import CaseDraft, CaseEventKind, CaseFilter
from app.rules.labels import (
    ContributionStatus,
    Handling,
    Precision,
    ReviewStatus,
    SubjectRole,
    Violation,
)
from app.rules.participants import ParticipantClass, ParticipantStatus
from app.rules.signal_types import SignalType
from app.services import cases
from app.services.cases import NoteDraft
from app.store import case_files
from app.store import cases as case_rows
from app.store.pages import Page, Window
from app.store.tables.case import CaseEventRow, CaseNoteRow, CaseRow, CaseSignalRow
from app.store.tables.contribution import ContributionRow
from app.store.tables.participant import ParticipantRow
from app.store.tables.signal import SignalRow
from tests.demo_exchange import DemoExchange
from tests.world import DemoWorld

K = CaseEventKind
S = ParticipantStatus
ALL = Window(1_000)


@dataclass
class World(DemoWorld):
    """A demo exchange in which signals appear out of nothing, and everybody can be asked what it sees."""

    @classmethod
    async def of(cls, exchange: DemoExchange, owner: AsyncEngine) -> "World":
        return cls(exchange, owner, *[await exchange.actor(slug) for slug in ("alder", "birch", "cedar")])

    async def open(
        self,
        actor: Actor,
        *members: Actor,
        title: str = "Files",
        signals: Sequence[UUID] = (),
        key: str | None = None,
    ) -> UUID:
        draft = CaseDraft(title, None, tuple(signals), tuple(member.participant_id for member in members))
        row = await self.do(cases.open, actor, self.exchange.keyring, draft, key)
        return row.id

    async def note(self, actor: Actor, case_id: UUID, words: str = "Seen here too", key: str | None = None) -> UUID:
        row = await self.do(cases.add_note, actor, self.exchange.keyring, NoteDraft(case_id, words, key))
        return row.id

    async def signal(self, contributor: Actor, group: UUID | None = None) -> UUID:
        """A signal that the whole program sees, or a group alone."""
        signal, now = uuid4(), self.exchange.clock()
        contribution = ContributionRow(
            created_at=now,
            updated_at=now,
            expires_at=now + timedelta(days=30),
            signal_id=signal,
            signal_type=SignalType.DOMAIN,
            participant_id=contributor.participant_id,
            status=ContributionStatus.ACTIVE,
            program_wide=group is None,
            audience_groups=[] if group is None else [group],
            violations=[Violation.SEXTORTION_FINANCIAL],
            annotations=[],
            severity=1,
            confidence=50,
            precision=Precision.MEDIUM,
            handling=Handling.AMBER,
            review_status=ReviewStatus.REVIEWED_MANUALLY,
            subject_role=SubjectRole.UNKNOWN,
        )
        row = SignalRow(
            id=signal,
            created_at=now,
            type=SignalType.DOMAIN,
            qualifier="",
            tag=signal.bytes,
            tag_key_version=1,
            normaliser_version=1,
            sealed_value=b"",
            key_version=1,
        )
        await self.put(row, contribution)
        return signal

    async def put(self, *rows: Any) -> None:
        async with AsyncSession(self.owner) as session, session.begin():
            session.add_all(rows)

    async def participant(self, slug: str, status: S, kind: ParticipantClass) -> UUID:
        now = self.exchange.clock()
        row = ParticipantRow(
            created_at=now, updated_at=now, slug=slug, name=slug.title(), participant_class=kind, status=status
        )
        id = row.id
        await self.put(row)
        return id

    async def seen(self, actor: Actor, case_id: UUID) -> CaseRow | None:
        return (await self.ask(case_rows.by_ids, actor, [case_id])).get(case_id)

    async def listed(self, actor: Actor, **wanted: Any) -> list[UUID]:
        page: Page[CaseRow] = await self.ask(cases.find, actor, CaseFilter(**wanted), ALL)
        return [row.id for _, row in page.items]

    async def members(self, actor: Actor, case_id: UUID) -> list[UUID]:
        found = await self.ask(case_rows.members_of, actor, [case_id])
        return [row.participant_id for row in found.get(case_id, [])]

    async def signals(self, actor: Actor, case_id: UUID) -> list[UUID]:
        page: Page[CaseSignalRow] = await self.ask(case_files.signals_of, actor, case_id, ALL)
        return [row.signal_id for _, row in page.items]

    async def notes(self, actor: Actor, case_id: UUID) -> list[UUID]:
        page: Page[CaseNoteRow] = await self.ask(case_files.notes_of, actor, case_id, ALL)
        return [row.id for _, row in page.items]

    async def timeline(self, actor: Actor, case_id: UUID) -> list[CaseEventKind]:
        page: Page[CaseEventRow] = await self.ask(case_files.timeline_of, actor, case_id, ALL)
        return [CaseEventKind(row.kind) for _, row in page.items]
