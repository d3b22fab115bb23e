"""The acts of the small scenario: two imports, queries, withdrawals and feedback, each compared with the truth."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from scripts import scenario_world
from scripts.exchange_client import Client, Refused, in_batches
from scripts.indicators import LINK, TYPES, UPLOAD, draft, link
from scripts.scenario_truth import PLAYERS, Row, Truth, finding, slugs
from scripts.scenario_world import Follower, World

# For the second import, which sends the same rows in another order.
SEED = 20_260_701
# Seconds: in which the sequencer, which runs five times a second, surely has run; and to wait for what must come.
SETTLED_SECONDS = 1.5
ARRIVAL_SECONDS = 30

ANY_SIGNAL = "{ signals(first: 1) { edges { cursor } } }"
MATCH = """query Match($values: [MatchValueInput!]!) { matchSignals(values: $values) {
  best { kind signal { id contributors { slug } } }
} }"""
RETRACT = """mutation Retract($input: RetractContributionInput!) { retractContribution(input: $input) {
  ... on Contribution { status }
  ... on Problem { code message }
} }"""
RETRACT_ALL = """mutation Retract($input: RetractContributionsInput!) { retractContributions(input: $input) {
  ... on ContributionsPayload { contributions { status } }
  ... on Problem { code message }
} }"""
RECORD = """mutation Record($input: RecordFeedbackInput!) { recordFeedback(input: $input) {
  ... on RecordFeedbackPayload { rows { outcome problem { code reason } } }
  ... on Problem { code message }
} }"""

RowCounts = Callable[[], Awaitable[Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class Comparison:
    act: str
    what: str
    expected: object
    got: object

    @property
    def holds(self) -> bool:
        return self.expected == self.got


@dataclass(slots=True)
class Import:
    """The answers to one import: for each player its rows by number, and its links by their place in the file."""

    rows: dict[str, dict[int, Row]] = field(default_factory=dict)
    links: dict[str, dict[int, Row]] = field(default_factory=dict)


@dataclass(slots=True)
class Play:
    """One run of the scenario, and what was compared so far."""

    truth: Truth
    clients: Mapping[str, Client]
    row_counts: RowCounts | None
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    comparisons: list[Comparison] = field(default_factory=list)

    def client(self, player: str) -> Client:
        return self.clients[PLAYERS[player]]

    @property
    def viewer(self) -> Client:
        return self.client("P3")

    def compare(self, act: str, what: str, expected: object, got: object) -> None:
        self.comparisons.append(Comparison(act, what, expected, got))

    def compare_all(self, act: str, what: str, expected: Mapping[Any, object], got: Mapping[Any, object]) -> None:
        """One comparison of how many there are, and how many of those that were found are as stated."""
        same = sum(key in expected and expected[key] == value for key, value in got.items())
        self.compare(act, what, f"all of {len(expected)}", f"{'all' if same == len(got) else same} of {len(got)}")

    def compare_world(self, act: str, state: str, world: World) -> None:
        stated, measured = self.truth.expected[state], world.measures()
        for what, value in measured.items():
            self.compare(act, what.replace("_", " "), stated[what], value)


async def play(clients: Mapping[str, Client], row_counts: RowCounts | None = None) -> list[Comparison]:
    """Play the scenario on an exchange that holds no signals yet, and say what was compared.

    Raises: Refused if it holds some, or if it refuses a whole call.
    """
    run = Play(Truth(), clients, row_counts)
    if (await run.viewer.ask(ANY_SIGNAL))["edges"]:
        raise Refused("This exchange holds signals already: the scenario needs one without any.")
    first, world, follower = await _first_import(run)
    await _second_import(run, first, world, follower)
    await _queries(run)
    found = await _match(run.viewer, run.truth.feedback)
    await _withdrawals(run, world, follower)
    await _feedback(run, world, [match["signal"]["id"] for match in found])
    return run.comparisons


async def _first_import(run: Play) -> tuple[Import, World, Follower]:
    expected, act = run.truth.expected, "import"
    made = await _import(run, "first", lambda rows: rows)
    for player, rows in made.rows.items():
        run.compare(act, f"rows of {player}", expected["rows"][player], len(rows))
        rejected = [row for row in rows.values() if row["outcome"] == "REJECTED"]
        run.compare(act, f"rejected rows of {player}", expected["invalid_rows"][player], len(rejected))
        run.compare(act, f"link rows of {player}", expected["link_rows"][player], len(run.truth.links[player]))
        linkable = [row for row in run.truth.links[player] if _ends(made, row)]
        accepted = [row for row in made.links[player].values() if row["outcome"] != "REJECTED"]
        run.compare(act, f"link rows of {player} with both ends accepted", len(linkable), len(accepted))
    world = await scenario_world.read(run.viewer)
    run.compare_world(act, "after_import", world)
    degrees, known = world.graph().degrees(), run.truth.signals
    stated = {signal: (truth.contributors, truth.degree) for signal, truth in known.items()}
    got = {signal: (world.contributors(id), degrees[id]) for id, signal in world.signals.items()}
    run.compare_all(act, "signals with contributors and degree", stated, got)
    follower = Follower(run.viewer)
    await _arrived(follower, world)
    run.compare_all(act, "signals in a follower's copy", world.signals, follower.copy)
    return made, world, follower


async def _second_import(run: Play, first: Import, before: World, follower: Follower) -> None:
    act, shuffle = "second import, shuffled", random.Random(SEED)  # noqa: S311 - an order, no secret
    counts = await run.row_counts() if run.row_counts else None
    again = await _import(run, "second", lambda rows: shuffle.sample(rows, len(rows)))
    for player in PLAYERS:
        repeated = {number: _again(row) for number, row in first.rows[player].items()}
        run.compare_all(act, f"rows of {player} as before", repeated, _told(again.rows[player]))
        relinked = {number: _again(row) for number, row in first.links[player].items()}
        run.compare_all(act, f"links of {player} as before", relinked, _told(again.links[player]))
    await asyncio.sleep(SETTLED_SECONDS)
    run.compare(act, "new changes in the feed", 0, await follower.catch_up())
    after = await scenario_world.read(run.viewer)
    what = "signals with versions, updatedAt and expiry of contributions"
    run.compare_all(act, what, before.statements, after.statements)
    run.compare_all(act, "links", before.links, after.links)
    if run.row_counts is not None and counts is not None:
        run.compare_all(act, "tables with their number of rows", counts, await run.row_counts())


async def _queries(run: Play) -> None:
    stated = [query.get("expected_contributors") for query in run.truth.queries]
    expected = {n: slugs(players) if players else None for n, players in enumerate(stated)}
    found = dict(enumerate(await _match(run.viewer, run.truth.queries)))
    got = {n: match and frozenset(who["slug"] for who in match["signal"]["contributors"]) for n, match in found.items()}
    run.compare_all("match", "queries with hit and contributors", expected, got)
    hits = sum(query["expected_hit"] for query in run.truth.queries)
    run.compare("match", "hits", hits, sum(match is not None for match in found.values()))


async def _withdrawals(run: Play, before: World, follower: Follower) -> None:
    act = "withdrawals"
    for player in PLAYERS:
        events = [event for event in run.truth.withdrawals if event["participant"] == player]
        found = await _match(run.client(player), events)
        ids = [before.statement_of(PLAYERS[player], match["signal"]["id"]).id for match in found]
        statuses = await _retract(run.client(player), ids)
        run.compare(act, f"contributions of {player} that are RETRACTED", len(events), statuses["RETRACTED"])
    world = await scenario_world.read(run.viewer)
    run.compare_world(act, "after_events", world)
    left = {s: known.contributors_after for s, known in run.truth.signals.items() if known.contributors_after}
    got = {signal: world.contributors(id) for id, signal in world.signals.items()}
    run.compare_all(act, "signals with contributors", left, got)
    await _arrived(follower, world)
    run.compare_all(act, "signals in a follower's copy", world.signals, follower.copy)


async def _retract(client: Client, ids: Sequence[str]) -> Counter[str]:
    """The first one by itself, the others together: there is a mutation for each."""
    first = await client.ask(RETRACT, input={"contributionId": ids[0], "reason": "ERROR"})
    others = await client.ask(RETRACT_ALL, input={"contributionIds": ids[1:], "reason": "ERROR"})
    return Counter(one["status"] for one in [first, *others["contributions"]] if one is not None)


async def _feedback(run: Play, before: World, signal_ids: Sequence[str]) -> None:
    """All events are about signals that were found before the withdrawals; some of them are gone by now."""
    act, told = "feedback", list(zip(run.truth.feedback, signal_ids, strict=True))
    outcomes: list[str] = []
    for player in PLAYERS:
        own = [(event, id) for event, id in told if event["participant"] == player]
        findings = [finding(event, id, run.started_at) for event, id in own]
        answer = await run.client(player).ask(RECORD, input={"feedback": findings, "idempotencyKey": "feedback"})
        got = {n: _outcome(row) for n, row in enumerate(answer["rows"])}
        stated = {n: run.truth.outcome(event, before.signals[id]) for n, (event, id) in enumerate(own)}
        run.compare_all(act, f"events of {player} recorded or refused as R7 says", stated, got)
        outcomes += got.values()
    derived = Counter(run.truth.outcome(event, before.signals[id]) for event, id in told)
    run.compare(act, "recorded", derived["CREATED"], outcomes.count("CREATED"))
    alone, gone = "ONLY_OWN_CONTRIBUTION", "NOT_FOUND"
    run.compare(act, "refused: nobody contributes it but the author", derived[alone], outcomes.count(alone))
    run.compare(act, "refused: everybody withdrew it", derived[gone], outcomes.count(gone))
    kept = [(event, id) for event, id in told if run.truth.outcome(event, before.signals[id]) == "CREATED"]
    world = await scenario_world.read(run.viewer, feedback=True)
    run.compare(act, "signals with feedback", len({id for _, id in kept}), len(world.verdicts))
    given = Counter(finding(event, id, run.started_at)["verdict"] for event, id in kept)
    tally: Counter[str] = sum((Counter(verdicts) for verdicts in world.verdicts.values()), Counter())
    run.compare(act, "verdicts", dict(sorted(given.items())), dict(sorted(tally.items())))


def _outcome(row: Row) -> str:
    problem = row["problem"]
    if problem is None:
        return str(row["outcome"])
    return str(problem["reason"])


async def _import(run: Play, name: str, ordered: Callable[[list[Any]], list[Any]]) -> Import:
    made = Import()
    for player in PLAYERS:
        client, rows = run.client(player), ordered(run.truth.uploads[player])
        drafts = [draft(row["type"], row["raw"], run.started_at) for row in rows]
        answers = await _sent(client, UPLOAD, "signals", drafts, name)
        made.rows[player] = {row["row"]: answer for row, answer in zip(rows, answers, strict=True)}
    for player in PLAYERS:
        numbered = ordered(list(enumerate(run.truth.links[player])))
        pairs = [(n, ends) for n, row in numbered if (ends := _ends(made, row))]
        links = [link(*ends) for _, ends in pairs]
        answers = await _sent(run.client(player), LINK, "links", links, name)
        made.links[player] = {n: answer for (n, _), answer in zip(pairs, answers, strict=True)}
    return made


async def _sent(client: Client, document: str, items: str, rows: Sequence[Any], name: str) -> list[Row]:
    """The answers to all rows, in their order; each batch has an idempotency key of its own."""
    answers: list[Row] = []
    for number, batch in enumerate(in_batches(rows)):
        answer = await client.ask(document, input={items: batch, "idempotencyKey": f"{name}-{number}"})
        answers += answer["rows"]
    return answers


def _ends(made: Import, link: Row) -> tuple[str, str] | None:
    """The ids of the signals that a row links; null if one of them was refused, or if they are the same."""
    rows = made.rows[link["participant"]]
    a, b = (rows[link[end]]["signalId"] for end in ("from_row", "to_row"))
    return (a, b) if a and b and a != b else None


async def _match(client: Client, rows: Sequence[Row]) -> list[Any]:
    """The best match of each row's value; null if nothing matched."""
    best = []
    for batch in in_batches(rows):
        values = [{"type": TYPES[row["type"]], "value": row["raw"]} for row in batch]
        best += [outcome["best"] for outcome in await client.ask(MATCH, values=values)]
    return best


async def _arrived(follower: Follower, world: World) -> None:
    """Wait until the follower's copy is the world, at most for a while: the comparison tells the rest."""
    until = time.monotonic() + ARRIVAL_SECONDS
    while time.monotonic() < until:
        if not await follower.catch_up() and follower.copy == world.signals:
            return
        await asyncio.sleep(0.1)


def _again(row: Row) -> tuple[str, object]:
    """What becomes of a row that is sent once more, and of what."""
    repeated = "REJECTED" if row["outcome"] == "REJECTED" else "UNCHANGED"
    return repeated, _subject(row)


def _told(rows: Mapping[int, Row]) -> dict[int, tuple[str, object]]:
    return {number: (row["outcome"], _subject(row)) for number, row in rows.items()}


def _subject(row: Row) -> object:
    return row.get("linkId") or row.get("contributionId") or row["problem"]["reason"]
