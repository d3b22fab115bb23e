"""Whether there is anything new for a participant: one statement for all that it waits for, whoever waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    Uuid,
    bindparam,
    case,
    cast,
    column,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.rules.actor import Actor
from app.store import case_files, cases, changes, reader, viewpoint
from app.store.statements import Driver, told_alike
from app.store.tables.case import CaseEventRow
from app.store.tables.row import UUIDS
from app.store.templates import Alone
from app.store.viewpoint import Viewpoint, there_is

# Beyond any position: nothing comes after it.
_NEVER = 2**62
_YES, _NO = "y", "n"


@dataclass(frozen=True, slots=True)
class Since:
    """What was read so far: the feed for signals and for feedback, and events of cases; null where nobody waits."""

    changes: int | None
    feedback: int | None
    cases: Sequence[tuple[UUID, int]]


@dataclass(frozen=True, slots=True)
class News:
    """Up to `head`; a case is among `cases` also if the viewer sees it no longer."""

    head: int
    changes: bool
    feedback: bool
    cases: frozenset[UUID]


def _statement(viewer: Viewpoint) -> Select[Any]:
    told = (
        func.feed_head(type_=BigInteger),
        _truth(changes.any_after(viewer, _given("changes"))),
        _truth(changes.any_feedback_after(viewer, _given("feedback"))),
        _cases(viewer),
    )
    return reader.said_by(func.concat_ws(" ", *told))


def _cases(viewer: Viewpoint) -> ColumnElement[Any]:
    given = func.unnest(
        bindparam("look_cases", type_=UUIDS, required=False),
        bindparam("look_numbers", type_=ARRAY(BigInteger()), required=False),
    )
    waited = given.table_valued(column("id", Uuid()), column("number", BigInteger())).render_derived("waited").c
    of = aliased(CaseEventRow)
    newer = there_is(
        of, col(of.case_id) == waited.id, col(of.number) > waited.number, case_files.events_visible_to(viewer, of)
    )
    lost = not_(cases.visible_to(viewer, waited.id))
    return select(func.string_agg(cast(waited.id, Text), " ")).where(or_(lost, newer)).scalar_subquery()


def _given(name: str) -> ColumnElement[int]:
    return bindparam(f"look_{name}", type_=BigInteger(), required=False)


def _truth(condition: ColumnElement[bool]) -> ColumnElement[str]:
    return case((condition, _YES), else_=_NO)


_LOOK = Alone(_statement)


async def look(driver: Driver, actor: Actor, since: Since) -> News:
    """What is new to the actor, with its own eyes; more than that is not told."""
    made = _LOOK.made(actor)
    given = {
        **made.constants,
        **viewpoint.parameters(actor),
        **reader.parameters(actor, None, None),
        "look_changes": _NEVER if since.changes is None else since.changes,
        "look_feedback": _NEVER if since.feedback is None else since.feedback,
        "look_cases": [id for id, _ in since.cases],
        "look_numbers": [number for _, number in since.cases],
    }
    with told_alike():
        told: bytes = await driver.fetchval(made.statement, *(given[name] for name in made.names))
    head, changed, feedback, *cases_ = told.decode().split()
    return News(int(head), changed == _YES, feedback == _YES, frozenset(map(UUID, cases_)))
