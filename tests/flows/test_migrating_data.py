"""Taking back revisions of an exchange that holds something of every kind, and going up again."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app import migrations
from app.rules.ids import Prefix, read
from app.store.database_urls import DatabaseUrls
from app.store.tables import metadata
from tests.flows.full_world import ALDER, BIRCH, CEDAR, OPERATOR, FullWorld, full_world
from tests.person import BACK, Browser, Program

# What came with revisions 0009 to 0013, and goes with them.
LATER = {"trusted_document", "used_jwt", "person", "person_secret", "web_session", "consent", "sign_in"}
LATER |= {"refresh_token", "nudge", "match_tag"}
# By statements, as no other table counts for them.
ALSO = (
    "INSERT INTO used_jwt VALUES ('a', 'infinity')",
    "INSERT INTO match_tag SELECT participant_id, epoch, 7, s.id FROM match_key CROSS JOIN signal s",
    "UPDATE match_key SET tagged_epoch = 1, tagged_position = 1, tagged_began = 1, tagged_normaliser = 1",
)
UNNUMBERED = """SELECT count(*) FROM shared_case c WHERE event_count <>
    (SELECT COALESCE(max(number), -1) FROM case_event e WHERE e.case_id = c.id)"""
WHO = "{ viewer { participant { slug } } }"


async def counted(owner: AsyncEngine) -> dict[str, int]:
    async with owner.connect() as connection:
        return {name: await connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in metadata.tables}


async def fill(world: FullWorld) -> None:
    """Also with a person that is signed in, and with clients that have no secret."""
    await Program(world.http).tokens(await Browser(world.http).code(world.exchange.person(ALDER)))
    given = {"participantId": world.ids[ALDER], "name": "Console", "scopes": ["signals:read"], "redirectUris": [BACK]}
    world.ids["console"] = (await world.do(OPERATOR, "registerPublicClient", **given))["id"]
    async with world.owner.begin() as owner:
        for statement in ALSO:
            await owner.execute(text(statement))


async def test_what_was_there_before_a_revision_is_there_after_it(emptied: DatabaseUrls) -> None:
    async with full_world(emptied) as world:
        await fill(world)
        before = await counted(world.owner)
        assert {name for name in LATER if not before[name]} == set()
        for engine in (world.owner, world.exchange.database.engine):
            await engine.dispose()
        try:
            await migrations.downgrade(emptied.owner, "0008")
        finally:
            await migrations.upgrade(emptied.owner)
        await migrations.check(emptied.owner)
        assert await counted(world.owner) == before | dict.fromkeys(LATER, 0)
        for slug in (ALDER, BIRCH, CEDAR, OPERATOR):
            assert await world.ask(slug, WHO) == {"participant": {"slug": slug}}
        async with world.owner.connect() as owner:
            assert await owner.scalar(text(UNNUMBERED)) == 0
            # Nobody knows its secret.
            console = {"id": read(Prefix.CLIENT, world.ids["console"])}
            kept = text("SELECT auth_method, secret_digest IS NULL FROM api_client WHERE id = :id")
            assert tuple((await owner.execute(kept, console)).one()) == ("client_secret_basic", False)
