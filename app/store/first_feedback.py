"""The first feedback of a participant on signals: one statement reads what it comes upon, and keeps it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import (
    CTE,
    JSON,
    ColumnElement,
    Integer,
    LargeBinary,
    Select,
    Text,
    Uuid,
    bindparam,
    case,
    cast,
    column,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.type_api import TypeEngine
from sqlalchemy.types import UserDefinedType
from sqlmodel import col

from app.rules.actor import Actor
from app.store import feedback, feedback_records, inbox, reader
from app.store.arrays import among
from app.store.lending import LOST
from app.store.tables.contribution import ContributionRow
from app.store.tables.feedback import FeedbackRow
from app.store.tables.row import MOMENT, UUIDS
from app.store.templates import Act, Alone
from app.store.viewpoint import Viewpoint, there_is


@dataclass(frozen=True, slots=True)
class Finding:
    """A first record of feedback, as the columns of its row in which it is not like all others."""

    id: UUID
    signal: UUID
    verdict: str
    reason: str | None
    review_status: str
    reviewed_at: datetime | None
    sealed_reviewer_role: bytes | None
    sealed_policy_reference: bytes | None
    sealed_note: bytes | None
    actions: Mapping[str, int]


# What is told of each: it is kept; nobody but the author contributed the signal; the author does not see the signal.
KEPT, ONLY_OWN, NOT_SEEN = "K", "O", "N"

# What a finding says, in the order of the type `first_finding`.
_SAID = (
    column("verdict", Text()),
    column("reason", Text()),
    column("review_status", Text()),
    column("reviewed_at", MOMENT),
    column("sealed_reviewer_role", LargeBinary()),
    column("sealed_policy_reference", LargeBinary()),
    column("sealed_note", LargeBinary()),
    column("actions", JSONB()),
)
_FINDING = (column("id", Uuid()), column("signal", Uuid()), *_SAID)
# Of a contribution that is seen.
_SEEN = ("id", "signal_id", "signal_type", "participant_id", "version", "program_wide", "audience_groups")


def _statement(viewer: Viewpoint) -> Select[Any]:
    """Null, and nothing is kept, where the viewer changed, or said something about one of the signals before.

    In this order, as a case looks at nothing before it has to: who looks, is that still so and stays so, what is there.
    """
    signals = _given("signals", UUIDS)
    stays = func.hold_viewer_at_once(_given("epoch", Integer()), _given("status"))
    own = (among(col(FeedbackRow.signal_id), signals), col(FeedbackRow.author_id) == viewer.participant_id)
    columns = [
        *(col(getattr(ContributionRow, name)) for name in _SEEN),
        (col(ContributionRow.participant_id) != viewer.participant_id).label("is_other"),
        inbox.sight(ContributionRow).label("sight"),
    ]
    upon = select(*columns).where(*feedback_records.seen(viewer, signals)).cte("upon")
    answer = case((_kept(viewer, upon), _told(upon, signals)))
    return reader.said_by(case((stays, case((there_is(FeedbackRow, *own), None), else_=answer))))


def _told(upon: CTE, signals: ColumnElement[Any]) -> ColumnElement[str]:
    """Of each signal in their order."""
    ids = func.unnest(signals).table_valued(column("id", Uuid()), with_ordinality="place").render_derived("asked")
    of_others, seen = select(upon.c.signal_id).where(upon.c.is_other), select(upon.c.signal_id)
    of_each = case((ids.c.id.in_(of_others), KEPT), (ids.c.id.in_(seen), ONLY_OWN), else_=NOT_SEEN)
    in_order: Any = aggregate_order_by(literal_column("''"), ids.c.place)
    return select(func.string_agg(of_each, in_order)).select_from(ids).scalar_subquery()


def _kept(viewer: Viewpoint, upon: CTE) -> ColumnElement[bool]:
    """They refer to contributions of others, and of no others, as `services.feedback_rows` has it."""
    given = func.json_to_recordset(cast(_given("findings"), JSON)).table_valued(*_FINDING)
    f, u = given.render_derived("finding", with_types=True).c, upon.c
    is_first = func.row_number().over(partition_by=u.signal_id) == literal_column("1")
    seen = (u.signal_type, u.id, u.version, u.participant_id, u.sight, u.program_wide, u.audience_groups)
    row = cast(func.row(f.id, is_first, f.signal, *seen, *(f[one.name] for one in _SAID)), _Row())
    rows = select(row.label("of_each")).where(f.signal == u.signal_id, u.is_other).order_by(f.signal).subquery("rows")
    all_rows = func.array_agg(rows.c.of_each)
    keep = func.keep_first_feedback(viewer.participant_id, viewer.as_of, feedback.ROUNDED_TO, all_rows)
    return select(keep).scalar_subquery()


class _Row(UserDefinedType[Any]):
    """See `migrations.walls.remembering`."""

    def get_col_spec(self, **_: Any) -> str:
        return "first_finding"


def _given(name: str, kind: TypeEngine[Any] | None = None) -> ColumnElement[Any]:
    return bindparam(f"feedback_{name}", type_=kind or Text(), required=False)


def _hex(value: object) -> str:
    """Sealed bytes, as PostgreSQL reads them in a text."""
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"a finding cannot hold {type(value).__name__}")


_STATEMENT = Alone(_statement)
# Another call of the participant's was first; or the connection was lost, and nobody knows what was kept.
_LEFT_TO_DECIDE = (asyncpg.UniqueViolationError, asyncpg.InterfaceError, *LOST)


async def keep(act: Act, actor: Actor, findings: Sequence[Finding]) -> str | None:
    """What is told of each finding, as one letter; null if the general way has to be taken, which then comes upon what
    was kept after all if the connection was lost.

    The caller gives them in the order of their signals.
    """
    given = {
        "feedback_signals": [one.signal for one in findings],
        "feedback_findings": orjson.dumps(findings, default=_hex).decode(),
        "feedback_epoch": actor.feed_epoch,
        "feedback_status": actor.status.value,
    }
    try:
        told = await act(_STATEMENT.made(actor), given)
    except (DBAPIError, *LOST) as error:
        if isinstance(error, DBAPIError) and not isinstance(error.orig, _LEFT_TO_DECIDE):
            raise
        return None
    return None if told is None else told.decode()
