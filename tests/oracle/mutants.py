"""The exchange with one predicate taken away: what each channel would tell if nobody were asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.cursors import Key
from app.store import (
    access_records,
    case_files,
    cases,
    changes,
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
from app.store.pages import Order, Page, Window, page
from app.store.tables.contribution import ContributionRow
from app.store.tables.feedback import FeedbackReferenceRow, FeedbackRow, FeedbackVersionRow
from app.store.tables.record import AccessRecordContributorRow, AccessRecordRow

# Every function of the store that decides who sees a row.
PREDICATES: tuple[tuple[ModuleType, str], ...] = (
    (access_records, "visible_to"),
    (case_files, "events_visible_to"),
    (case_files, "notes_visible_to"),
    (case_files, "signals_visible_to"),
    (cases, "visible_to"),
    (changes, "visible_to"),
    (clients, "visible_to"),
    (contributions, "visible_to"),
    (feedback, "visible_to"),
    (groups, "members_visible_to"),
    (groups, "visible_to"),
    (links, "visible_to"),
    (participants, "visible_to"),
    (signals, "named_visible_to"),
    (signals, "visible_to"),
    (victim_reports, "visible_to"),
)


def allow_all(*_: object) -> Any:
    return true()


@dataclass(frozen=True)
class Mutant:
    """Something taken away from the program, or a text from a function of the database."""

    module: ModuleType | None = None
    name: str = "visible_to"
    instead: Any = allow_all
    function: str = ""
    condition: str = ""

    def __str__(self) -> str:
        return f"{self.module.__name__.rpartition('.')[2]}.{self.name}" if self.module else self.function


async def contributions_of_anybody(session: AsyncSession, _: Any, status: str, window: Window) -> Page[ContributionRow]:
    query = select(ContributionRow).where(col(ContributionRow.status) == status)
    return await page(session, query, Order(col(ContributionRow.updated_at), col(ContributionRow.id)), window)


async def given_by_anybody(session: AsyncSession, _: Any, __: Any, window: Window) -> Page[FeedbackRow]:
    order = Order(col(FeedbackRow.updated_at), col(FeedbackRow.id))
    return await page(session, select(FeedbackRow), order, window)


async def received_by_anybody(session: AsyncSession, _: Any, __: Any, window: Window) -> Page[FeedbackRow]:
    told = select(FeedbackRow).where(col(FeedbackRow.id).in_(select(col(FeedbackReferenceRow.feedback_id))))
    return await page(session, told, Order(col(FeedbackRow.updated_at), col(FeedbackRow.id)), window)


async def history_of_anybody(session: AsyncSession, _: Any, id: UUID, __: Window) -> Page[FeedbackVersionRow]:
    query = select(FeedbackVersionRow).where(col(FeedbackVersionRow.feedback_id) == id)
    rows = await session.scalars(query.order_by(col(FeedbackVersionRow.version).desc()))
    return Page([(Key(row.recorded_at, UUID(int=row.version)), row) for row in rows], has_next=False)


async def records_of_anybody(session: AsyncSession, _: Any, window: Window) -> Page[AccessRecordRow]:
    told = select(AccessRecordRow).where(col(AccessRecordRow.id).in_(select(col(AccessRecordContributorRow.record_id))))
    return await page(session, told, Order(col(AccessRecordRow.created_at), col(AccessRecordRow.id)), window)


_CONTRIBUTIONS = Mutant(contributions)
_FEEDBACK, _CASES, _PARTICIPANTS, _LINKS = Mutant(feedback), Mutant(cases), Mutant(participants), Mutant(links)
_RECORDS = Mutant(access_records)
_CHANGES = Mutant(changes)
_CASE_SIGNALS = Mutant(case_files, "signals_visible_to")
_TIMELINE = Mutant(case_files, "events_visible_to")
_TALLY = Mutant(function="feedback_tally", condition="c.participant_id = viewer_id()")
_ABOUT_ME = Mutant(function="feedback_about_me", condition="r.contributor_id = viewer_id()")

# Each channel with the mutants that its comparison has to catch.
MUTANTS: tuple[tuple[str, Mutant], ...] = (
    ("signals", _CONTRIBUTIONS),
    ("signals", _TALLY),
    ("signals(filter)", _CONTRIBUTIONS),
    ("signal(id)", _CONTRIBUTIONS),
    ("signal(id)", _TALLY),
    ("node: Signal", _CONTRIBUTIONS),
    ("_entities: Signal", _CONTRIBUTIONS),
    ("matchSignals", _CONTRIBUTIONS),
    ("matchSignals", Mutant(signals)),
    ("node: Contribution", _CONTRIBUTIONS),
    ("_entities: Contribution", _CONTRIBUTIONS),
    ("myContributions", Mutant(contributions, "of_participant", contributions_of_anybody)),
    ("changes", _CONTRIBUTIONS),
    ("changes(after)", _CHANGES),
    ("node: SignalLink", _LINKS),
    ("signal.links", _LINKS),
    ("signal.network", _LINKS),
    ("node: Feedback", _FEEDBACK),
    ("_entities: Feedback", _FEEDBACK),
    ("signal.feedback", _FEEDBACK),
    ("signal.feedback", _CASES),
    ("feedback.history", Mutant(feedback_lists, "history", history_of_anybody)),
    ("feedbackGiven", Mutant(feedback_lists, "given", given_by_anybody)),
    ("feedbackReceived", Mutant(feedback_lists, "received", received_by_anybody)),
    ("cases", _CASES),
    ("cases", _CASE_SIGNALS),
    ("cases", _TIMELINE),
    ("node: Case", _CASES),
    ("_entities: Case", _CASES),
    ("node: CaseNote", Mutant(case_files, "notes_visible_to")),
    ("viewer.impact", _ABOUT_ME),
    ("accessRecords", Mutant(access_records, "of_contributor", records_of_anybody)),
    ("node: AccessRecord", _RECORDS),
    ("participants", _PARTICIPANTS),
    ("node: Participant", _PARTICIPANTS),
    ("_entities: Participant", _PARTICIPANTS),
    ("node: SharingGroup", Mutant(groups)),
)


@contextmanager
def patched(mutant: Mutant) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if mutant.module is not None:
            patch.setattr(mutant.module, mutant.name, mutant.instead)
        yield


@contextmanager
def everything_allowed() -> Iterator[None]:
    """The program without any policy of its own."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in PREDICATES:
            patch.setattr(module, name, allow_all)
        yield


async def mutated_source(session: AsyncSession, mutant: Mutant) -> tuple[str, str]:
    """The text of the function that asks for the condition, and one in which that always holds."""
    name = {"name": mutant.function}
    source = str(await session.scalar(text("SELECT pg_get_functiondef(CAST(:name AS regproc))"), name))
    assert mutant.condition in source, f"{mutant.function} does not ask for {mutant.condition}"
    return source, source.replace(mutant.condition, f"({mutant.condition} OR true)")
