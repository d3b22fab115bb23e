"""Objects by id, whatever their type: behind `node` and `nodes`, and in the end the federation's `_entities`."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import strawberry

from app.errors import ExchangeError, TooMany
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
from app.graphql.types.trusted_document import TrustedDocument
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
    Prefix.DOCUMENT: TrustedDocument,
}

BY_PREFIX: Mapping[Prefix, type[Shown]] = {**TYPES, **OWN_TYPES}


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
    scopes.require(schema, caller, BY_PREFIX[prefix].__name__)
    return Reference(prefix, BY_PREFIX[prefix], uuid)


def bounded(asked: Sequence[Any]) -> Sequence[Any]:
    """Raises: TooMany."""
    if len(asked) > limits.MAX_LIST_ITEMS:
        raise TooMany(f"At most {limits.MAX_LIST_ITEMS} objects can be asked for at once.")
    return asked


async def by_id(info: Info, asked: str) -> Node | None:
    """The object, or null for what is absent, hidden or no id at all (R3). Raises: Forbidden."""
    return await shown(info, of_id(info.schema, info.context.actor, asked))


async def by_ids(info: Info, asked: Sequence[str]) -> list[Any]:
    """In the order asked: for each id its object, null, or the error that belongs to it alone, as with `by_id`."""
    return list(await asyncio.gather(*(alone(by_id(info, id)) for id in bounded(asked))))


async def alone(found: Awaitable[Node | None]) -> Any:
    try:
        return await found
    except ExchangeError as error:
        # The executor turns an exception in a list into a null with its own path, and leaves the others alone.
        return error


async def shown(info: Info, named: Reference | None) -> Any:
    return None if named is None else await named.type.resolve_reference(info, named.id)
