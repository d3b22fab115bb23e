"""Faults that a feed could have, put into the database for the length of a test to see whether they are caught."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True)
class Mutant:
    """`body` is run before each insert or update of a row of the table, and may change the row or take it away."""

    name: str
    occasion: str
    body: str

    def __str__(self) -> str:
        return self.name

    @asynccontextmanager
    async def at_large(self, owner: AsyncEngine) -> AsyncIterator[None]:
        await _run(owner, "CREATE SEQUENCE mutant_number")
        await _run(
            owner,
            "CREATE FUNCTION mutant() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public"
            f" AS $$ BEGIN {self.body} END $$",
        )
        await _run(owner, f"CREATE TRIGGER mutant BEFORE {self.occasion} FOR EACH ROW EXECUTE FUNCTION mutant()")
        try:
            yield
        finally:
            await _run(owner, "DROP FUNCTION mutant CASCADE")
            await _run(owner, "DROP SEQUENCE mutant_number")


async def _run(owner: AsyncEngine, statement: str) -> None:
    async with owner.begin() as connection:
        await connection.execute(text(statement))


FORGETS_WHO_SAW_WHAT_ENDED = Mutant(
    "forgets who saw what ended",
    "INSERT ON inbox",
    "IF NEW.sight_after = 0 THEN NEW.sight_before := 0; END IF; RETURN NEW;",
)
FORGETS_WHO_SAW_WHAT_MOVED = Mutant(
    "forgets who saw what moved to another audience",
    "INSERT ON inbox",
    "IF NEW.sight_after = 1 THEN NEW.program_before := NEW.program_after; NEW.groups_before := NEW.groups_after;"
    " END IF; RETURN NEW;",
)
FORGETS_WHO_SAW_WHAT_WAS_HIDDEN = Mutant(
    "forgets who saw what was hidden",
    "INSERT ON inbox",
    "IF NEW.sight_after = 2 THEN NEW.sight_before := 2; END IF; RETURN NEW;",
)
TELLS_EVERY_AUDIENCE = Mutant(
    "tells all who see a contribution of every change of its groups",
    "INSERT ON inbox",
    "IF NEW.kind = 'AUDIENCE' THEN NEW.kind := 'CONTRIBUTION'; END IF; RETURN NEW;",
)
COUNTS_EVERY_AUDIENCE = Mutant(
    "raises the version for other groups",
    "UPDATE ON contribution",
    "IF NEW.audience_groups <> OLD.audience_groups AND NEW.version = OLD.version THEN NEW.version := OLD.version + 1;"
    " END IF; RETURN NEW;",
)
KEEPS_THE_EPOCH_WHEN_GROUPS_CHANGE = Mutant(
    "keeps the epoch when groups change",
    "UPDATE ON participant",
    "IF NEW.status = OLD.status THEN NEW.feed_epoch := OLD.feed_epoch; END IF; RETURN NEW;",
)
KEEPS_THE_EPOCH_WHEN_STATUS_CHANGES = Mutant(
    "keeps the epoch when the status changes",
    "UPDATE ON participant",
    "IF NEW.status <> OLD.status THEN NEW.feed_epoch := OLD.feed_epoch; END IF; RETURN NEW;",
)
POSITIONS_BY_ORDER_OF_INSERT = Mutant(
    "gives positions with the insert, before anybody can see the row",
    "INSERT ON inbox",
    "INSERT INTO feed (position, inbox_id, kind, signal_id, owner_id, sight_before, program_before, groups_before,"
    " sight_after, program_after, groups_after, at) VALUES (nextval('mutant_number'), NEW.id, NEW.kind, NEW.signal_id,"
    " NEW.owner_id, NEW.sight_before, NEW.program_before, NEW.groups_before, NEW.sight_after, NEW.program_after,"
    " NEW.groups_after, NEW.at); RETURN NULL;",
)
# No fault, but nearly every kill then comes in the middle of a batch.
SLOW_SEQUENCER = Mutant(
    "takes a millisecond for each fifth row",
    "INSERT ON feed",
    "IF NEW.position % 5 = 0 THEN PERFORM pg_sleep(0.001); END IF; RETURN NEW;",
)
TELLS_CONTRIBUTORS_OF_HIDING = Mutant(
    "tells contributors that their signal was hidden or shown again",
    "INSERT ON inbox",
    "IF NEW.kind = 'HIDING' THEN NEW.kind := 'CONTRIBUTION'; END IF; RETURN NEW;",
)
DATES_WHAT_IS_HIDDEN = Mutant(
    "takes hiding for a change of the contribution",
    "UPDATE ON contribution",
    "IF NEW.signal_hidden <> OLD.signal_hidden THEN NEW.updated_at := NEW.updated_at + interval '1 second'; END IF;"
    " RETURN NEW;",
)
TELLS_EVERY_FINDING = Mutant(
    "tells all who see a contribution of every change to a finding with it",
    "INSERT ON inbox",
    "IF NEW.kind = 'FEEDBACK' AND NEW.sight_after = 0 THEN NEW.sight_after := 1; NEW.program_after := true; END IF;"
    " RETURN NEW;",
)
