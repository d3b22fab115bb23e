"""Gives signals the tags of the version in use: one batch, in the transaction of its job."""

from uuid import UUID

import structlog
from cryptography.exceptions import InvalidTag
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, TEXT
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncSession

from app.errors import InvalidInput
from app.rules.key_use import TagVersion
from app.rules.keyring import Keyring
from app.rules.rekeying import Retagged, SignalBehind, retagged
from app.worker.batches import Batch, Window

log = structlog.get_logger("lantern.rekeying")

WORK = "signal.tag"

_BEHIND = text(
    "SELECT id, type, qualifier, tag, sealed_value, normaliser FROM signals_behind(:after, :until)"
).bindparams(bindparam("after", type_=PG_UUID(as_uuid=True)), bindparam("until", type_=PG_UUID(as_uuid=True)))
_RETAG = text(
    "SELECT id, equals FROM retag_signals(:version, CAST(:sealed_by AS smallint), :ids, :old, :tags, :qualifiers,"
    " :sealed, :key_ids, :key_tags)"
).bindparams(
    *(bindparam(name, type_=ARRAY(BYTEA)) for name in ("old", "tags", "sealed", "key_tags")),
    *(bindparam(name, type_=ARRAY(PG_UUID(as_uuid=True))) for name in ("ids", "key_ids")),
    bindparam("qualifiers", type_=ARRAY(TEXT)),
)


async def retag(session: AsyncSession, keyring: Keyring, version: TagVersion, window: Window) -> Batch:
    """The signals of a window. Kept as they are: what the new forms refuse, or take for the value of another signal."""
    rows = await session.execute(_BEHIND, {"after": window.after, "until": window.until})
    signals = [SignalBehind(*row) for row in rows]
    ready = [made for signal in signals if (made := _retagged(keyring, signal, version)) is not None]
    # Of two that become equal in one batch the second comes in the next pass, which finds the first.
    first = {(made.tag): made for made in reversed(ready)}
    told = await _write(session, keyring, version, list(first.values()))
    for id, equals in told.items():
        if equals is not None:
            log.warning(
                "signal kept as it was: under the new forms it equals another", signal=str(id), other=str(equals)
            )
    kept = len(signals) - len(ready) + sum(equals is not None for equals in told.values())
    moved = sum(equals is None for equals in told.values())
    return Batch(moved=moved, busy=len(ready) - len(told), kept=kept)


async def finish(session: AsyncSession) -> int:
    """Let look-ups try the new tags alone, if no signal has others; says how many have."""
    return int(await session.scalar(text("SELECT finish_retagging()")) or 0)


def _retagged(keyring: Keyring, signal: SignalBehind, version: TagVersion) -> Retagged | None:
    try:
        return retagged(keyring, signal, version)
    except InvalidInput as error:
        log.warning("signal kept as it was: the new forms refuse it", signal=str(signal.id), reason=str(error.reason))
    except (InvalidTag, KeyError) as error:
        log.error("signal kept as it was: it cannot be opened", signal=str(signal.id), error=type(error).__name__)
    return None


async def _write(
    session: AsyncSession, keyring: Keyring, version: TagVersion, signals: list[Retagged]
) -> dict[UUID, UUID | None]:
    """By signal: null if it is done, the other one if it equals another; those that somebody holds are left out."""
    if not signals:
        return {}
    rows = await session.execute(
        _RETAG,
        {
            "version": version.code,
            "sealed_by": keyring.encryption.current,
            "ids": [signal.id for signal in signals],
            "old": [signal.old for signal in signals],
            "tags": [signal.tag for signal in signals],
            "qualifiers": [signal.qualifier for signal in signals],
            "sealed": [signal.sealed_value for signal in signals],
            "key_ids": [signal.id for signal in signals for _ in signal.keys],
            "key_tags": [tag for signal in signals for tag in signal.keys],
        },
    )
    return dict(rows.all())
