"""Seals texts with the key in use: one batch of one column, in the transaction of its job."""

from uuid import UUID

import structlog
from cryptography.exceptions import InvalidTag
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.rules.keyring import Keyring
from app.rules.rekeying import resealed
from app.worker.batches import Batch, Window

log = structlog.get_logger("lantern.rekeying")

_BEHIND = text("SELECT owner, sealed FROM sealed_behind(:work, :after, :until)").bindparams(
    bindparam("after", type_=PG_UUID(as_uuid=True)), bindparam("until", type_=PG_UUID(as_uuid=True))
)
_RESEAL = text("SELECT reseal(:work, CAST(:sealed_by AS smallint), :owners, :old, :new)").bindparams(
    bindparam("owners", type_=ARRAY(PG_UUID(as_uuid=True))),
    bindparam("old", type_=ARRAY(BYTEA)),
    bindparam("new", type_=ARRAY(BYTEA)),
)


async def reseal(session: AsyncSession, keyring: Keyring, work: str, window: Window) -> Batch:
    """The texts of a window. What cannot be opened is kept as it is."""
    rows = await session.execute(_BEHIND, {"work": work, "after": window.after, "until": window.until})
    behind = [(owner, sealed) for owner, sealed in rows]
    ready = [(owner, old, new) for owner, old in behind if (new := _resealed(keyring, work, owner, old)) is not None]
    moved = 0
    if ready:
        owners, before, after = map(list, zip(*ready, strict=True))
        given = {"work": work, "sealed_by": keyring.encryption.current, "owners": owners, "old": before, "new": after}
        moved = int(await session.scalar(_RESEAL, given) or 0)
    return Batch(moved=moved, busy=len(ready) - moved, kept=len(behind) - len(ready))


def _resealed(keyring: Keyring, work: str, owner: UUID, sealed: bytes) -> bytes | None:
    try:
        return resealed(keyring, sealed, owner)
    except (InvalidTag, KeyError) as error:
        log.error("text kept as it was: it cannot be opened", work=work, id=str(owner), error=type(error).__name__)
        return None
