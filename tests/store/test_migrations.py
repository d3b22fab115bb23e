"""The migrations lead from an empty database to the tables in the code, and back."""

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, text

from app import migrations
from app.store.database_urls import DatabaseUrls
from tests.connections import connected

HELD = text("""
    SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace
""")
OPEN_TABLES = text("""
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'lantern_version'
        AND NOT (relrowsecurity AND relforcerowsecurity)
""")


async def test_the_tables_in_the_code_are_those_in_the_database(database_urls: DatabaseUrls) -> None:
    await migrations.check(database_urls.owner)


def test_the_newest_revision_is_the_one_that_alembic_finds() -> None:
    """Where the tables are at it, Alembic is not even asked."""
    config = Config()
    config.set_main_option("script_location", str(migrations.HERE))
    assert migrations.heads() == set(ScriptDirectory.from_config(config).get_heads())


async def test_every_table_is_behind_forced_row_level_security(database_urls: DatabaseUrls) -> None:
    async with connected(database_urls.owner) as owner:
        assert list(await owner.scalars(OPEN_TABLES)) == []


async def test_what_goes_up_comes_down_without_a_trace_and_goes_up_again(elsewhere: URL) -> None:
    await migrations.upgrade(elsewhere)
    await migrations.upgrade(elsewhere)
    await migrations.downgrade(elsewhere)
    async with connected(elsewhere) as owner:
        held = set(await owner.scalars(HELD))
    assert {name for name in held if "lantern_version" not in name} == set()
    await migrations.upgrade(elsewhere)
    await migrations.check(elsewhere)


async def test_an_exchange_of_before_says_which_keys_it_uses(elsewhere: URL) -> None:
    await migrations.upgrade(elsewhere, "0002")
    async with connected(elsewhere) as owner:
        await owner.execute(
            text(
                "INSERT INTO key_check (purpose, version, digest) VALUES ('encryption', 3, ''), ('encryption', 1, ''),"
                " ('tag', 2, ''), ('root', 1, '')"
            )
        )
        await owner.execute(
            text(
                "INSERT INTO signal (id, created_at, type, qualifier, tag, tag_key_version, normaliser_version,"
                " sealed_value, key_version, hidden) SELECT gen_random_uuid(), now(), 'URL', '', t::text::bytea, t, 1,"
                " '', 1, false FROM generate_series(1, 2) t"
            )
        )
    await migrations.upgrade(elsewhere)
    async with connected(elsewhere) as owner:
        rows = await owner.execute(text("SELECT encryption, tag_versions, announced FROM key_use"))
        assert [tuple(row) for row in rows] == [(3, [2 << 16 | 1, 1 << 16 | 1], None)]
    await migrations.downgrade(elsewhere)
