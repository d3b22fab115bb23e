"""Lists of signals: what they hold, in which order, and that an index answers each."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.rules.actor import Actor
from app.rules.drafts import Audience
from app.rules.labels import Handling, Severity, Violation
from app.rules.signal_lists import SignalFilter, SignalOrder
from app.rules.signal_types import SignalType
from app.services import contributions, signals
from app.services.contributions import Revision
from app.store.database_urls import DatabaseUrls
from app.store.pages import Window
from app.store.tables import metadata
from tests.feedback_world import World, world_at

ORDERS = list(SignalOrder)


@pytest.fixture
async def world(emptied: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    async with world_at(emptied, owner_engine) as made:
        yield made


async def listed(
    world: World,
    actor: Actor,
    wanted: SignalFilter = SignalFilter(),  # noqa: B008  # frozen
    order: SignalOrder = SignalOrder.UPDATED_NEWEST_FIRST,
    first: int = 1_000,
) -> list[UUID]:
    """All pages, one after the other."""
    found: list[UUID] = []
    window = Window(first)
    while True:
        page = await world.ask(signals.find, actor, replace(wanted, order=order), window)
        found += [seen.row.id for _, seen in page.items]
        if not page.has_next:
            return found
        window = Window(first, page.items[-1][0])


@pytest.mark.parametrize("first", [1, 2, 3])
@pytest.mark.parametrize("order", ORDERS)
async def test_pages_hold_every_signal_once_in_order(world: World, order: SignalOrder, first: int) -> None:
    shared = [await world.share(world.alder), await world.share(world.birch), await world.share(world.cedar)]
    expected = list(reversed(shared)) if order.newest_first else shared
    assert await listed(world, world.birch, order=order, first=first) == expected


async def test_a_signal_of_several_contributors_is_listed_once(world: World) -> None:
    signal = await world.share(world.alder, world.birch, world.cedar)
    for order in ORDERS:
        assert await listed(world, world.alder, order=order, first=1) == [signal]


async def test_what_is_hidden_does_not_move_a_signal(world: World) -> None:
    first, second = await world.share(world.alder), await world.share(world.alder)
    before = await listed(world, world.cedar)
    (row,) = await world.contributions_on(world.alder, first)
    narrower = Revision(row.id, {}, audience=Audience((world.exchange.group_id,)))
    await world.do(contributions.update, world.alder, world.exchange.keyring, narrower)
    assert before == [second, first]
    assert await listed(world, world.cedar) == [second]
    assert await listed(world, world.birch) == [first, second]


async def test_one_contribution_must_meet_all_conditions(world: World) -> None:
    signal = await world.share(world.alder, severity=Severity.HIGH, confidence=20)
    wanted = SignalFilter(types=(SignalType.URL,), severity_at_least=Severity.HIGH, confidence_at_least=50)
    assert await listed(world, world.birch, wanted) == []
    assert await listed(world, world.birch, replace(wanted, confidence_at_least=20)) == [signal]


@pytest.mark.parametrize(
    "wanted",
    [
        SignalFilter(types=(SignalType.DOMAIN, SignalType.HASH_MD5)),
        SignalFilter(violations=(Violation.CHILD_SEX_TOURISM,)),
        SignalFilter(severity_at_least=Severity.MEDIUM),
        SignalFilter(confidence_at_least=90),
        SignalFilter(handling=Handling.RED),
        SignalFilter(updated_since=datetime(2026, 7, 1, 12, 0, 8, tzinfo=UTC)),
    ],
)
async def test_each_condition_keeps_those_that_meet_it(world: World, wanted: SignalFilter) -> None:
    await world.share(world.alder)
    meeting = await world.share(
        world.alder,
        type=SignalType.DOMAIN,
        violations=(Violation.CHILD_SEX_TOURISM, Violation.CSAM_SOLICITATION),
        severity=Severity.MEDIUM,
        confidence=95,
        handling=Handling.RED,
    )
    if wanted.updated_since is not None:
        wanted = replace(wanted, updated_since=world.exchange.clock())
    assert await listed(world, world.birch, wanted) == [meeting]


async def test_by_contributor_group_and_feedback(world: World) -> None:
    by_birch = await world.share(world.birch)
    in_group = await world.share(world.alder, group=world.exchange.group_id)
    await world.confirm(world.alder, by_birch)
    assert await listed(world, world.alder, SignalFilter(contributor=world.birch.participant_id)) == [by_birch]
    assert await listed(world, world.birch, SignalFilter(group=world.exchange.group_id)) == [in_group]
    assert await listed(world, world.cedar, SignalFilter(group=world.exchange.group_id)) == []
    assert await listed(world, world.birch, SignalFilter(has_feedback=True)) == [by_birch]
    assert await listed(world, world.cedar, SignalFilter(has_feedback=True)) == []


SEED = """
INSERT INTO signal (id, created_at, type, qualifier, tag, tag_key_version, normaliser_version, sealed_value,
    key_version, hidden)
