"""Calls that may be sent twice and act once (R19)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import Conflict
from app.rules import tags, texts
from app.rules.actor import Actor
from app.rules.keyring import Keyring
from app.rules.row_results import RowResult, kept, of_kept, plain
from app.store import idempotency
from app.store.idempotency import Place

# Characters; a UUID has 36, a hash 64.
MAX_KEY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Call:
    """A call as the client names it: the mutation, its key, and its input as lists, dicts, dataclasses and texts."""

    mutation: str
    key: str | None
    content: Any


async def once(
    session: AsyncSession, actor: Actor, keyring: Keyring, call: Call, work: Callable[[], Awaitable[Any]]
) -> Any:
    """Do `work`, or give the result that it had when the same client sent this key before.

    The result is stored, so it is plain JSON without values. A concurrent call with the key waits here, and a
    transaction that fails leaves nothing behind.
    Raises: Conflict if the key came with other input before; InvalidInput for a key that is none.
    """
    if call.key is None:
        return await work()
    key = texts.checked(call.key, "idempotencyKey", max_length=MAX_KEY_LENGTH)
    place = Place(actor.author_id, call.mutation, tags.fingerprint(keyring, ["key", key]))
    given = tags.fingerprint(keyring, call.content)
    earlier = await idempotency.claim(session, actor, place, given)
    if earlier is None:
        result = await work()
        await idempotency.keep(session, place, result)
        return result
    if earlier.input_fingerprint != given:
        raise Conflict("This idempotency key was used with other input: use a new key for a new call.")
    return earlier.result


async def rows_once(
    session: AsyncSession, actor: Actor, keyring: Keyring, call: Call, work: Callable[[], Awaitable[list[RowResult]]]
) -> list[RowResult]:
    """As `once`, for a call with a result for each of its rows."""
    made: list[list[RowResult]] = []

    async def keep() -> Any:
        made.append(plain(await work()))
        return kept(made[0])

    if call.key is None:
        return plain(await work())
    result = await once(session, actor, keyring, call, keep)
    return made[0] if made else of_kept(result)
