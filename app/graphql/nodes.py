"""Objects by id, whatever their type: behind `node`, `nodes` and the federation's `_entities`."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from app.errors import ExchangeError, InvalidInput, Refusal, TooMany
from app.graphql import scopes
from app.graphql.context import Info
from app.graphql.types.access_record import AccessRecord
from app.graphql.types.base import Node
from app.graphql.types.case import Case, CaseNote
from app.graphql.types.client import ApiClient
from app.graphql.types.contribution import Contribution
from app.graphql.types.feedback import Feedback
from app.graphql.types.link import SignalLink
from app.graphql.types.participant import Participant, SharingGroup
from app.graphql.types.signal import Signal
from app.graphql.types.victim_report import VictimReport
from app.rules import ids, limits
from app.rules.ids import Prefix


class Referable(Protocol):
    """A type that can be found by its id, within what the viewer may see."""

    @classmethod
    def resolve_reference(cls, info: Info, id: UUID) -> Awaitable[Node | None]: ...


TYPES: Mapping[Prefix, type[Referable]] = {
    Prefix.PARTICIPANT: Participant,
    Prefix.SIGNAL: Signal,
    Prefix.CONTRIBUTION: Contribution,
    Prefix.FEEDBACK: Feedback,
    Prefix.CASE: Case,
}

# Objects that have an id, but that no other subgraph refers to.
OWN_TYPES: Mapping[Prefix, type[Referable]] = {
    Prefix.GROUP: SharingGroup,
    Prefix.CLIENT: ApiClient,
    Prefix.LINK: SignalLink,
    Prefix.ACCESS_RECORD: AccessRecord,
    Prefix.VICTIM_REPORT: VictimReport,
    Prefix.NOTE: CaseNote,
}

_BY_PREFIX = {**TYPES, **OWN_TYPES}
_BY_NAME: Mapping[str, tuple[Prefix, type[Referable]]] = {
    type.__name__: (prefix, type) for prefix, type in TYPES.items()
}


async def by_id(info: Info, id: str) -> Node | None:
    """The object, or null for what is absent, hidden or no id at all (R3).

    Raises: Forbidden if the token lacks the scopes of the type that the id itself names.
    """
    noun = ids.noun_of(id)
    if noun is None or noun[0] not in _BY_PREFIX:
        return None
    prefix, uuid = noun
    return await _resolved(info, _BY_PREFIX[prefix], uuid)


async def by_ids(info: Info, asked: Sequence[str]) -> list[Any]:
    """In the order asked: for each id its object, null, or the error that belongs to it alone, as with `by_id`."""
    return list(await asyncio.gather(*(_alone(by_id(info, id)) for id in _bounded(asked))))


async def by_representations(info: Info, asked: Sequence[Any]) -> list[Any]:
    """The federation's entities: for each representation its object, null, or the error that belongs to it alone."""
    return list(await asyncio.gather(*(_alone(_entity(info, item)) for item in _bounded(asked))))


async def _alone(found: Awaitable[Node | None]) -> Any:
    try:
        return await found
    except ExchangeError as error:
        # The executor turns an exception in a list into a null with its own path, and leaves the others alone.
        return error


async def _entity(info: Info, representation: Any) -> Node | None:
    prefix, type, text = _read(representation)
    uuid = ids.read(prefix, text)
    return None if uuid is None else await _resolved(info, type, uuid)


def _read(representation: Any) -> tuple[Prefix, type[Referable], str]:
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


async def _resolved(info: Info, type: type[Referable], uuid: UUID) -> Node | None:
    scopes.require_type(info.schema, info.context.actor, type.__name__)
    return await type.resolve_reference(info, uuid)


def _bounded(asked: Sequence[Any]) -> Sequence[Any]:
    if len(asked) > limits.MAX_LIST_ITEMS:
        raise TooMany(f"At most {limits.MAX_LIST_ITEMS} objects can be asked for at once.")
    return asked
