"""Loaders: what resolvers of one operation ask for one by one is fetched together."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.dataloader import DataLoader

from app.graphql.link_loaders import LinkLoaders
from app.graphql.types.access_record import AccessRecord
from app.graphql.types.case import Case, CaseMember, CaseNote
from app.graphql.types.client import ApiClient
from app.graphql.types.contribution import Contribution
from app.graphql.types.feedback import Feedback, FeedbackSummary
from app.graphql.types.link import SignalLink
from app.graphql.types.participant import Participant, SharingGroup
from app.graphql.types.signal import Signal
from app.graphql.types.victim_report import VictimReport
from app.rules.actor import Actor
from app.rules.cursors import Key
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
    signals,
    victim_reports,
)
from app.store.pages import Page, Window, cut
from app.store.signals import SeenSignal

if TYPE_CHECKING:
    from app.graphql.context import Context

R = TypeVar("R")
T = TypeVar("T")
Fetch = Callable[[AsyncSession, Actor, Iterable[UUID]], Awaitable[Mapping[UUID, R]]]
FetchPage = Callable[[AsyncSession, Actor, UUID, Window], Awaitable[Page[R]]]


class Loaders:
    """Each gives a finished type, or null for what the actor may not see."""

    def __init__(self, context: "Context") -> None:
        self._context = context
        self.participant = self._one(participants.by_ids, Participant.of)
        self.group = self._one(groups.by_ids, SharingGroup.of)
        self.groups_of = self._one(groups.of_participants, lambda rows: [SharingGroup.of(row) for row in rows])
        self.client = self._one(clients.by_ids, ApiClient.of)
        self.signal = self._one(signals.by_ids, lambda seen: Signal.of(seen, context.keyring))
        self.contribution = self._one(contributions.by_ids, Contribution.of)
        self.link = self._one(links.by_ids, SignalLink.of)
        self.links = LinkLoaders(context)
        self.access_record = self._one(access_records.by_ids, AccessRecord.of)
        self.case = self._one(cases.by_ids, Case.of)
        self.cases_holding = self._one(cases.holding, lambda rows: [Case.of(row) for row in rows])
        self.case_members = self._one(cases.members_of, lambda rows: [CaseMember.of(row) for row in rows])
        self.case_note = self._one(case_files.notes_by_ids, CaseNote.of)
        self.case_signals = self._pages(case_files.signals_of)
        self.case_notes = self._pages(case_files.notes_of)
        self.case_timeline = self._pages(case_files.timeline_of)
        self.feedback = self._one(feedback.by_ids, lambda row: Feedback.of(row, context.actor))
        self._feedback_on = self._one(feedback.on_signals, lambda rows: rows)
        self._feedback_summary = self._one(feedback.tallies, FeedbackSummary.of)
        self.feedback_history = self._pages(feedback_lists.history)
        self.victim_report = self._one(victim_reports.by_ids, VictimReport.of)
        self.victim_report_of = self._one(victim_reports.states_of, lambda state: state)

    @staticmethod
    def contributions_of(seen: SeenSignal) -> list[Contribution]:
        """Those that the signal was found through, so no query is needed."""
        return [Contribution.of(row) for row in seen.contributions]

    async def feedback_on(self, signal_id: UUID, window: Window) -> Page[Feedback]:
        """What the actor may read on a signal: at most one from each participant, so it is fetched whole.

        In the order of the times that it is told; a cursor is not compared with what it is not told, either.
        """
        found = [Feedback.of(row, self._context.actor) for row in await self._feedback_on.load(signal_id) or []]
        found.sort(key=lambda one: (one.updated_at, one.row.id), reverse=True)
        return cut([(Key(one.updated_at, one.row.id), one) for one in found], window)

    async def feedback_summary(self, signal_id: UUID) -> FeedbackSummary:
        return await self._feedback_summary.load(signal_id) or FeedbackSummary.of({})

    def _one(self, fetch: Fetch[R], shown: Callable[[R], T]) -> DataLoader[UUID, T | None]:
        async def batch(ids: list[UUID]) -> list[T | None]:
            async with self._context.read() as session:
                found = await fetch(session, self._context.actor, ids)
            return [shown(found[id]) if id in found else None for id in ids]

        return DataLoader(load_fn=batch, max_batch_size=1_000)

    def _pages(self, fetch: FetchPage[R]) -> DataLoader[tuple[UUID, Window], Page[R]]:
        """Pages of the lists of several objects, one after the other on one connection."""

        async def batch(asked: list[tuple[UUID, Window]]) -> list[Page[R]]:
            async with self._context.read() as session:
                return [await fetch(session, self._context.actor, id, window) for id, window in asked]

        return DataLoader(load_fn=batch, max_batch_size=1_000)
