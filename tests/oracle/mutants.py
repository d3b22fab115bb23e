"""The exchange with one predicate taken away: what each channel would tell if nobody were asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select, text, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.graphql.execution import ReadEngine
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
    people,
    signals,
    victim_reports,
)
from app.store.nouns import Edge, Listing, Noun, PagedEdge
from app.store.pages import Order
from app.store.tables.contribution import ContributionRow
from app.store.tables.feedback import FeedbackReferenceRow, FeedbackRow
from app.store.tables.record import AccessRecordContributorRow, AccessRecordRow

MODULES = (
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
    people,
    signals,
    victim_reports,
)

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
    (people, "visible_to"),
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
    engine: ReadEngine = ReadEngine.COMPILED

    def __str__(self) -> str:
        return f"{self.module.__name__.rpartition('.')[2]}.{self.name}" if self.module else self.function


def contributions_of_anybody(_: Any, wanted: Any) -> tuple[Any, Order]:
    query = select(col(ContributionRow.id)).where(col(ContributionRow.status) == wanted.status)
    return query, Order(col(ContributionRow.updated_at), col(ContributionRow.id))


def given_by_anybody(*_: Any) -> tuple[Any, Order]:
    return select(col(FeedbackRow.id)), Order(col(FeedbackRow.updated_at), col(FeedbackRow.id))


def received_by_anybody(*_: Any) -> tuple[Any, Order]:
    query = select(col(FeedbackRow.id)).where(col(FeedbackRow.id).in_(select(col(FeedbackReferenceRow.feedback_id))))
    return query, Order(col(FeedbackRow.updated_at), col(FeedbackRow.id))


def versions_of_anybody(_: Any, of: Any, id: Any) -> Any:
    return col(of.feedback_id) == id


def records_of_anybody(*_: Any) -> tuple[Any, Order]:
    told = select(col(AccessRecordContributorRow.record_id)).distinct()
    query = select(col(AccessRecordRow.id)).where(col(AccessRecordRow.id).in_(told))
    return query, Order(col(AccessRecordRow.created_at), col(AccessRecordRow.id))


_CONTRIBUTIONS = Mutant(contributions)
_FEEDBACK, _CASES, _PARTICIPANTS, _LINKS = Mutant(feedback), Mutant(cases), Mutant(participants), Mutant(links)
_RECORDS = Mutant(access_records)
_CHANGES = Mutant(changes)
_CASE_SIGNALS = Mutant(case_files, "signals_visible_to")
_TIMELINE = Mutant(case_files, "events_visible_to")
_TALLY = Mutant(function="feedback_tallies", condition="(c.participant_id = ( SELECT viewer_id() AS viewer_id))")
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
    ("matchSignals", Mutant(signals, "named_visible_to")),
    ("matchSignals", Mutant(signals, engine=ReadEngine.STANDARD)),
    ("node: Contribution", _CONTRIBUTIONS),
    ("_entities: Contribution", _CONTRIBUTIONS),
    ("myContributions", Mutant(contributions, "_of_participant", contributions_of_anybody)),
    ("changes", _CONTRIBUTIONS),
    ("changes(after)", _CHANGES),
    ("node: SignalLink", _LINKS),
    ("signal.links", _LINKS),
    ("signal.network", _LINKS),
    ("node: Feedback", _FEEDBACK),
    ("_entities: Feedback", _FEEDBACK),
    ("signal.feedback", _FEEDBACK),
    ("signal.feedback", _CASES),
    ("feedback.history", Mutant(feedback_lists, "versions", versions_of_anybody)),
    ("feedbackGiven", Mutant(feedback_lists, "_given", given_by_anybody)),
    ("feedbackReceived", Mutant(feedback_lists, "_received", received_by_anybody)),
    ("cases", _CASES),
    ("cases", _CASE_SIGNALS),
    ("cases", _TIMELINE),
    ("node: Case", _CASES),
    ("_entities: Case", _CASES),
    ("node: CaseNote", Mutant(case_files, "notes_visible_to")),
    ("viewer.impact", _ABOUT_ME),
    ("accessRecords", Mutant(access_records, "_of_contributor", records_of_anybody)),
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
            _replace(patch, mutant.module, mutant.name, mutant.instead)
        yield


class _Members(dict[str, Any]):
    """The members of a frozen object, which is changed with them."""

    def __init__(self, frozen: Any) -> None:
        super().__init__({field.name: getattr(frozen, field.name) for field in fields(frozen)})
        self._frozen = frozen

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        object.__setattr__(self._frozen, name, value)


def _replace(patch: pytest.MonkeyPatch, module: ModuleType, name: str, instead: Any) -> None:
    """By its name, and in the nouns, edges and lists that hold it."""
    before = getattr(module, name)
    patch.setattr(module, name, instead)
    for holder in {id(held): held for kept in MODULES for held in vars(kept).values()}.values():
        if isinstance(holder, Noun | Edge | PagedEdge | Listing):
            members = _Members(holder)
            for member in [name for name, value in members.items() if value is before]:
                patch.setitem(members, member, instead)


@contextmanager
def everything_allowed() -> Iterator[None]:
    """The program without any policy of its own."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in PREDICATES:
            _replace(patch, module, name, allow_all)
        yield


async def mutated_source(session: AsyncSession, mutant: Mutant) -> tuple[str, str]:
    """The text of the function or view that asks for the condition, and one in which that always holds."""
    name = {"name": mutant.function}
    if await session.scalar(text("SELECT to_regclass(:name) IS NOT NULL"), name):
        defined = await session.scalar(text("SELECT pg_get_viewdef(CAST(:name AS regclass))"), name)
        source = f"CREATE OR REPLACE VIEW {mutant.function} WITH (security_barrier) AS {defined}"
    else:
        source = str(await session.scalar(text("SELECT pg_get_functiondef(CAST(:name AS regproc))"), name))
    assert mutant.condition in source, f"{mutant.function} does not ask for {mutant.condition}: {source}"
    return source, source.replace(mutant.condition, f"({mutant.condition} OR true)")
