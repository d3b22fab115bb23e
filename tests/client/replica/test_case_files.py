"""Every value of the shared case files is matched offline as the exchange matches it."""

import csv
import gzip
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.client import operations
from app.client.replica import Replica
from app.client.replica.following import Follower
from app.client.replica.state import Owner
from app.client.replica.store import Store
from app.rules.scopes import Scope
from app.store.database import connect
from app.worker import sequencer
from tests.demo_exchange import DemoExchange
from tests.rules.case_files import TYPES, path, rows
from tests.served_exchange import Session

pytestmark = pytest.mark.usefixtures("silence")

FILES = (
    "url/url_wpt.jsonl",
    "url/url_realistic.jsonl",
    "domain/idna.jsonl",
    "domain/domain_cases.jsonl",
    "ip/ip_cases.jsonl",
    "email/email_cases.jsonl",
    "phone/phone_e164.jsonl",
    "payment/payment_cases.jsonl",
    "keywords/keyword_norm.jsonl",
    "hashes/hash_cases.jsonl",
    "accounts/username_cases.jsonl",
)
TABLES = (
    "pdq/image_hashes.csv.gz",
    "hashes/local_files_md5_sha1_sha256.csv.gz",
    "hashes/debian_bookworm_debs.csv.gz",
)

Value = dict[str, Any]
# Shared, and asked for: nearly equal.
NEAR: tuple[tuple[Value, Value], ...] = (
    (
        {"type": "EMAIL_ADDRESS", "value": "river.stone+a@gmail.com"},
        {"type": "EMAIL_ADDRESS", "value": "riverstone@googlemail.com"},
    ),
    (
        {"type": "USERNAME", "value": "quartz_fan", "platform": "chirper"},
        {"type": "USERNAME", "value": "qu\u0430rtz_fan", "platform": "chirper"},
    ),
)


def value_of(row: dict[str, Any], raw: str) -> Value:
    hints = {"platform": row.get("platform"), "language": row.get("lang"), "region": row.get("region")}
    said = {**hints, "scheme": row.get("scheme")}
    type = TYPES.get(row["type"])
    if type is None:  # a profile's address
        type = TYPES["url"]
    return {"type": type.value, "value": raw} | {name: text for name, text in said.items() if text is not None}


def raw_values() -> Iterator[tuple[str, Value]]:
    """By file. Hostile texts are tried as every type."""
    for name in FILES:
        for row in rows(name):
            raws = row["raw"] if isinstance(row.get("raw"), list) else [row.get("raw")]
            yield from ((name, value_of(row, raw)) for raw in raws if isinstance(raw, str))
    for row in rows("hostile/blns_part.jsonl"):
        hints = {"platform": "chirper", "scheme": "upi", "region": "US"}
        for type in dict.fromkeys(TYPES.values()):
            yield "hostile/blns_part.jsonl", {"type": type.value, "value": row["raw"], **hints}
    for row in rows("pdq/pdq_pairs.jsonl"):
        yield from (("pdq/pdq_pairs.jsonl", {"type": "HASH_PDQ", "value": raw}) for raw in row["raw"])
    for name in ("pdq/threatexchange_haystack.txt", "pdq/threatexchange_needles.txt"):
        yield from ((name, {"type": "HASH_PDQ", "value": line}) for line in path(name).read_text().split())
    yield from tables()


def tables() -> Iterator[tuple[str, Value]]:
    """Hashes of real files, a part of each table."""
    for name in (
        "pdq/image_hashes.csv.gz",
        "hashes/local_files_md5_sha1_sha256.csv.gz",
        "hashes/debian_bookworm_debs.csv.gz",
    ):
        with gzip.open(path(name), "rt", encoding="utf-8") as file:
            for row in list(csv.DictReader(file))[:300]:
                for column, text in row.items():
                    type = TYPES.get(column.lower())
                    if type is not None and text:
                        yield name, {"type": type.value, "value": text}


def draft(value: Value) -> Value:
    """What is shared of it."""
    labels = {"violations": ["SEXTORTION_FINANCIAL"], "severity": "MEDIUM", "confidence": 50, "handling": "AMBER"}
    now = datetime(2026, 7, 1, tzinfo=UTC).isoformat()
    return {**value, **labels} | ({"observedAt": now} if value["type"] == "IP_ADDRESS" else {})


@asynccontextmanager
async def worker_of(exchange: DemoExchange) -> AsyncIterator[AsyncEngine]:
    worker = connect(exchange.urls.worker)
    yield worker
    await worker.dispose()


async def asked(session: Session, operation: operations.Operation[Any]) -> Any:
    return operation.read(await session.ask(operation.document, **operation.variables))


async def synced(session: Session, file: Path, scopes: Sequence[str], keys: dict[int, str]) -> Replica:
    store = Store.open(file)
    follower = Follower.begin(store, Owner("http://exchange.example", "birch"), scopes, keys.get)
    while not follower.progress.caught_up:
        follower.take(await asked(session, follower.next_page(follower.state.cursor)))
    store.close()
    return Replica.open(file, keys.get)


async def issued(session: Session) -> dict[int, str]:
    found = await asked(session, operations.issue_match_key())
    return {found["epoch"]: found["key"]}


async def share(session: Session, values: Iterable[Value]) -> int:
    """Upload what is admissible of them; how many are."""
    drafts, shared = [draft(value) for value in values], 0
    for start in range(0, len(drafts), 1000):
        done = await asked(session, operations.upload(drafts[start : start + 1000]))
        shared += sum(row["outcome"] == "CREATED" for row in done)
    return shared


async def test_offline_answers_are_those_of_the_exchange(
    exchange: DemoExchange, http: httpx.AsyncClient, tmp_path: Path, evidence: Callable[[str], None]
) -> None:
    alder, birch = (Session(http, exchange.client(slug)) for slug in ("alder", "birch"))
    values = [*raw_values(), *(("near", asked_for) for _, asked_for in NEAR)]
    # Needles are only near what is shared.
    distinct = {str(value): value for name, value in values if "needles" not in name and name != "near"}
    shared = await share(alder, [*distinct.values(), *(shared for shared, _ in NEAR)])
    async with worker_of(exchange) as worker:
        await sequencer.sequence_all(worker)
    replica = await synced(birch, tmp_path / "replica.db", [*Scope], await issued(birch))
    kinds: Counter[str] = Counter()
    for start in range(0, len(values), 1000):
        batch = [value for _, value in values[start : start + 1000]]
        online, offline = await asked(birch, operations.match(batch)), replica.match(batch)
        for (name, value), should, does in zip(values[start:], online, offline, strict=False):
            assert does == should, (name, value)
            kinds[f"{value['type']} {'problem' if should['problem'] else (should['best'] or {}).get('kind')}"] += 1
            kinds["further"] += len(should["others"])
    replica.close()
    evidence(f"{len(values):,} values against {shared:,} signals: {dict(sorted(kinds.items()))}")
    assert {f"{type} EXACT" for type in set(TYPES.values())} <= kinds.keys()
    near = ("EMAIL_ADDRESS", "USERNAME", "URL", "KEYWORD")
    assert {f"{type} MATCH_KEY" for type in near} | {"HASH_PDQ PDQ"} <= kinds.keys()
