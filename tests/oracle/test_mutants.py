"""Without row-level security, the policy alone hides; and whatever is taken away from it shows in its channel."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.database import Database
from app.store.database_urls import DatabaseUrls
from tests.oracle.asking import Exchange
from tests.oracle.channels import Channel, Difference, Tally
from tests.oracle.every_channel import EVERY_CHANNEL, GROUPS
from tests.oracle.feed_channels import Changes
from tests.oracle.mutants import MUTANTS, PREDICATES, Mutant, mutated_source, patched
from tests.oracle.stage import Played, Stage, differences, few, served

# Worlds in which each mutant is looked for; the first one shows most of them.
SEEDS = (3, 5, 8)


@pytest.fixture(scope="module")
async def bare(database_urls: DatabaseUrls) -> AsyncIterator[Database]:
    """A database that shows every row: the owner's."""
    database = Database(few(database_urls.owner))
    yield database
    await database.close()
