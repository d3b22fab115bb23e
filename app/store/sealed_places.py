"""Every column that holds sealed text, by the name that the re-sealing job has for it."""

from dataclasses import dataclass

from sqlalchemy import LargeBinary, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.tables import metadata

PREFIX = "sealed_"
# Where texts are not bound to the `id` of their own row.
_OWNERS = {"feedback_version": "feedback_id"}


@dataclass(frozen=True, slots=True)
class SealedPlace:
    table: str
    column: str

    @property
    def work(self) -> str:
        return f"{self.table}.{self.column}"

    @property
    def owner(self) -> str:
        """The column whose id the text is bound to."""
        return _OWNERS.get(self.table, "id")


PLACES = tuple(
    SealedPlace(table.name, column.name)
    for table in metadata.sorted_tables
    for column in table.columns
    if column.name.startswith(PREFIX)
)


async def sealed_with(session: AsyncSession, versions: list[int]) -> dict[str, int]:
    """By place, how many texts still need one of these keys; places without any are left out. For the owner."""
    found = {}
    for place in PLACES:
        column = metadata.tables[place.table].c[place.column]
        # The first two bytes of sealed text, see `rules/sealing.py`.
        marks = [literal(version.to_bytes(2, "big"), LargeBinary) for version in versions]
        count = await session.scalar(select(func.count()).where(func.substr(column, 1, 2).in_(marks)))
        if count:
            found[place.work] = count
    return found
