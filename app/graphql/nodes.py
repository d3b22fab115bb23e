"""Objects by id, whatever their type: behind `node`, `nodes` and the federation's `_entities`."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import strawberry

from app.errors import ExchangeError, InvalidInput, Refusal, TooMany
from app.graphql import scopes
from app.graphql.context import Info
from app.graphql.reads import Shown
from app.graphql.scopes import Caller
from app.graphql.types.access_record import AccessRecord
from app.graphql.types.base import Node
from app.graphql.types.case import Case, CaseNote
from app.graphql.types.client import ApiClient
from app.graphql.types.contribution import Contribution
from app.graphql.types.feedback import Feedback
from app.graphql.types.link import SignalLink
from app.graphql.types.participant import Participant, SharingGroup
from app.graphql.types.person import Person
from app.graphql.types.signal import Signal
from app.graphql.types.victim_report import VictimReport
from app.rules import ids, limits
from app.rules.ids import Prefix

TYPES: Mapping[Prefix, type[Shown]] = {
    Prefix.PARTICIPANT: Participant,
    Prefix.SIGNAL: Signal,
    Prefix.CONTRIBUTION: Contribution,
    Prefix.FEEDBACK: Feedback,
    Prefix.CASE: Case,
}

# Objects that have an id, but that no other subgraph refers to.
OWN_TYPES: Mapping[Prefix, type[Shown]] = {
    Prefix.GROUP: SharingGroup,
    Prefix.CLIENT: ApiClient,
    Prefix.PERSON: Person,
    Prefix.LINK: SignalLink,
    Prefix.ACCESS_RECORD: AccessRecord,
    Prefix.VICTIM_REPORT: VictimReport,
    Prefix.NOTE: CaseNote,
}

BY_PREFIX: Mapping[Prefix, type[Shown]] = {**TYPES, **OWN_TYPES}
_BY_NAME: Mapping[str, tuple[Prefix, type[Shown]]] = {type.__name__: (prefix, type) for prefix, type in TYPES.items()}


@dataclass(frozen=True, slots=True)
class Reference:
    """An object that a request names, of a type whose scopes the caller has."""

    prefix: Prefix
    type: type[Shown]
    id: UUID


def of_id(schema: strawberry.Schema, caller: Caller, text: str) -> Reference | None:
    """What an id names; null for a text that is none.

    Raises: Forbidden if the token lacks the scopes of the type that the id itself names.
    """
    noun = ids.noun_of(text)
    if noun is None or noun[0] not in BY_PREFIX:
        return None
    prefix, uuid = noun
    return _allowed(schema, caller, Reference(prefix, BY_PREFIX[prefix], uuid))


def of_representation(schema: strawberry.Schema, caller: Caller, given: Any) -> Reference | None:
    """What a representation names; null if its key is no id of its type.

    Raises: InvalidInput, Forbidden.
    """
    prefix, type, text = _read(given)
    uuid = ids.read(prefix, text)
    return None if uuid is None else _allowed(schema, caller, Reference(prefix, type, uuid))


def bounded(asked: Sequence[Any]) -> Sequence[Any]:
    """Raises: TooMany."""
    if len(asked) > limits.MAX_LIST_ITEMS:
        raise TooMany(f"At most {limits.MAX_LIST_ITEMS} objects can be asked for at once.")
    return asked


async def by_id(info: Info, asked: str) -> Node | None:
    """The object, or null for what is absent, hidden or no id at all (R3). Raises: Forbidden."""
    return await _found(info, of_id(info.schema, info.context.actor, asked))


async def by_ids(info: Info, asked: Sequence[str]) -> list[Any]:
    """In the order asked: for each id its object, null, or the error that belongs to it alone, as with `by_id`."""
    return list(await asyncio.gather(*(_alone(by_id(info, id)) for id in bounded(asked))))


async def by_representations(info: Info, asked: Sequence[Any]) -> list[Any]:
    """The federation's entities: for each representation its object, null, or the error that belongs to it alone."""
    return list(await asyncio.gather(*(_alone(_entity(info, item)) for item in bounded(asked))))


async def _alone(found: Awaitable[Node | None]) -> Any:
    try:
        return await found
    except ExchangeError as error:
        # The executor turns an exception in a list into a null with its own path, and leaves the others alone.
        return error


async def _entity(info: Info, representation: Any) -> Node | None:
    return await _found(info, of_representation(info.schema, info.context.actor, representation))


async def _found(info: Info, named: Reference | None) -> Any:
    return None if named is None else await named.type.resolve_reference(info, named.id)


def _allowed(schema: strawberry.Schema, caller: Caller, named: Reference) -> Reference:
    scopes.require_type(schema, caller, named.type.__name__)
    return named


def _read(representation: Any) -> tuple[Prefix, type[Shown], str]:
    name = representation.get("__typename") if isinstance(representation, dict) else None
    if not isinstance(name, str) or name not in _BY_NAME:
        raise InvalidInput(
            "A representation needs a __typename that is an entity.", field="representations", reason=Refusal.MALFORMED
        )
    text = representation.get("id")
    if not isinstance(text, str):
        raise InvalidInput(
            "A representation needs the key field `id`, a string.", field="representations", reason=Refusal.MALFORMED
        )
    return *_BY_NAME[name], text
