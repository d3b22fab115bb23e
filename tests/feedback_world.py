"""A demo exchange in which participants share signals and say what came of them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.graphql.context import Context
from app.rules.actor import Actor
from app.rules.drafts import Audience, SignalDraft
from app.rules.feedback import FeedbackDraft
from app.rules.labels import Labels, ReviewStatus, Severity, Violation
from app.rules.participants import ParticipantClass, ParticipantStatus
from app.rules.row_results import RowResult
from app.rules.signal_types import SignalType
from app.rules.verdicts import Verdict, VerdictReason, opinion
from app.services import feedback, uploads
from app.services.feedback import First
from app.store import feedback as findings
from app.store import signals
from app.store.database_urls import DatabaseUrls
from app.store.pdq_index import PdqIndex
from app.store.tables.participant import ParticipantRow
from tests.demo_exchange import opened
from tests.world import DemoWorld

LABELS = Labels(violations=(Violation.SEXTORTION_FINANCIAL,), severity=Severity.LOW, confidence=50)
MANUAL = ReviewStatus.REVIEWED_MANUALLY
_numbers = count(1)


@dataclass
class World(DemoWorld):
    operator: Actor
    # Whether first feedback goes by one statement, as it does for clients.
    at_once: bool = True

    async def participant(self, slug: str, kind: ParticipantClass = ParticipantClass.CONTRIBUTOR_CONSUMER) -> Actor:
        """One more active participant, and whoever acts for it."""
        now = self.exchange.clock()
        row = ParticipantRow(
            created_at=now,
            updated_at=now,
            slug=slug,
            name=slug.title(),
            participant_class=kind,
            status=ParticipantStatus.ACTIVE,
        )
        actor = replace(self.alder, participant_id=row.id, client_id=uuid4(), participant_class=kind, groups=())
        async with AsyncSession(self.owner) as session, session.begin():
            session.add(row)
        return actor

    async def share(self, actor: Actor, *others: Actor, **said: Any) -> UUID:
        """A new signal that all these contribute."""
        number = next(_numbers)
        for contributor in (actor, *others):
            signal = await self.contribute(contributor, number, **said)
        return signal

    async def contribute(
        self, actor: Actor, number: int, group: UUID | None = None, type: SignalType = SignalType.URL, **labels: Any
    ) -> UUID:
        """The signal of that number, for the whole program to see or for a group alone."""
        value = f"files{number}.example" if type is SignalType.DOMAIN else f"https://files{number}.example/a"
        audience = None if group is None else Audience((group,))
        draft = SignalDraft(type, value, replace(LABELS, **labels), audience=audience)
        (result,) = await self.do(uploads.upload, actor, self.exchange.keyring, [draft])
        assert result.signal_id is not None, result
        return result.signal_id

    async def record(self, actor: Actor, drafts: Sequence[FeedbackDraft], key: str | None = None) -> list[RowResult]:
        first = await self.record_first(actor, drafts, key) if self.at_once else First()
        if key is not None:
            return await self.do(feedback.record, actor, self.exchange.keyring, drafts, key)
        return first.results or await self.do(feedback.record_after, actor, self.exchange.keyring, drafts, first)

    async def record_first(self, actor: Actor, drafts: Sequence[FeedbackDraft], key: str | None = None) -> First:
        self.exchange.clock.forward(seconds=1)
        context = Context(self.now(actor), self.exchange.database, self.exchange.keyring, PdqIndex())
        return await feedback.record_first(context.act, context.actor, context.keyring, drafts, key)

    async def say(self, actor: Actor, signal: UUID, verdict: Verdict, **said: Any) -> str:
        """The outcome, or the reason of the rejection."""
        (result,) = await self.record(actor, [FeedbackDraft(signal, verdict, **said)])
        return result.rejection.reason if result.rejection else str(result.outcome)

    async def confirm(self, actor: Actor, signal: UUID) -> str:
        return await self.say(actor, signal, Verdict.CONFIRMED_VIOLATION, review_status=MANUAL)

    async def deny(self, actor: Actor, signal: UUID, reason: VerdictReason = VerdictReason.OTHER) -> str:
        return await self.say(actor, signal, Verdict.FALSE_POSITIVE, reason=reason, review_status=MANUAL)

    async def report_victim(self, actor: Actor, signal: UUID) -> str:
        return await self.deny(actor, signal, VerdictReason.VICTIM_NOT_OFFENDER)

    async def sees(self, actor: Actor, signal: UUID) -> bool:
        return signal in await self.ask(signals.ids_seen, actor, [signal])

    async def opinion(self, actor: Actor, signal: UUID) -> str:
        async with self.exchange.database.read(self.now(actor)) as session:
            return str(opinion((await findings.tallies(session, actor, [signal]))[signal]))

    async def rows(self, query: str) -> list[Any]:
        """What is stored, beyond row-level security."""
        async with self.owner.connect() as connection:
            return list(await connection.execute(text(query)))


@asynccontextmanager
async def world_at(urls: DatabaseUrls, owner: AsyncEngine) -> AsyncIterator[World]:
    async with opened(urls) as exchange:
        actors = [await exchange.actor(slug) for slug in ("alder", "birch", "cedar")]
        yield World(exchange, owner, *actors, await exchange.operator())
