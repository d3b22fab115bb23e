"""What the database knows of the keys: enough to tell them from others, and nothing more (R12)."""

from sqlmodel import Field

from app.store.tables.row import TEXT, Table


class KeyCheckRow(Table, table=True):
    """A constant under one key of the exchange; for the owner alone."""

    __tablename__ = "key_check"

    purpose: str = Field(primary_key=True, sa_type=TEXT)
    version: int = Field(primary_key=True)
    digest: bytes
