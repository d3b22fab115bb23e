"""What the database says of the keys in use, and the versions that a transaction's look-ups try."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, INTEGER, TEXT, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.rules.key_use import KeyUse, TagVersion, of_keyring
from app.rules.keyring import Keyring
from app.store.tables.key_use import KeyUseRow

# Where a session keeps what is in use, as its transaction sees it.
IN_USE = "key_use"

_UNLIKE = text("SELECT unlike_keys(:purposes, :versions, :digests)").bindparams(
    bindparam("purposes", type_=ARRAY(TEXT)),
    bindparam("versions", type_=ARRAY(INTEGER)),
    bindparam("digests", type_=ARRAY(BYTEA)),
)


def probed(session: AsyncSession, keyring: Keyring) -> Sequence[TagVersion]:
    """The versions that signals in this transaction's sight may have, the one of new tags first.

    One, but for the time of a change. It comes with the transaction's first statement, so it costs nothing here, and is
    as old as the rows: nothing moves from one version to another between the two.
    """
    use: KeyUse | None = session.info.get(IN_USE)
    return of_keyring(keyring) if use is None else use.probed


async def now(session: AsyncSession) -> KeyUse | None:
    """What is in use; null for an exchange that was not set up."""
    columns = (KeyUseRow.epoch, KeyUseRow.encryption, KeyUseRow.tag_versions, KeyUseRow.announced)
    row = (await session.execute(select(*map(col, columns)))).one_or_none()
    if row is None:
        return None
    return KeyUse(
        row.epoch,
        row.encryption,
        tuple(map(TagVersion.of_code, row.tag_versions)),
        None if row.announced is None else TagVersion.of_code(row.announced),
    )


async def are_ours(session: AsyncSession, keyring: Keyring) -> bool:
    """Whether the exchange has these keys under the names that the keyring has for them."""
    checks = keyring.checks()
    given = {
        "purposes": [purpose for purpose, _ in checks],
        "versions": [version for _, version in checks],
        "digests": list(checks.values()),
    }
    return not await session.scalar(_UNLIKE, given)


async def begin(session: AsyncSession, keyring: Keyring) -> None:
    """Say for an exchange that is being set up that all of its keys are in use. For the owner of the tables."""
    codes = [version.code for version in of_keyring(keyring)]
    row = {"one": True, "epoch": 1, "encryption": keyring.encryption.current, "tag_versions": codes}
    await session.execute(insert(KeyUseRow).values(row).on_conflict_do_nothing())


async def use_encryption(session: AsyncSession, version: int) -> None:
    """From the commit on, new texts are sealed with this key. For the owner of the tables."""
    await session.execute(update(KeyUseRow).values(encryption=version, epoch=KeyUseRow.epoch + 1))


async def announce(session: AsyncSession, version: TagVersion) -> int:
    """From the commit on, look-ups try this version too; says which transaction this is. For the owner."""
    await session.execute(update(KeyUseRow).values(announced=version.code, epoch=KeyUseRow.epoch + 1))
    return await this_transaction(session)


async def this_transaction(session: AsyncSession) -> int:
    """The number of this transaction, which then counts as one that writes."""
    return int(await session.scalar(text("SELECT pg_current_xact_id()::text::bigint")) or 0)


async def is_over(session: AsyncSession, transaction: int) -> bool:
    """Whether all that wrote when that transaction did have ended."""
    oldest = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    return int(await session.scalar(oldest) or 0) > transaction


async def use_announced(session: AsyncSession) -> None:
    """From the commit on, new tags have the announced version. For the owner."""
    await session.execute(text("SELECT use_announced_tags()"))
