"""Which keys are in use, and how far the rows have come that still have older ones (R12)."""

from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Integer, SmallInteger
from sqlmodel import Field

from app.store.tables.row import TEXT, Table


class KeyUseRow(Table, table=True):
    """The one row of an exchange that was set up; see `rules/key_use.py`. Tag versions are kept by their codes."""

    __tablename__ = "key_use"
    __table_args__ = (
        CheckConstraint("one", name="one"),
        CheckConstraint("cardinality(tag_versions) > 0", name="tag_versions"),
    )

    one: bool = Field(default=True, primary_key=True)
    epoch: int = 1
    encryption: int = Field(sa_type=SmallInteger)
    tag_versions: list[int] = Field(sa_type=ARRAY(Integer))
    announced: int | None = None


class RekeyingRow(Table, table=True):
    """A job that brings rows to the keys in use: one for the tags, one for each sealed column."""

    __tablename__ = "rekeying"

    # `signal.tag`, `contribution.sealed_context`, …
    work: str = Field(primary_key=True, sa_type=TEXT)
    # What it brings the rows to: the code of a tag version, or the version of an encryption key.
    target: int
    # The last id that this pass has seen; null before the first.
    after: UUID | None = None
    moved: int = 0
    # Rows of this pass that somebody else held; another pass comes for them.
    busy: int = 0
    # Rows of this pass that cannot be moved, see `worker/rekeying.py`.
    kept: int = 0
    is_done: bool = False
