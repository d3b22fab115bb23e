"""Without row-level security the policy alone hides; and whatever is taken away from it shows in its channel."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.store.database import Database
from app.store.database_urls import DatabaseUrls
from tests.oracle.asking import Exchange, Unanswered
from tests.oracle.channels import FOR_OPERATORS, Difference, Tally
from tests.oracle.every_channel import EVERY_CHANNEL, GROUPS
from tests.oracle.mutants import MUTANTS, Mutant, mutated_source, patched
from tests.oracle.stage import Played, Stage, differences, few, served

# Worlds in which each mutant is looked for; the first one shows most of them.
SEEDS = (3, 5, 8)


@dataclass
class Findings:
    """What the policy alone let through, and what each mutant was caught at."""

    unmutated: list[Difference] = field(default_factory=list)
    caught: dict[tuple[str, Mutant], Difference] = field(default_factory=dict)


@pytest.fixture(scope="module")
async def findings(stage: Stage, database_urls: DatabaseUrls) -> Findings:
    """Of some worlds, served by the owner of the tables, who sees every row."""
    database, findings = Database(few(database_urls.owner)), Findings()
    parts = database, stage.keyring, stage.clock
    for seed in SEEDS:
        played = await stage.play(seed)
        async with served(*parts) as exchange:
            for group in GROUPS:
                findings.unmutated += await differences(exchange, played, group, Tally(), played.one_viewer(group))
        for channel, mutant in MUTANTS:
            if (channel, mutant) not in findings.caught:
                # An application of its own: the plans of another are written already.
                async with mutated(stage.owner, mutant), served(*parts, mutant.engine) as exchange:
                    findings.caught |= await _caught(exchange, played, channel, mutant)
    await database.close()
    return findings


@asynccontextmanager
async def mutated(owner: AsyncEngine, mutant: Mutant) -> AsyncIterator[None]:
    if not mutant.function:
        with patched(mutant):
            yield
        return
    async with AsyncSession(owner) as session, session.begin():
        before, after = await mutated_source(session, mutant)
        await session.execute(text(after))
    yield
    async with AsyncSession(owner) as session, session.begin():
        await session.execute(text(before))


async def _caught(
    exchange: Exchange, played: Played, name: str, mutant: Mutant
) -> dict[tuple[str, Mutant], Difference]:
    """By the first viewer whose channel differs from what the oracle says."""
    asked = next(group for group in GROUPS if any(channel.name == name for channel in group))
    # What has no fields of its own is asked for together with another one.
    channels = [channel for channel in asked if channel.name in (name, name.removesuffix("(after)"))]
    for viewer in played.viewers():
        try:
            found = await differences(exchange, played, channels, Tally(), [viewer])
        except Unanswered as unanswered:
            # A list without its condition holds what the policy of its objects hides.
            return {(name, mutant): Difference(name, viewer.slug, "all", "an answer", str(unanswered))}
        mine = [difference for difference in found if difference.channel == name]
        if mine:
            return {(name, mutant): mine[0]}
    return {}


def test_the_policy_alone_hides_what_the_oracle_hides(findings: Findings) -> None:
    assert not findings.unmutated, "\n".join(map(str, findings.unmutated[:5]))


@pytest.mark.parametrize(("channel", "mutant"), MUTANTS, ids=[f"{name} without {m}" for name, m in MUTANTS])
def test_a_missing_predicate_shows(findings: Findings, channel: str, mutant: Mutant) -> None:
    assert (channel, mutant) in findings.caught


def test_every_channel_has_a_mutant() -> None:
    names = {channel.name for channel in EVERY_CHANNEL} - FOR_OPERATORS
    assert {name for name, _ in MUTANTS} == names
