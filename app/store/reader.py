"""Reading in one round trip: one statement that says who looks, looks, and answers.

The settings of the viewer last as long as the statement's own transaction, as SET LOCAL does. They are made before
anything is looked at, since the statement asks for them first; should that ever not hold, nobody looks, and nothing is
seen.
"""

from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from sqlalchemy import (
    URL,
    BindParameter,
    ColumnElement,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    column,
    func,
    literal_column,
    or_,
    select,
    table,
)
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql import Select
from sqlalchemy.sql.type_api import TypeEngine

from app.rules.actor import Actor
from app.store import viewpoint
from app.store.clients import Standing
from app.store.lending import LOST, Lending, Lent
from app.store.statements import told_alike
from app.store.tables.row import TEXTS, UUIDS

# Connections for reads alone, beside those of transactions.
POOL_SIZE = 12
# Statements prepared on each connection; what is beyond is prepared anew.
PREPARED_STATEMENTS = 300
# Milliseconds, as for transactions.
STATEMENT_TIMEOUT_MS = 60_000

SETTINGS = ("participant", "client", "groups", "as_of", "sight", "token")

DIALECT: Any = PGDialect_asyncpg()  # type: ignore[no-untyped-call]  # it states no types


def who(actor: Actor) -> dict[str, str]:
    """The settings by which row-level security knows the viewer, by name."""
    return {
        "participant": str(actor.participant_id),
        "client": str(actor.bearer_id),
        "groups": array_of(actor.visible_groups),
        "as_of": actor.as_of.isoformat(),
        "sight": "OPERATOR" if actor.is_operator else "OTHERS" if actor.sees_others else "OWN",
    }


def said_by(answer: ColumnElement[str]) -> Select[Any]:
    """A statement that answers a text, in UTF-8, for a viewer that it is told of by parameters.

    It answers NULL where the viewer is no longer what its parameters say, or where other keys are in use than those by
    which the others were made.
    """
    told = [
        func.set_config(literal_column(f"'lantern.{name}'"), _told(name), literal_column("true")) for name in SETTINGS
    ]
    said = select(func.concat(*told).is_not(None).label("said")).offset(literal_column("0")).subquery("who")
    written = func.convert_to(answer, literal_column("'UTF8'"))
    return select(case((said.c.said, case((and_(_by_these_keys(), _stands()), written))))).select_from(said)


def _by_these_keys() -> ColumnElement[bool]:
    keys = _told("keys", Integer())
    in_use = select(literal_column("epoch", Integer)).select_from(table("key_use")).scalar_subquery()
    return or_(keys.is_(None), in_use.is_not_distinct_from(keys))


def _stands() -> ColumnElement[bool]:
    names = ("participant_id", "participant_class", "status", "feed_epoch", "scopes", "groups")
    now = table("viewer_standing", *map(column, names)).c
    # Written as texts: the driver takes microseconds for each member of an array.
    scopes, groups = cast(_told("scopes"), TEXTS), cast(_told("member_of"), UUIDS)
    same: Select[Any] = select(literal_column("1")).where(
        now.participant_id == bindparam("viewer_id", type_=Uuid(), required=False),
        now.participant_class == _told("class"),
        now.status == _told("status"),
        now.feed_epoch == _told("epoch", Integer()),
        now.groups == groups,
        now.scopes == scopes,
    )
    return or_(_told("token").is_(None), same.exists())


def _told(name: str, kind: TypeEngine[Any] | None = None) -> BindParameter[Any]:
    return bindparam(f"who_{name}", type_=kind or Text(), required=False)


def parameters(actor: Actor, key_epoch: int | None, standing: Standing | None) -> dict[str, object]:
    """What such a statement takes of who looks. It asks for the keys only with an epoch of them, for the bearer only
    with a standing that is remembered; all but the moment is then put into words once."""
    said = {} if standing is None else standing.said
    if not said:
        said |= {f"who_{name}": value for name, value in who(actor).items()}
        said |= viewpoint.parameters(actor) | _bearer(standing)
    return {
        **said,
        "who_keys": key_epoch,
        "who_as_of": actor.as_of.isoformat(),
        "viewer_moment": actor.as_of,
    }


def _bearer(standing: Standing | None) -> dict[str, object]:
    bearer = None if standing is None else standing.bearer
    return {
        "who_token": None if standing is None else standing.token_id,
        "who_class": bearer and bearer.participant_class.value,
        "who_status": bearer and bearer.status.value,
        "who_epoch": bearer and bearer.feed_epoch,
        "who_scopes": bearer and array_of(bearer.scopes),
        "who_member_of": bearer and array_of(bearer.groups),
    }


def array_of(members: Iterable[object]) -> str:
    """As PostgreSQL writes an array, of members that need no quotes: ids and scopes."""
    return "{" + ",".join(map(str, members)) + "}"


@dataclass(slots=True)
class Reader:
    """The serving role's connections for such statements, opened when they are first needed."""

    url: URL
    _lending: Lending = field(init=False)

    def __post_init__(self) -> None:
        self._lending = Lending(self._connect, POOL_SIZE)

    async def value(self, statement: str, values: Sequence[object]) -> Any:
        """The one value of the one row. Tried once more where the connection turns out to be lost."""

        def ask(connection: Lent) -> Awaitable[Any]:
            return connection.fetchval(statement, *values)

        try:
            return await self._lending.use(ask)
        except (*LOST, asyncpg.InterfaceError):
            return await self._lending.use(ask)

    async def once(self, statement: str, values: Sequence[object]) -> Any:
        """As `value`, for a statement that writes: it is not known what a connection has done that is lost."""
        with told_alike():
            return await self._lending.use(lambda connection: connection.fetchval(statement, *values))

    async def close(self) -> None:
        await self._lending.close()

    async def _connect(self) -> Lent:
        _, options = DIALECT.create_connect_args(self.url)
        connection: Lent = await asyncpg.connect(
            **options,
            statement_cache_size=PREPARED_STATEMENTS,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=0,
            server_settings={
                "statement_timeout": str(STATEMENT_TIMEOUT_MS),
                "jit": "off",
                "timezone": "UTC",
                # Planning takes many times longer than running: each statement is planned once.
                "plan_cache_mode": "force_generic_plan",
                # Workers of a parallel plan would look before they are told who looks.
                "max_parallel_workers_per_gather": "0",
            },
        )
        return connection
