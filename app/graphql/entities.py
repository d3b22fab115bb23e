"""The federation's entities: what a representation names, by the id or by another key of its type."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import strawberry

from app.errors import ExchangeError, InvalidInput, Refusal, TooMany
from app.graphql import nodes, scopes
from app.graphql.context import Context, Info
from app.graphql.nodes import TYPES, Reference
from app.graphql.reads import Shown
from app.graphql.scopes import Caller
from app.rules import ids
from app.rules.ids import Prefix
from app.rules.participants import check_slug
from app.rules.tag_keys import TagKey
from app.services import tag_lookup
from app.services.tag_lookup import Tagged
from app.store import participants

# How often one look-up goes on with what it needs, each time by a thousand signals in a transaction of its own.
STRETCHES: Final = 5
# What it costs to prepare one signal, in units of `costs`; known only once it is done, as it may be for a new key.
PREPARED_COST: Final = 25


@dataclass(frozen=True, slots=True)
class Sought:
    """An object that is named by another key: a participant by its slug, a signal by its tag. `found` finds its id."""

    prefix: Prefix
    type: type[Shown]
    key: str | Tagged


@dataclass(frozen=True, slots=True)
class OtherKey:
    """The fields of a key, and what their texts stand for; null for texts that stand for nothing."""

    fields: tuple[str, ...]
    read: Callable[..., str | Tagged | None]


def _slug(text: str) -> str | None:
    try:
        check_slug(text)
    except InvalidInput:
        return None
    return text


def _tagged(text: str, type: str | None = None) -> Tagged | None:
    key = TagKey.read(text)
    return None if key is None else Tagged(key, type)


# The fullest first.
OTHER_KEYS: Mapping[str, Sequence[OtherKey]] = {
    "Participant": (OtherKey(("slug",), _slug),),
    # The tag covers the type. Who states the type too has to copy its enum, with all words that we ever add to it.
    "Signal": (
        OtherKey(("type", "matchTagKey"), lambda type, text: _tagged(text, type)),
        OtherKey(("matchTagKey",), _tagged),
    ),
}
_BY_NAME: Mapping[str, tuple[Prefix, type[Shown]]] = {type.__name__: (prefix, type) for prefix, type in TYPES.items()}

Named = Reference | Sought | None


async def by_representations(info: Info, asked: Sequence[Any]) -> list[Any]:
    """For each representation its object, null, or the error that belongs to it alone."""
    caller = info.context.actor
    named = [_alone(info.schema, caller, given) for given in nodes.bounded(asked)]
    known = await found(info.context, named)
    return list(await asyncio.gather(*(_shown(info, one) for one in known)))


async def _shown(info: Info, one: Reference | ExchangeError | None) -> Any:
    return one if isinstance(one, ExchangeError) else await nodes.alone(nodes.shown(info, one))


def _alone(schema: strawberry.Schema, caller: Caller, given: Any) -> "Named | ExchangeError":
    try:
        return named_by(schema, caller, given)
    except ExchangeError as error:
        return error


def named_by(schema: strawberry.Schema, caller: Caller, given: Any) -> Named:
    """What a representation names; null if its key is none of its type. What else it holds is passed over.

    Raises: InvalidInput, Forbidden.
    """
    name = given.get("__typename") if isinstance(given, dict) else None
    if not isinstance(name, str) or name not in _BY_NAME:
        raise _malformed("A representation needs a __typename that is an entity.")
    prefix, type_ = _BY_NAME[name]
    stated = (key for key in OTHER_KEYS.get(name, ()) if all(field in given for field in key.fields))
    other = None if "id" in given else next(stated, None)
    if other is not None:
        key = other.read(*(_text(given, field) for field in other.fields))
        if key is None:
            return None
        scopes.require(schema, caller, name, *(f"{name}.{field}" for field in other.fields))
        return Sought(prefix, type_, key)
    uuid = ids.read(prefix, _text(given, "id"))
    if uuid is None:
        return None
    scopes.require(schema, caller, name)
    return Reference(prefix, type_, uuid)


async def found(context: Context, named: Sequence[Named | ExchangeError]) -> list[Reference | ExchangeError | None]:
    """The same by ids: null for what is absent or hidden, or an error that belongs to one alone."""
    sought = [one for one in named if isinstance(one, Sought)]
    slugs = await _by_slug(context, [one.key for one in sought if isinstance(one.key, str)])
    tagged = await _by_tag(context, [one.key for one in sought if isinstance(one.key, Tagged)])
    by_key: Mapping[Any, UUID | ExchangeError | None] = {**slugs, **tagged}
    return [_referred(one, by_key.get(one.key)) if isinstance(one, Sought) else one for one in named]


def _referred(sought: Sought, id: UUID | ExchangeError | None) -> Reference | ExchangeError | None:
    return Reference(sought.prefix, sought.type, id) if isinstance(id, UUID) else id


async def _by_slug(context: Context, slugs: Sequence[str]) -> Mapping[str, UUID]:
    if not slugs:
        return {}
    async with context.read() as session:
        return await participants.ids_by_slug(session, context.actor, slugs)


async def _by_tag(context: Context, asked: Sequence[Tagged]) -> Mapping[Tagged, UUID | ExchangeError | None]:
    """Writes, as what is needed to find them may have to be prepared; what was stays, whenever the operation ends."""
    if not asked:
        return {}
    for _ in range(STRETCHES):
        async with context.write() as session:
            looked = await tag_lookup.find(session, context.actor, context.keyring, asked)
        context.owed += looked.prepared * PREPARED_COST
        if looked.ids is not None:
            return dict(zip(asked, looked.ids, strict=True))
    waiting = TooMany("Your match tags are being prepared: ask again, until this is no longer said.")
    return dict.fromkeys(asked, waiting)


def _text(given: Mapping[str, Any], field: str) -> str:
    text = given.get(field)
    if not isinstance(text, str):
        raise _malformed(f"A representation needs the key field `{field}`, a string.")
    return text


def _malformed(message: str) -> InvalidInput:
    return InvalidInput(message, field="representations", reason=Refusal.MALFORMED)
