"""Puts the parts together: `python -m app.main`; with a command, one part by itself."""

import argparse
import asyncio
import gc
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import uvloop
from pydantic import SecretStr, ValidationError
from pydantic_core import ErrorDetails
from rich.console import Console
from rich.markup import escape
from starlette.types import ASGIApp

from app import first_run, key_rotation, migrations
from app.config import PREFIX, Settings, WorkerPlace, unknown_variables
from app.errors import ExchangeError
from app.first_run import Founding
from app.rules.keyring import ENCRYPTION, TAG, Keyring
from app.services import demo_signals
from app.services.demo import DemoCredentials
from app.store import key_file, private_file
from app.store.database import Database
from app.store.database_urls import DatabaseUrls
from app.store.live_keys import LiveKeys
from app.store.provision import NamedDatabase, provided_database
from app.store.setup_error import SetupError
from app.web import asgi, built_pages, log_format, metrics, server, signpost
from app.worker import jobs, rekeying

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# New objects until the youngest are looked through; Python's own 700 are fewer than one answer makes.
GC_THRESHOLD = 20_000

console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Ground:
    """What serving and founding stand on."""

    settings: Settings
    urls: DatabaseUrls
    keyring: Keyring


@dataclass(frozen=True, slots=True)
class Rotation:
    """How the command `rotate` names what it changes."""

    title: str
    begin: Callable[[key_rotation.KeyFile], Awaitable[int]]
    purpose: str | None


ROTATIONS = {
    "encryption": Rotation("Encryption key", key_rotation.rotate_encryption, ENCRYPTION),
    "tags": Rotation("Tag key", key_rotation.rotate_tags, TAG),
    "normaliser": Rotation("Normal forms", key_rotation.rotate_normaliser, None),
}


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    for name in unknown_variables():
        console.print(f"[yellow]{name} is not a setting, so it has no effect.")
    try:
        settings = Settings()
        log_format.configure(settings.log_level)
        # What it tells at each start is for those who write migrations.
        logging.getLogger("alembic").setLevel(logging.WARNING)
        if settings.keeps_files or options.command is _found:
            private_file.check_directory(settings.data_directory, "LANTERN_DATA_DIRECTORY")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_until_stopped(options.command(settings, options)))
    except ValidationError as error:
        sys.exit("\n".join(map(_told, error.errors())))
    except (SetupError, ExchangeError) as error:
        sys.exit(str(error))


def _told(mistake: ErrorDetails) -> str:
    """One line about a setting; a mistake of several names them itself."""
    reason = mistake["msg"].removeprefix("Value error, ")
    return f"{PREFIX}{mistake['loc'][0]}".upper() + f": {reason}" if mistake["loc"] else reason


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/run", description="The Lantern exchange. Settings: see README.md.")
    parser.set_defaults(command=_serve)
    commands = parser.add_subparsers(title="commands")
    commands.add_parser("serve", help="serve the exchange (the default)")
    commands.add_parser("worker", help="do the background jobs only").set_defaults(command=_work)
    found = commands.add_parser("found", help="make the operator of an empty exchange, and its API client")
    found.set_defaults(command=_found)
    found.add_argument("slug")
    found.add_argument("name")
    found.add_argument("email", nargs="?", help="of its first person, who signs in and invites others")
    migrate = commands.add_parser("migrate", help="bring the tables up to date, then end")
    migrate.set_defaults(command=_migrate)
    migrate.add_argument("--down-to", metavar="REVISION", help="instead take back what came after REVISION or `base`")
    rotate = commands.add_parser("rotate", help="take newer keys into use while the exchange serves")
    rotate.set_defaults(command=_rotate)
    rotate.add_argument("what", choices=list(ROTATIONS), help="which keys; or the normal forms of a newer program")
    rotate.add_argument("--retire", action="store_true", help="instead take keys that nothing uses out of the key file")
    retag = commands.add_parser("retag", help="bring all rows to the keys in use, which serving does by itself too")
    retag.set_defaults(command=_retag)
    draft = commands.add_parser("draft", help="write a migration from what the code has and the database lacks")
    draft.set_defaults(command=_draft)
    draft.add_argument("message", help="what changes, in a few words")
    return parser.parse_args(arguments)


async def _serve(settings: Settings, _: argparse.Namespace) -> None:
    settings.check_issuer()
    with server.listener(settings.host, settings.port) as listener, metrics.served(settings.metrics_port):
        async with _ground(settings) as ground, _exchange(ground) as application:
            _spare_the_collector()
            _say_where(settings.issuer)
            await server.answer(application, listener)


def _say_where(issuer: str) -> None:
    console.print(f"[bold green]The exchange serves on {escape(issuer)}[/]; Ctrl-C stops it.")
    console.print(f"Ask it at {issuer}{signpost.GRAPHQL_PATH}", markup=False)
    console.print(f"In a browser, people ask it at {issuer}{built_pages.GRAPHIQL_PATH}", markup=False)
    console.print("README.md has a tour of it; schema.graphql says what can be asked.")


async def _work(settings: Settings, _: argparse.Namespace) -> None:
    async with _tables(settings) as urls, jobs.running(urls.worker, _now):
        console.print("[bold green]The worker works[/]; Ctrl-C stops it.")
        await asyncio.Event().wait()