SELECT gen_random_uuid(), now(), 'DOMAIN', '', sha256(i::text::bytea), 1, 1, '', 1, false
FROM generate_series(1, 30000) i;
INSERT INTO contribution (id, created_at, signal_id, signal_type, participant_id, version, labels_version, status,
    program_wide, audience_groups, hidden, signal_hidden, violations, violations_version, annotations, severity,
    confidence, precision,
    handling, review_status, subject_role, expires_at, updated_at)
SELECT gen_random_uuid(), t, s.id, 'DOMAIN', CAST(:participant AS uuid), 1, 1, 'ACTIVE', random() < 0.99,
    ARRAY[CAST(:group AS uuid)],
    false, false,
    ARRAY[CASE WHEN random() < 0.005 THEN 'CHILD_SEX_TOURISM' ELSE 'CSAM_SOLICITATION' END], 1, '{}',
    floor(random() * 4.05), 1 + floor(random() * 80), 'LOW',
    CASE WHEN random() < 0.01 THEN 'RED' ELSE 'AMBER' END, 'UNREVIEWED', 'UNKNOWN', t + interval '1 year', t
FROM signal s, LATERAL (SELECT CAST(:moment AS timestamptz) - random() * interval '10 days' AS t) moments;
INSERT INTO contribution_group (group_id, contribution_id)
SELECT CASE WHEN program_wide THEN gen_random_uuid() ELSE CAST(:group AS uuid) END, id FROM contribution;
"""

ANSWERED: list[tuple[str, SignalFilter, SignalOrder]] = [
    (name, wanted, order)
    for order in ORDERS
    for name, wanted in [("nothing", SignalFilter()), ("types", SignalFilter(types=(SignalType.DOMAIN,)))]
] + [
    (name, wanted, SignalOrder.UPDATED_NEWEST_FIRST)
    for name, wanted in [
        ("violation", SignalFilter(violations=(Violation.CHILD_SEX_TOURISM,))),
        ("violations", SignalFilter(violations=(Violation.CHILD_SEX_TOURISM, Violation.SEXTORTION_SEXUAL))),
        ("severity", SignalFilter(severity_at_least=Severity.IMMINENT_HARM)),
        ("confidence", SignalFilter(confidence_at_least=76)),
        ("contributor", SignalFilter(contributor=uuid4())),
        ("group", SignalFilter(group=uuid4())),
        ("handling", SignalFilter(handling=Handling.RED)),
        ("feedback", SignalFilter(has_feedback=True)),
        ("since", SignalFilter(updated_since=datetime(2026, 7, 1, 11, tzinfo=UTC))),
    ]
]


@pytest.fixture(scope="module")
async def seeded(database_urls: DatabaseUrls, owner_engine: AsyncEngine) -> AsyncIterator[World]:
    """30,000 signals, enough for the planner to prefer an index wherever there is one."""
    async with world_at(database_urls, owner_engine) as world:
        values = {
            "participant": world.alder.participant_id,
            "group": world.exchange.group_id,
            "moment": world.exchange.clock(),
        }
        async with owner_engine.begin() as connection:
            for statement in SEED.split(";\n"):
                used = {name: value for name, value in values.items() if f":{name}" in statement}
                if statement.strip():
                    await connection.execute(text(statement), used)
            await connection.execute(text("ANALYZE"))
        yield world
        async with owner_engine.begin() as connection:
            await connection.execute(text(f"TRUNCATE {', '.join(metadata.tables)}"))


@pytest.mark.parametrize(("name", "wanted", "order"), ANSWERED, ids=[f"{n}-{o}" for n, _, o in ANSWERED])
async def test_an_index_answers(seeded: World, name: str, wanted: SignalFilter, order: SignalOrder) -> None:
    plan = await explained(seeded, wanted, order)
    assert "Seq Scan on contribution" not in plan, plan


async def explained(world: World, wanted: SignalFilter, order: SignalOrder) -> str:
    """The plan of the statement that the service sends for a page, as the serving role."""
    if wanted.contributor:
        wanted = replace(wanted, contributor=world.alder.participant_id)
    if wanted.group:
        wanted = replace(wanted, group=world.exchange.group_id)
    sent: list[tuple[str, Any]] = []
    engine = world.exchange.database.engine.sync_engine

    def note(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        sent.append((statement, parameters))

    birch = world.now(world.birch)
    event.listen(engine, "before_cursor_execute", note)
    try:
        async with world.exchange.database.read(birch) as session:
            await signals.find(session, birch, replace(wanted, order=order), Window(20))
            statement, parameters = next(one for one in sent if "FROM contribution" in one[0])
            return await _plan(session, statement, parameters)
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def _plan(session: AsyncSession, statement: str, parameters: Any) -> str:
    connection = await (await session.connection()).get_raw_connection()
    rows = await connection.driver_connection.fetch("EXPLAIN " + statement, *parameters)  # type: ignore[union-attr]
    return "\n".join(row[0] for row in rows)
