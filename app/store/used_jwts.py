"""JWTs of clients that may be used once: the first to note one has it, whichever process it came to."""

from datetime import datetime

from sqlalchemy import literal_column
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.store.tables.participant import UsedJwtRow


def use(session: Session, digest: bytes, expires_at: datetime) -> bool:
    """Whether nobody has used it before, from the commit on. Synchronous, as Authlib's core is; needs no viewer.

    Waits for another transaction that notes the same. The worker forgets it once it has expired.
    """
    # It names no column in conflict or to return, as that would need the right to read the table.
    noted = insert(UsedJwtRow).values(digest=digest, expires_at=expires_at).on_conflict_do_nothing()
    return session.scalar(noted.returning(literal_column("true"))) is not None
