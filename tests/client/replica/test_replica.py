"""One participant's replica: what is in its file, what is refused, and when everything is read anew."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.client import operations
from app.client.errors import Misconfigured, NotReady, Refused
from app.client.replica import Replica, database
from app.client.replica.following import Follower
from app.client.replica.keys import key_bytes
from app.client.replica.state import Owner, State
from app.client.replica.store import Store
from app.rules.match_tags import match_tag
from app.rules.normal_forms import NORMALISER_VERSION, canonical
from app.rules.scopes import Scope
from app.rules.signal_types import SignalType
from app.services import groups
from app.store.database import connect
from app.worker import sequencer
from tests.client.replica.processes import drafts
from tests.demo_exchange import DemoExchange
from tests.served_exchange import Session

pytestmark = pytest.mark.usefixtures("silence")

OWNER = Owner("http://exchange.example", "cli_birch", None, "par_birch")
EMAIL = ("EMAIL_ADDRESS", "canary-one@mail.example")
URL = ("URL", "https://files.example/canary-two")
PHONE = ("PHONE_NUMBER", "+12025550143")


@dataclass
class Birch:
    """A participant with a replica, and another one who shares."""

    exchange: DemoExchange
    http: httpx.AsyncClient
    worker: AsyncEngine
    file: Path
    keys: dict[int, str] = field(default_factory=dict)
    scopes: tuple[str, ...] = tuple(map(str, Scope))

    async def ask(self, operation: operations.Operation[Any], slug: str = "birch") -> Any:
        self.exchange.clock.forward(seconds=1)
        found = await Session(self.http, self.exchange.client(slug)).ask(operation.document, **operation.variables)
        if isinstance(found, dict) and "code" in found:
            raise Refused(found["code"], found["message"])
        return operation.read(found)

    async def share(self, *values: tuple[str, str]) -> list[Any]:
        rows: list[Any] = await self.ask(operations.upload(drafts(list(values))), "alder")
        assert all(row["outcome"] == "CREATED" for row in rows), rows
        return rows

    async def sync(self, owner: Owner = OWNER) -> State:
        await sequencer.sequence_all(self.worker)
        store = Store.open(self.file)
        try:
            follower = Follower.begin(store, owner, self.scopes, self.keys.get)
            while not follower.progress.caught_up:
                follower.take(await self.ask(follower.next_page(follower.state.cursor)))
            return follower.state
        finally:
            store.close()

    async def issue(self, keep: bool = True) -> int:
        found = await self.ask(operations.issue_match_key())
        if keep:
            self.keys[found["epoch"]] = found["key"]
        return int(found["epoch"])

    def matched(self, type: str, value: str) -> str | None:
        with Replica.open(self.file, self.keys.get) as replica:
            (found,) = replica.match([{"type": type, "value": value}])  # type: ignore[typeddict-item]
        return None if found["best"] is None else found["best"]["kind"]

    def bytes(self) -> bytes:
        """Of the file and all that lies beside it."""
        return b"".join(file.read_bytes() for file in sorted(self.file.parent.glob("replica.db*")))


@pytest.fixture
async def birch(exchange: DemoExchange, http: httpx.AsyncClient, tmp_path: Path) -> AsyncIterator[Birch]:
    worker = connect(exchange.urls.worker)
    yield Birch(exchange, http, worker, tmp_path / "replica.db")
    await worker.dispose()


# --- What is in the file ----------------------------------------------------------------------------------------


async def test_values_of_persons_are_nowhere_in_the_file(birch: Birch) -> None:
    await birch.issue()
    await birch.share(EMAIL, URL, PHONE)
    await birch.sync()
    assert b"canary-two" in birch.bytes()
    assert b"canary-one" not in birch.bytes()
    assert b"2025550143" not in birch.bytes()
    assert birch.matched(*EMAIL) == birch.matched(*URL) == birch.matched(*PHONE) == "EXACT"
    assert birch.file.stat().st_mode & 0o077 == 0


async def test_nothing_is_left_of_what_is_gone(birch: Birch) -> None:
    """Not of its value in clear, nor of one that was revealed: neither in the file nor in its log."""
    await birch.issue()
    email, url = await birch.share(EMAIL, URL)
    await birch.share(("URL", "https://files.example/that-stays"))
    await birch.sync()
    values = await birch.ask(operations.reveal([email["signalId"]], "MATCH_REVIEW", "to test what is left of it"))
    store = Store.open(birch.file)
    assert store.keep_revealed(values) == 1
    assert b"canary-one" in birch.bytes()
    tag = match_tag(key_bytes(birch.keys[1]), NORMALISER_VERSION, canonical(SignalType.EMAIL_ADDRESS, EMAIL[1]))
    assert bytes.fromhex(tag) in birch.bytes()
    store.close()
    await birch.ask(operations.retract([email["contributionId"], url["contributionId"]], "ERROR"), "alder")
    await birch.sync()
    left = birch.bytes()
    assert b"that-stays" in left
    assert not [part for part in (b"canary", b"c***@", bytes.fromhex(tag)) if part in left]
    assert birch.matched(*EMAIL) is None


async def test_a_value_is_not_kept_for_a_signal_that_is_not_there(birch: Birch) -> None:
    await birch.sync()
    store = Store.open(birch.file)
    gone: Any = {"value": "canary", "recordId": "acc_1", "signal": {"id": "sig_1"}}
    assert store.keep_revealed([gone]) == 0
    store.close()
    assert b"canary" not in birch.bytes()


async def test_the_exchange_takes_the_cursor_as_acknowledged(birch: Birch) -> None:
    state = await birch.sync()
    assert state.cursor is not None
    assert await birch.ask(operations.acknowledge(state.cursor))


async def test_whoever_may_read_the_file_may_ask_it_in_sql(birch: Birch) -> None:
    await birch.share(URL)
    await birch.sync()
    connection = sqlite3.connect(birch.file)
    row = connection.execute("SELECT type, value, severity, opinion, contributors FROM shared").fetchone()
    assert row == ("URL", URL[1], "MEDIUM", "INVESTIGATION_SEED", '[{"slug":"alder"}]')
    connection.close()


# --- When everything is read anew -------------------------------------------------------------------------------


async def test_a_replica_drops_all_and_reads_anew_when_its_cursor_is_stale(birch: Birch) -> None:
    """Its reader left a group: what it saw only there goes at once, with every byte."""
    await birch.share(URL)
    hidden: Any = drafts([("URL", "https://files.example/for-the-group")])
    hidden[0]["audienceGroups"] = [birch.exchange.credentials.group_id]
    await birch.ask(operations.upload(hidden), "alder")
    await birch.sync()
    assert birch.matched("URL", "https://files.example/for-the-group") == "EXACT"
    operator = await birch.exchange.operator()
    async with birch.exchange.database.write(operator) as session:
        await groups.remove_members(session, operator, birch.exchange.group_id, [birch.exchange.id("birch")])
    await birch.sync()
    assert birch.matched("URL", "https://files.example/for-the-group") is None
    assert birch.matched(*URL) == "EXACT"
    assert b"for-the-group" not in birch.bytes()


async def test_a_forked_cursor_is_refused_by_the_exchange(birch: Birch) -> None:
    """As of another exchange at the same address; what the program does then is shown by `test_programs`."""
    await birch.sync()
    store = Store.open(birch.file)
    state = store.state
    assert state is not None
    with pytest.raises(AssertionError, match="BAD_CURSOR"):
        await birch.ask(operations.changes("A" + str(state.cursor)[1:], scopes=()))
    store.close()


async def test_a_new_match_key_is_taken_once_it_is_on_this_machine(birch: Birch) -> None:
    await birch.share(EMAIL)
    first = await birch.issue()
    assert (await birch.sync()).epoch == first
    second = await birch.issue(keep=False)
    # Issued elsewhere: the one before is good still, and here.
    assert (await birch.sync()).epoch == first
    assert birch.matched(*EMAIL) == "EXACT"
    key = await birch.ask(operations.issue_match_key())
    # Now the first one is dead, and none of those that live is here.
    assert (await birch.sync()).epoch == key["epoch"] == second + 1
    with pytest.raises(NotReady, match=f"lantern keys add {key['epoch']}"):
        birch.matched(*EMAIL)
    birch.keys[key["epoch"]] = key["key"]
    assert birch.matched(*EMAIL) == "EXACT"


async def test_a_match_key_that_is_another_is_refused(birch: Birch) -> None:
    """With it, every value of a person would silently miss."""
    await birch.share(EMAIL, URL)
    epoch = await birch.issue()
    await birch.sync()
    birch.keys[epoch] = "A" * 43
    with pytest.raises(NotReady, match="is another"):
        birch.matched(*EMAIL)
    assert birch.matched(*URL) == "EXACT"


async def test_what_a_client_may_newly_see_is_read_anew(birch: Birch) -> None:
    await birch.share(URL)
    birch.scopes = ()
    await birch.sync()
    birch.scopes = ("feedback:read", "participants:read")
    await birch.sync()
    connection = sqlite3.connect(birch.file)
    assert connection.execute("SELECT opinion FROM shared").fetchone() == ("INVESTIGATION_SEED",)
    connection.close()


# --- What is refused --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        replace(OWNER, exchange="http://another.example"),
        replace(OWNER, client="cli_other"),
        replace(OWNER, person="per_somebody"),
        replace(OWNER, participant="par_other"),
    ],
    ids=["exchange", "client", "person", "participant"],
)
async def test_a_replica_of_another_is_not_gone_on_with(birch: Birch, other: Owner) -> None:
    await birch.share(URL)
    await birch.sync()
    with pytest.raises(NotReady):
        await birch.sync(other)
    assert birch.matched(*URL) == "EXACT"


async def test_without_tags_values_of_persons_are_refused_rather_than_missed(birch: Birch) -> None:
    await birch.share(EMAIL, URL)
    await birch.sync()
    assert birch.matched(*URL) == "EXACT"
    with pytest.raises(NotReady, match="no match tags"):
        birch.matched(*EMAIL)


async def test_tags_that_take_revealing_are_a_problem_of_their_values(birch: Birch) -> None:
    await birch.issue()
    await birch.share(PHONE)
    birch.scopes = tuple(scope for scope in birch.scopes if scope != "signals:reveal")
    await birch.sync()
    with Replica.open(birch.file, birch.keys.get) as replica:
        (found,) = replica.match([{"type": "PHONE_NUMBER", "value": PHONE[1]}])
    assert found["problem"] is not None
    assert found["problem"]["reason"] == "TAGS_NEED_REVEAL"


def changed(said: Callable[[State], State]) -> Callable[[Birch], None]:
    def change(birch: Birch) -> None:
        store = Store.open(birch.file)
        state = store.state
        assert state is not None
        with database.transaction(store._database):
            store._save(said(state))
        store.close()

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (changed(lambda state: replace(state, complete=False)), "never read to its end"),
        (changed(lambda state: replace(state, spelling=NORMALISER_VERSION - 1)), "other normal forms"),
        (changed(lambda state: replace(state, normalisers=(NORMALISER_VERSION + 1,))), "other normal forms"),
    ],
    ids=["incomplete", "an older program's", "a newer exchange's"],
)
async def test_a_replica_does_not_match_that_is(birch: Birch, change: Callable[[Birch], None], told: str) -> None:
    await birch.share(URL)
    await birch.sync()
    change(birch)
    with pytest.raises(NotReady, match=told):
        birch.matched(*URL)


async def test_after_an_update_everything_is_read_anew(birch: Birch) -> None:
    await birch.share(URL)
    await birch.sync()
    changed(lambda state: replace(state, spelling=NORMALISER_VERSION - 1))(birch)
    await birch.sync()
    assert birch.matched(*URL) == "EXACT"


def test_there_is_no_replica_before_the_first_sync(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="lantern sync"):
        Replica.open(tmp_path / "replica.db")
    Store.open(tmp_path / "replica.db").close()
    with Replica.open(tmp_path / "replica.db") as replica, pytest.raises(NotReady, match="never synced"):
        replica.match([])


def test_another_file_is_not_taken_for_a_replica(tmp_path: Path) -> None:
    (tmp_path / "replica.db").write_text("something else, for many a byte" * 100)
    with pytest.raises(NotReady, match="cannot be opened"):
        Replica.open(tmp_path / "replica.db")
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE state (one)")
    other.close()
    with pytest.raises(NotReady, match="another version"):
        Store.open(tmp_path / "other.db")


async def test_a_full_disk_or_another_writer_is_told(
    birch: Birch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await birch.share(URL)
    await birch.sync()
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0)
    kept = birch.file.read_bytes()
    other = sqlite3.connect(birch.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(NotReady, match="SQLITE_BUSY"), database.usable():
        Store.open(birch.file).restart(State(OWNER, (), NORMALISER_VERSION))
    other.execute("ROLLBACK")
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    other.close()
    (tmp_path / "replica.db").write_bytes(kept[:4096] + b"\xff" * (len(kept) - 4096))
    with pytest.raises(NotReady, match="run `lantern sync`"):
        birch.matched(*URL)


async def test_a_type_that_does_not_exist_is_told(birch: Birch) -> None:
    await birch.sync()
    with pytest.raises(Misconfigured, match="Value 0"):
        birch.matched("SHOE_SIZE", "43")


# --- While it is written ----------------------------------------------------------------------------------------


async def test_an_open_replica_sees_what_comes_and_goes(birch: Birch) -> None:
    """Pictures too, which it has in memory."""
    picture, near = f"{7**80:064x}"[-64:], f"{7**80 ^ 0b1011:064x}"[-64:]
    await birch.sync()
    with Replica.open(birch.file) as replica:
        assert replica.match([{"type": "HASH_PDQ", "value": near}])[0]["best"] is None
        (row,) = await birch.share(("HASH_PDQ", picture))
        await birch.sync()
        best = replica.match([{"type": "HASH_PDQ", "value": near}])[0]["best"]
        assert best is not None
        assert (best["kind"], best["distance"]) == ("PDQ", 3)
        await birch.ask(operations.retract([row["contributionId"]], "ERROR"), "alder")
        await birch.sync()
        assert replica.match([{"type": "HASH_PDQ", "value": near}])[0]["best"] is None


async def test_an_open_replica_sees_that_all_was_read_anew(birch: Birch) -> None:
    picture = ("HASH_PDQ", "f87ca07c7c3eda39fe03cf8387e18fc181f0587994f838781c31bc791e530ca1")
    (row,) = await birch.share(picture)
    written = (await birch.sync()).writes
    with Replica.open(birch.file) as replica:
        value: Any = {"type": picture[0], "value": picture[1]}
        assert replica.match([value])[0]["best"] is not None
        await birch.ask(operations.retract([row["contributionId"]], "ERROR"), "alder")
        birch.scopes = ("signals:match",)
        assert (await birch.sync()).writes > written
        assert replica.match([value])[0]["best"] is None


async def test_an_open_replica_does_not_go_on_with_a_file_that_was_deleted(birch: Birch) -> None:
    await birch.share(URL)
    await birch.sync()
    with Replica.open(birch.file) as replica:
        for file in birch.file.parent.glob("replica.db*"):
            file.unlink()
        for _ in range(2):
            with pytest.raises(NotReady, match="no replica here"):
                replica.match([])
        await birch.sync()
        (found,) = replica.match([{"type": "URL", "value": URL[1]}])
        assert found["best"] is not None


async def test_threads_share_one_replica(birch: Birch) -> None:
    values = [("DOMAIN", f"a{number}.example") for number in range(200)]
    await birch.share(*values)
    await birch.sync()
    with Replica.open(birch.file) as replica, ThreadPoolExecutor(8) as pool:
        asked: Any = [[{"type": type, "value": value}] for type, value in values] * 5
        found = [outcome["best"] for (outcome,) in pool.map(replica.match, asked)]
    assert all(best is not None and best["kind"] == "EXACT" for best in found)
