"""Who looks: an actor, or the place of one in a statement that is kept for all who look in the same way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, TextClause, Uuid, any_, bindparam, literal, literal_column, select
from sqlalchemy.sql.type_api import TypeEngine

from app.rules.actor import Actor
from app.store.tables.row import MOMENT, UUIDS


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """A statement for it takes who looks, when and through which groups as parameters; in which way it looks is part of
    the statement itself, as every condition on it is written by that."""

    sees_others: bool
    is_operator: bool

    @classmethod
    def of(cls, actor: Actor) -> "Viewpoint":
        return cls(actor.sees_others, actor.is_operator)

    @property
    def participant_id(self) -> ColumnElement[UUID]:
        return bindparam("viewer_id", type_=Uuid(), required=False)

    @property
    def person_id(self) -> ColumnElement[UUID]:
        return bindparam("viewer_person", type_=Uuid(), required=False)

    @property
    def as_of(self) -> ColumnElement[datetime]:
        return bindparam("viewer_moment", type_=MOMENT, required=False)

    @property
    def visible_groups(self) -> ColumnElement[Any]:
        return bindparam("viewer_groups", type_=UUIDS, required=False)


Viewer: TypeAlias = Actor | Viewpoint
"""Whoever a policy is asked about; the policies are the same for both."""


def parameters(actor: Actor) -> dict[str, object]:
    """What a statement for the actor's viewpoint takes."""
    return {
        "viewer_id": actor.participant_id,
        "viewer_person": actor.person_id,
        "viewer_moment": actor.as_of,
        "viewer_groups": list(actor.visible_groups),
    }


def groups_of(viewer: Viewer) -> ColumnElement[Any]:
    """The groups through which the viewer sees others' data, as one array."""
    groups = viewer.visible_groups
    return groups if isinstance(groups, ColumnElement) else literal(list(groups), UUIDS)


def given(value: Any, kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """A value for a statement, or the parameter that stands for one."""
    return value if isinstance(value, ColumnElement) else literal(value, kind)


def there_is(of: Any, *conditions: ColumnElement[bool] | TextClause) -> ColumnElement[bool]:
    """Whether a row of this table or alias meets the conditions, which may speak of rows of any query around it.

    Left to itself, SQLAlchemy would look for the latter in the nearest query only, and elsewhere join their tables
    once more: then any row of them would do.
    """
    return select(literal_column("1")).select_from(of).where(*conditions).correlate_except(of).exists()


def in_a_group_of(viewer: Viewer, group_id: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = group_id == any_(groups_of(viewer))
    return found