async def _found(settings: Settings, options: argparse.Namespace) -> None:
    kept = settings.data_directory / first_run.OPERATOR_FILE
    async with _ground(settings) as ground:
        founding = Founding(options.slug, options.name, options.email, settings.issuer)
        await first_run.found(ground.urls.owner, ground.keyring, kept, founding, _now())
        console.print(f"{options.name} operates the exchange. Its client and secret are in {kept}: move them away.")
        if options.email is not None:
            console.print("The link there lets its first person choose a password, once, within 7 days.")


async def _rotate(settings: Settings, options: argparse.Namespace) -> None:
    rotation = ROTATIONS[options.what]
    async with _ground(settings) as ground:
        exchange = key_rotation.KeyFile(ground.urls.owner, settings.keys)
        console.print("Changing keys, as soon as the writes that are under way have ended")
        if not options.retire:
            version = await rotation.begin(exchange)
            console.print(f"{rotation.title} {version} in use. Rows of before come to it by the job of a server, or of")
            console.print(f"scripts/run retag. {settings.keys} changed with new keys: back it up again.")
        elif rotation.purpose is None:
            raise SetupError("Normal forms are retired with the program that has them.")
        else:
            gone = await key_rotation.retire(exchange, rotation.purpose)
            console.print(f"Taken out of {settings.keys}: {', '.join(map(str, gone)) or 'nothing'}.")


async def _retag(settings: Settings, _: argparse.Namespace) -> None:
    async with _ground(settings) as ground:
        await rekeying.rekey_all(ground.urls.worker, _live(ground))
    console.print("All rows have the keys and normal forms in use.")


async def _migrate(settings: Settings, options: argparse.Namespace) -> None:
    async with _database(settings) as urls:
        if options.down_to is None:
            await migrations.upgrade(urls.owner)
        else:
            await migrations.downgrade(urls.owner, options.down_to)


async def _draft(settings: Settings, options: argparse.Namespace) -> None:
    async with _database(settings) as urls:
        await migrations.upgrade(urls.owner)
        await migrations.draft(urls.owner, options.message)


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[DatabaseUrls]:
    """The database, which stops after all that uses it."""
    named = None
    if settings.database_url is not None:
        others = (_clear(settings.serving_database_url), _clear(settings.worker_database_url))
        named = NamedDatabase(settings.database_url.get_secret_value(), *others)
    place = f"in {settings.data_directory}" if named is None else "that LANTERN_DATABASE_URL names"
    console.print(f"Preparing the database {place}")
    async with provided_database(settings.data_directory, named) as urls:
        yield urls


def _clear(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


@asynccontextmanager
async def _tables(settings: Settings) -> AsyncIterator[DatabaseUrls]:
    async with _database(settings) as urls:
        console.print("Bringing the tables up to date")
        await migrations.upgrade(urls.owner)
        yield urls


@asynccontextmanager
async def _ground(settings: Settings) -> AsyncIterator[Ground]:
    async with _tables(settings) as urls:
        yield Ground(settings, urls, await first_run.keys(urls.owner, settings.keys))


@asynccontextmanager
async def _exchange(ground: Ground) -> AsyncIterator[ASGIApp]:
    """The application, with the demo in it and the jobs beside it if the settings say so."""
    settings = ground.settings
    demo = await _show_demo(ground) if settings.has_demo else None
    # Meanwhile another program may have set up the exchange, with keys of its own.
    await first_run.check_keys(ground.urls.owner, ground.keyring, settings.keys)
    keys = _live(ground)
    database = Database.at(ground.urls.serving, keys)
    worker = ground.urls.worker
    inside = settings.worker is WorkerPlace.INSIDE
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        if demo is not None and settings.demo_signals:
            await demo_signals.share(database, ground.keyring, demo, _now())
        work = jobs.running(worker, _now, keys) if inside else jobs.rekeying_alone(worker, keys)
        await stack.enter_async_context(work)
        serving = asgi.Serving(
            settings.read_engine,
            settings.is_development,
            settings.cost_per_second,
            settings.explorer,
            settings.allowed_origins,
        )
        yield asgi.build(database, ground.keyring, settings.issuer, _now, serving)


def _live(ground: Ground) -> LiveKeys:
    return LiveKeys(ground.keyring, partial(key_file.load_keys, ground.settings.keys))


async def _show_demo(ground: Ground) -> DemoCredentials | None:
    """The credentials themselves the first time only, which are returned then; later the file."""
    directory, address = ground.settings.data_directory, ground.settings.issuer
    kept = await first_run.ensure_demo(ground.urls.owner, ground.keyring, directory, address, _now())
    if kept is None:
        return None
    if not kept.is_new:
        console.print(f"The demo's credentials are in {kept.path}")
        return None
    console.print(f"The demo's credentials, which are in {kept.path} too:")
    console.print(kept.path.read_text(), markup=False)
    return kept.made


def _spare_the_collector() -> None:
    """Let garbage collection pass over what stays for good, and come less often.

    The schema and the libraries are 150,000 objects: a full collection stopped all requests for 0.16 s, and uploads of
    1,000 drafts, whose many new objects called for it, spent a quarter of their time so.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD, 20, 20)


def _now() -> datetime:
    return datetime.now(UTC)


async def _until_stopped(work: Coroutine[None, None, None]) -> None:
    """Do the work; a signal cancels it, so that everything is put away in order. A second one does not wait."""
    task = asyncio.ensure_future(work)
    for number in STOPPING:
        # `nohup` starts a program with its signal ignored, to outlive the terminal.
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        console.print("Stopped.")


if __name__ == "__main__":
    main()
