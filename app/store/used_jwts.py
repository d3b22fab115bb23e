"""JWTs of clients that may be used once: the first to note one has it, whichever process it came to."""

from datetime import datetime

from sqlalchemy import literal_column
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.store.reader import Reader
from app.store.tables.participant import UsedJwtRow

# Its commit does not wait for the disk, as each request waits for it. Should the server crash within the same second,
# what was used in that second may be used again, for the seconds that it is good.
_AT_ONCE = """
INSERT INTO used_jwt (digest, expires_at)
SELECT $1, $2::timestamptz FROM set_config('synchronous_commit', 'off', true) ON CONFLICT DO NOTHING RETURNING true
"""


def use(session: Session, digest: bytes, expires_at: datetime) -> bool:
    """Whether nobody has used it before, from the commit on. Synchronous, as Authlib's core is; needs no viewer.

    Waits for another transaction that notes the same. The worker forgets it once it has expired.
    """
    # It names no column in conflict or to return, as that would need the right to read the table.
    noted = insert(UsedJwtRow).values(digest=digest, expires_at=expires_at).on_conflict_do_nothing()
    return session.scalar(noted.returning(literal_column("true"))) is not None


async def use_at_once(reader: Reader, digest: bytes, expires_at: datetime) -> bool:
    """The same in a transaction of its own. Where the connection is lost it is noted once more, which at worst refuses
    what nobody has used."""
    return await reader.value(_AT_ONCE, (digest, expires_at)) is not None
