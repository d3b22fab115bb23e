"""The database that the exchange works on is its own, and its serving roles can do no more than they need."""

import os
from pathlib import Path

import pytest
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError

from app import migrations
from app.store.database_urls import DatabaseUrls
from app.store.provision import NamedDatabase, provided_database
from app.store.setup_error import SetupError
from tests.connections import connected

POWERS = text(
    "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = :role"
)


def shown(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.mark.parametrize("role", ["lantern_owner", "lantern_app", "lantern_worker"])
async def test_no_role_stands_above_row_level_security(database_urls: DatabaseUrls, role: str) -> None:
    async with connected(database_urls.owner) as owner:
        assert not any((await owner.execute(POWERS, {"role": role})).one())


@pytest.mark.parametrize("way", ["serving", "worker"])
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "ALTER TABLE signal DISABLE ROW LEVEL SECURITY",
        "DROP TABLE signal",
        "TRUNCATE signal",
        "SET ROLE lantern_owner",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ],
)
async def test_a_serving_role_cannot_change_what_it_stands_on(
    database_urls: DatabaseUrls, way: str, statement: str
) -> None:
    async with connected(getattr(database_urls, way)) as connection:
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
            await connection.execute(text(statement))


async def test_the_serving_roles_own_nothing(database_urls: DatabaseUrls) -> None:
    owned = text("SELECT count(*) FROM pg_class WHERE relowner IN ('lantern_app'::regrole, 'lantern_worker'::regrole)")
    async with connected(database_urls.owner) as owner:
        assert await owner.scalar(owned) == 0


async def test_a_named_database_gets_its_roles_and_tables(elsewhere: URL, server_directory: Path) -> None:
    async with provided_database(server_directory, NamedDatabase(shown(elsewhere))) as urls:
        await migrations.upgrade(urls.owner)
        async with connected(urls.serving) as serving:
            assert await serving.scalar(text("SELECT current_user")) == "lantern_app"
    async with provided_database(server_directory, NamedDatabase(shown(elsewhere))):
        pass  # It is ours now, so it is taken though it is not empty.


async def test_a_database_of_another_program_is_refused_and_stays_as_it_was(
    elsewhere: URL, server_directory: Path
) -> None:
    async with connected(elsewhere) as owner:
        await owner.execute(text("CREATE TABLE customer (id int)"))
        with pytest.raises(SetupError, match="not of the exchange"):
            async with provided_database(server_directory, NamedDatabase(shown(elsewhere))):
                pass
        assert await owner.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")) == 1


async def test_roles_of_another_exchange_on_that_server_are_not_taken(elsewhere: URL, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="LANTERN_SERVING_DATABASE_URL"):
        async with provided_database(tmp_path, NamedDatabase(shown(elsewhere))):
            pass


async def test_the_owner_is_no_serving_role(elsewhere: URL, database_urls: DatabaseUrls, tmp_path: Path) -> None:
    urls = NamedDatabase(shown(elsewhere), shown(elsewhere), shown(database_urls.worker.set(database="elsewhere")))
    with pytest.raises(SetupError, match="must log in as lantern_app"):
        async with provided_database(tmp_path, urls):
            pass


async def test_a_serving_role_with_too_much_power_is_refused(
    elsewhere: URL, database_urls: DatabaseUrls, server_directory: Path
) -> None:
    async with connected(elsewhere) as owner:
        await owner.execute(text("GRANT CREATE ON SCHEMA public TO lantern_app"))
    with pytest.raises(SetupError, match="must not create objects"):
        async with provided_database(server_directory, NamedDatabase(shown(elsewhere))):
            pass


async def test_a_serving_role_that_could_make_temporary_tables_is_refused_with_the_remedy(
    elsewhere: URL, server_directory: Path
) -> None:
    async with connected(elsewhere) as owner:
        await owner.execute(text("GRANT TEMPORARY ON DATABASE elsewhere TO PUBLIC"))
    with pytest.raises(SetupError, match="REVOKE TEMPORARY ON DATABASE elsewhere FROM PUBLIC, lantern_app") as refusal:
        async with provided_database(server_directory, NamedDatabase(shown(elsewhere))):
            pass
    async with connected(elsewhere) as owner:
        await owner.execute(text(str(refusal.value).partition("run ")[2].rstrip(".")))
    async with provided_database(server_directory, NamedDatabase(shown(elsewhere))):
        pass


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("mysql://root:hidden-word@localhost/x", "needs PostgreSQL"),
        ("hidden-word", "malformed"),
        ("postgresql://owner:hidden-word@127.0.0.1:1/x", "No way into"),
    ],
)
async def test_a_useless_url_is_explained_without_its_password(tmp_path: Path, url: str, words: str) -> None:
    with pytest.raises(SetupError, match=words) as refusal:
        async with provided_database(tmp_path, NamedDatabase(url)):
            pass
    assert "hidden-word" not in str(refusal.value)


async def test_a_cluster_without_our_credentials_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with pytest.raises(SetupError, match="stays untouched"):
        async with provided_database(tmp_path):
            pass
    assert os.listdir(tmp_path) == ["postgres"]
