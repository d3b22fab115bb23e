"""What an upload reads and writes, each in one statement for the whole batch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, SMALLINT, TEXT
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules import sealing, tags
from app.rules.actor import Actor
from app.rules.drafts import ReadyDraft
from app.rules.keyring import Keyring
from app.rules.normal_forms import NORMALISER_VERSION
from app.store import bulk, contributions
from app.store.arrays import among
from app.store.tables.contribution import ContributionGroupRow, ContributionRow
from app.store.tables.signal import SignalMatchKeyRow, SignalRow

_CLAIM = text(
    "SELECT ordinal, signal_id, is_hidden FROM claim_signals(:ids, :types, :qualifiers, :tags, :sealed,"
    " :key_versions, :tag_version, :normaliser, :moment)"
).bindparams(
    bindparam("ids", type_=ARRAY(PG_UUID(as_uuid=True))),
    bindparam("types", type_=ARRAY(TEXT)),
    bindparam("qualifiers", type_=ARRAY(TEXT)),
    bindparam("tags", type_=ARRAY(BYTEA)),
    bindparam("sealed", type_=ARRAY(BYTEA)),
    bindparam("key_versions", type_=ARRAY(SMALLINT)),
    bindparam("tag_version", type_=SMALLINT),
    bindparam("normaliser", type_=SMALLINT),
)
_EXPIRE = text("SELECT expire_lapsed_at(:tags)").bindparams(bindparam("tags", type_=ARRAY(BYTEA)))


@dataclass(frozen=True, slots=True)
class Claimed:
    """The signal of a value, made by this call if nobody shared it yet."""

    id: UUID
    is_hidden: bool


async def expire_lapsed(session: AsyncSession, signal_tags: Sequence[bytes]) -> None:
    """End what lapsed at these values, so that an upload starts anew instead of reviving it."""
    await session.execute(_EXPIRE, {"tags": list(signal_tags)})


async def claim(
    session: AsyncSession, actor: Actor, keyring: Keyring, drafts: Mapping[bytes, ReadyDraft]
) -> dict[bytes, Claimed]:
    """The signals of these drafts, by tag, locked until the commit."""
    ids = [uuid4() for _ in drafts]
    forms = [draft.form for draft in drafts.values()]
    rows = await session.execute(
        _CLAIM,
        {
            "ids": ids,
            "types": [form.type.value for form in forms],
            "qualifiers": [form.qualifier for form in forms],
            "tags": list(drafts),
            "sealed": [sealing.seal(keyring, form.value, id) for form, id in zip(forms, ids, strict=True)],
            "key_versions": [keyring.encryption.newest] * len(ids),
            "tag_version": keyring.tags.newest,
            "normaliser": NORMALISER_VERSION,
            "moment": actor.as_of,
        },
    )
    by_ordinal = list(drafts)
    return {by_ordinal[ordinal - 1]: Claimed(id, hidden) for ordinal, id, hidden in rows}


async def own_live(session: AsyncSession, actor: Actor, signal_ids: Iterable[UUID]) -> dict[UUID, ContributionRow]:
    """The actor's live contributions to these signals, locked against its other calls."""
    query = (
        select(ContributionRow)
        .where(contributions.own_live_at(actor, signal_ids))
        .order_by(col(ContributionRow.id))
        .with_for_update()
    )
    return {row.signal_id: row for row in await session.scalars(query)}


async def own_live_by_tag(
    session: AsyncSession, actor: Actor, signal_tags: Iterable[bytes]
) -> dict[bytes, ContributionRow]:
    """The actor's live contributions to the signals of these tags, for looking only."""
    query = (
        select(col(SignalRow.tag), ContributionRow)
        .join(ContributionRow, col(ContributionRow.signal_id) == SignalRow.id)
        .where(among(col(SignalRow.tag), signal_tags), contributions.is_own_live(actor))
    )
    return dict((await session.execute(query)).all())


async def add(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add contributions by their columns."""
    await bulk.add(session, ContributionRow, rows)
    await _add_groups(session, ((row["id"], group) for row in rows for group in row["audience_groups"]))


async def put(session: AsyncSession, rows: Sequence[ContributionRow]) -> None:
    """Write contributions of this session that were changed; their audience groups are written anew."""
    if rows:
        await session.flush()
        ids = [row.id for row in rows]
        await session.execute(delete(ContributionGroupRow).where(among(col(ContributionGroupRow.contribution_id), ids)))
        await _add_groups(session, ((row.id, group) for row in rows for group in row.audience_groups))


async def add_match_keys(session: AsyncSession, keyring: Keyring, new: Iterable[tuple[UUID, ReadyDraft]]) -> None:
    """The looser keys of signals; those that are there already stay.

    For all that is new to the uploader: to write them only where nobody holds the signal would take longer, and tell.
    """
    keys = [
        {"signal_id": signal_id, "tag": tags.loose_tag(keyring, draft.form.type, key)}
        for signal_id, draft in new
        for key in draft.keys
    ]
    await bulk.add(session, SignalMatchKeyRow, keys, unless_there=True)


async def _add_groups(session: AsyncSession, audience: Iterable[tuple[UUID, UUID]]) -> None:
    """For each contribution the groups that may see it."""
    members = [{"contribution_id": contribution, "group_id": group} for contribution, group in audience]
    await bulk.add(session, ContributionGroupRow, members)
