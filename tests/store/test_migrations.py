"""The migrations lead from an empty database to the tables in the code, and back."""

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
