"""Loaders: what resolvers of one operation ask for one by one is fetched together."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.graphql.batches import Batches
from app.graphql.link_loaders import LinkLoaders
from app.graphql.types.access_record import AccessRecord
from app.graphql.types.case import Case, CaseEvent, CaseMember, CaseNote, CaseSignal
from app.graphql.types.client import ApiClient
from app.graphql.types.contribution import Contribution
from app.graphql.types.feedback import Feedback, FeedbackSummary
from app.graphql.types.link import SignalLink
from app.graphql.types.participant import Participant, SharingGroup
from app.graphql.types.person import Person, SignedInPerson
from app.graphql.types.signal import Signal
from app.graphql.types.victim_report import VictimReport
from app.rules.actor import Actor
from app.store import (
    access_records,
    case_files,
    cases,
    clients,
    contributions,
    feedback,
    feedback_lists,
    groups,
    links,
    participants,
    people,
    signals,
    victim_reports,
)
from app.store.nouns import Edge, Noun, PagedEdge
from app.store.pages import Page, Window

if TYPE_CHECKING:
    from app.graphql.context import Context

R = TypeVar("R")
T = TypeVar("T")
Fetch = Callable[[AsyncSession, Actor, Iterable[UUID]], Awaitable[Mapping[UUID, R]]]
FetchPage = Callable[[AsyncSession, Actor, UUID, Window], Awaitable[Page[R]]]


_SHOWN: Mapping[Noun[Any] | Edge[Any] | PagedEdge[Any], Callable[[Any], Any]] = {
    participants.by_ids: Participant.of,
    groups.by_ids: SharingGroup.of,
    groups.of_participants: SharingGroup.of,
    clients.by_ids: ApiClient.of,
    people.by_ids: Person.of,
    people.themselves: SignedInPerson.of,
    signals.by_ids: Signal.of,
    contributions.by_ids: Contribution.of,
    contributions.on_signals: Contribution.of,
    links.by_ids: SignalLink.of,
    access_records.by_ids: AccessRecord.of,
    cases.by_ids: Case.of,
    cases.holding: Case.of,
    cases.members_of: CaseMember.of,
    case_files.notes_by_ids: CaseNote.of,
    case_files.signals_of: CaseSignal.of,
    case_files.notes_of: CaseNote.of,
    case_files.timeline_of: CaseEvent.of,
    feedback.by_ids: Feedback.of,
    feedback.on_signal: Feedback.of,
    victim_reports.by_ids: VictimReport.of,
}


class Loaders:
    """Each gives a finished type, or null for what the actor may not see."""

    def __init__(self, context: "Context") -> None:
        self._context = context
        self._made: dict[Noun[Any] | Edge[Any] | PagedEdge[Any], Batches[Any, Any]] = {}
        self.links = LinkLoaders(context)
        self._feedback_summary = self._one(feedback.tallies, FeedbackSummary.of)
        self.feedback_history = self._pages(feedback_lists.history, lambda row: row)
        self.victim_report_of = self._one(victim_reports.states_of, lambda state: state)

    @staticmethod
    def shown(of: Noun[Any] | Edge[Any] | PagedEdge[Any]) -> Callable[[Any], Any]:
        """What makes a finished type of such a row."""
        return _SHOWN[of]

    def one(self, noun: Noun[Any]) -> Batches[UUID, Any]:
        return self._kept(noun, lambda: self._one(noun, _SHOWN[noun]))

    def many(self, edge: Edge[Any]) -> Batches[UUID, Any]:
        """All that belongs to one; null where that is nothing."""
        return self._kept(edge, lambda: self._one(edge, lambda rows: [_SHOWN[edge](row) for row in rows]))

    def page(self, edge: PagedEdge[Any]) -> Batches[tuple[UUID, Window], Page[Any]]:
        return self._kept(edge, lambda: self._pages(edge, _SHOWN[edge]))

    async def feedback_summary(self, signal_id: UUID) -> FeedbackSummary:
        return await self._feedback_summary.load(signal_id) or FeedbackSummary.of({})

    def _kept(self, of: Any, make: Callable[[], Batches[Any, Any]]) -> Batches[Any, Any]:
        if of not in self._made:
            self._made[of] = make()
        return self._made[of]

    def _one(self, fetch: Fetch[R], shown: Callable[[R], T]) -> Batches[UUID, T | None]:
        async def batch(ids: list[UUID]) -> list[T | None]:
            async with self._context.read() as session:
                found = await fetch(session, self._context.actor, ids)
            return [shown(found[id]) if id in found else None for id in ids]

        return Batches(load_fn=batch, max_batch_size=1_000)

    def _pages(self, fetch: FetchPage[R], shown: Callable[[R], T]) -> Batches[tuple[UUID, Window], Page[T]]:
        """Pages of the lists of several objects, one after the other on one connection."""

        async def batch(asked: list[tuple[UUID, Window]]) -> list[Page[T]]:
            async with self._context.read() as session:
                return [(await fetch(session, self._context.actor, id, window)).of(shown) for id, window in asked]

        return Batches(load_fn=batch, max_batch_size=1_000)
