"""What an upload reads and writes, each in one statement for the whole batch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, INTEGER, SMALLINT, TEXT
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.errors import TooMany
from app.rules import sealing, tags
from app.rules.actor import Actor
from app.rules.drafts import ReadyDraft
from app.rules.key_use import TagVersion
from app.rules.keyring import Keyring
from app.store import bulk, contributions
from app.store.arrays import among
from app.store.key_use import probed
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
_HOLD_AND_EXPIRE = text("SELECT hold_tags(:versions) AS version, expire_lapsed_at(:tags)").bindparams(
    bindparam("versions", type_=ARRAY(INTEGER)), bindparam("tags", type_=ARRAY(BYTEA))
)
_HELD = text("SELECT held_tags(:types, :tags)").bindparams(
    bindparam("types", type_=ARRAY(TEXT)), bindparam("tags", type_=ARRAY(BYTEA))
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """The signal of a value, made by this call if nobody shared it yet."""

    id: UUID
    is_hidden: bool


async def expire_lapsed(session: AsyncSession, keyring: Keyring, drafts: Mapping[bytes, ReadyDraft]) -> TagVersion:
    """End what lapsed at the values of these drafts, which go by their tags in the newest version, so that an upload
    starts anew instead of reviving it.

    The version of new tags is told, and stays until the commit (see `hold_tags`).
    Raises: TooMany if it has just changed, and a draft has no form of it yet.
    """
    versions = probed(session, keyring)
    others = [tag for draft in drafts.values() for tag in tags.signal_tags(keyring, versions[1:], draft.forms)]
    signal_tags = [*drafts, *others]
    given = {"versions": [version.code for version in versions], "tags": signal_tags}
    version = TagVersion.of_code((await session.execute(_HOLD_AND_EXPIRE, given)).one().version)
    if any(version.normaliser not in draft.forms for draft in drafts.values()):
        raise TooMany("The keys of this exchange have just changed. Try again in a moment.")
    return version


async def claim(
    session: AsyncSession, actor: Actor, keyring: Keyring, drafts: Mapping[bytes, ReadyDraft], version: TagVersion
) -> dict[bytes, Claimed]:
    """The signals of these drafts, which go by their tags in the newest version, locked until the commit; new ones get
    tags of that version."""
    ids = [uuid4() for _ in drafts]
    forms = [draft.forms[version.normaliser] for draft in drafts.values()]
    rows = await session.execute(
        _CLAIM,
        {
            "ids": ids,
            "types": [form.type.value for form in forms],
            "qualifiers": [form.qualifier for form in forms],
            "tags": await _tags_held(session, keyring, drafts, version),
            "sealed": [sealing.seal(keyring, form.value, id) for form, id in zip(forms, ids, strict=True)],
            "key_versions": [keyring.encryption.current] * len(ids),
            "tag_version": version.key,
            "normaliser": version.normaliser,
            "moment": actor.as_of,
        },
    )
    by_ordinal = list(drafts)
    # The driver's ids are of a class of their own, of which results would be made anew one by one.
    return {by_ordinal[ordinal - 1]: Claimed(UUID(int=id.int), hidden) for ordinal, id, hidden in rows}


async def _tags_held(
    session: AsyncSession, keyring: Keyring, by_tag: Mapping[bytes, ReadyDraft], version: TagVersion
) -> list[bytes]:
    """For each draft the tag that its signal has, or is to get; there is a choice only for the time of a change."""
    if list(probed(session, keyring)) == [version]:
        return list(by_tag)
    drafts = by_tag.values()
    new = [tags.signal_tag(keyring, draft.forms[version.normaliser], version.key) for draft in drafts]
    others = [other for other in probed(session, keyring) if other != version]
    possible = [tags.signal_tags(keyring, others, draft.forms) for draft in drafts]
    types = [draft.form.type.value for draft, found in zip(drafts, possible, strict=True) for _ in found]
    held = set(await session.scalars(_HELD, {"types": types, "tags": [tag for found in possible for tag in found]}))
    return [next((tag for tag in found if tag in held), fresh) for fresh, found in zip(new, possible, strict=True)]


async def own_live(session: AsyncSession, actor: Actor, signal_ids: Iterable[UUID]) -> dict[UUID, ContributionRow]:
    """The actor's live contributions to these signals, locked against its other calls."""
    query = (
        select(ContributionRow)
        .where(contributions.own_live_at(actor, signal_ids))
        .order_by(col(ContributionRow.id))
        .with_for_update()
    )
    return {row.signal_id: row for row in await session.scalars(query)}


async def own_live_by_key(
    session: AsyncSession, actor: Actor, keyring: Keyring, drafts: Mapping[bytes, ReadyDraft]
) -> dict[bytes, ContributionRow]:
    """The actor's live contributions to the signals of these drafts, by the same keys, for looking only."""
    versions = probed(session, keyring)
    keys = {tag: key for key, draft in drafts.items() for tag in tags.signal_tags(keyring, versions, draft.forms)}
    query = (
        select(col(SignalRow.tag), ContributionRow)
        .join(ContributionRow, col(ContributionRow.signal_id) == SignalRow.id)
        .where(among(col(SignalRow.tag), keys), contributions.is_own_live(actor))
    )
    return {keys[tag]: row for tag, row in await session.execute(query)}


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


async def add_match_keys(
    session: AsyncSession, keyring: Keyring, new: Iterable[tuple[UUID, ReadyDraft]], version: TagVersion
) -> None:
    """The looser keys of signals, of that version; those that are there already stay.

    For all that is new to the uploader: to write them only where nobody holds the signal would take longer, and tell.
    """
    keys = [
        {"signal_id": signal_id, "tag": tag}
        for signal_id, draft in new
        for tag in tags.loose_tags(keyring, (version,), draft.forms)
    ]
    await bulk.add(session, SignalMatchKeyRow, keys, unless_there=True)


async def _add_groups(session: AsyncSession, audience: Iterable[tuple[UUID, UUID]]) -> None:
    """For each contribution the groups that may see it."""
    members = [{"contribution_id": contribution, "group_id": group} for contribution, group in audience]
    await bulk.add(session, ContributionGroupRow, members)
