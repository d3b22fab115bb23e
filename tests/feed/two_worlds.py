"""One history as birch sees it, and what may happen out of its sight between the steps."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncEngine

from app.graphql.execution import ReadEngine
from app.rules.drafts import Audience
from app.rules.feedback import FeedbackDraft
from app.rules.keyring import Keyring
from app.rules.labels import RetractionReason, ReviewStatus, Severity
from app.rules.participants import ParticipantStatus
from app.rules.row_results import Outcome, RowResult
from app.rules.verdicts import Verdict, VerdictReason
from app.services import contributions, feedback, groups, holding, participants
from app.services.contributions import Revision
from app.store.database_urls import DatabaseUrls
from tests.feed.readers import ApiReader
from tests.feed.world import OPERATOR, Program, draft, empty, program_at
from tests.served_exchange import served

READER = "birch"
# Between two visible steps; the hidden ones in between take less.
STEP = timedelta(minutes=10)
S = ParticipantStatus


@dataclass
class Course:
    """What participants do in a program, by the names of the hosts that they speak of."""

    program: Program
    made: dict[tuple[str, str], RowResult] = field(default_factory=dict)

    async def share(self, slug: str, host: str, *groups: str, hours: float | None = None) -> None:
        ends = None if hours is None else self.program.clock() + timedelta(hours=hours)
        audience = [getattr(self.program, group) for group in groups]
        (self.made[slug, host],) = await self.program.share(slug, draft(host, *audience, expires_at=ends))
        assert self.made[slug, host].outcome is Outcome.CREATED

    async def quarantined(self, slug: str, host: str) -> None:
        id = self.program.exchange.id(slug)
        await self.program.do(OPERATOR, participants.set_quarantine, id, True)
        await self.share(slug, host)
        await self.program.do(OPERATOR, participants.set_quarantine, id, False)

    async def revise(self, slug: str, host: str, severity: Severity) -> None:
        await self._update(slug, Revision(self._id(slug, host), {"severity": severity}))

    async def move(self, slug: str, host: str, *groups: str) -> None:
        audience = Audience(tuple(getattr(self.program, group) for group in groups) or None)
        await self._update(slug, Revision(self._id(slug, host), {}, audience))

    async def _update(self, slug: str, revision: Revision) -> None:
        await self.program.do(slug, contributions.update, self.program.exchange.keyring, revision)

    async def retract(self, slug: str, host: str) -> None:
        (row,) = await self.program.do(slug, contributions.retract, [self._id(slug, host)], RetractionReason.ERROR)
        assert row is not None

    async def release(self, slug: str, host: str) -> None:
        assert await self.program.do(OPERATOR, holding.release, [self._id(slug, host)]) == [True]

    async def hide(self, slug: str, host: str, hidden: bool = True) -> None:
        ids = [self._id(slug, host)]
        assert await self.program.do(OPERATOR, holding.set_hidden, ids, hidden=hidden) == [True]

    async def hide_all_of(self, slug: str, hidden: bool = True) -> None:
        await self.program.do(OPERATOR, holding.set_participant_hidden, self.program.exchange.id(slug), hidden=hidden)

    async def say(
        self, slug: str, host: str, verdict: Verdict, note: str = "seen", reason: VerdictReason | None = None
    ) -> None:
        (signal_id,) = {made.signal_id for (_, at), made in self.made.items() if at == host}
        if verdict is Verdict.FALSE_POSITIVE and reason is None:
            reason = VerdictReason.OTHER
        said = FeedbackDraft(signal_id, verdict, reason, ReviewStatus.REVIEWED_MANUALLY, note=note)
        (result,) = await self.program.do(slug, feedback.record, self.program.exchange.keyring, [said])
        assert result.outcome in (Outcome.CREATED, Outcome.UPDATED)

    async def report_victim(self, slug: str, host: str) -> None:
        await self.say(slug, host, Verdict.FALSE_POSITIVE, reason=VerdictReason.VICTIM_NOT_OFFENDER)

    async def hide_signal(self, slug: str, host: str, hidden: bool = True) -> None:
        signal_id = self.made[slug, host].signal_id
        await self.program.do(OPERATOR, holding.set_signal_hidden, signal_id, hidden=hidden)

    async def become(self, slug: str, *steps: ParticipantStatus) -> None:
        for step in steps:
            await self.program.do(OPERATOR, participants.change_status, self.program.exchange.id(slug), step)

    async def join(self, slug: str, group: str) -> None:
        await self._regroup(groups.add_members, slug, group)

    async def leave(self, slug: str, group: str) -> None:
        await self._regroup(groups.remove_members, slug, group)

    async def _regroup(self, change: Callable[..., Awaitable[Any]], slug: str, group: str) -> None:
        members = [self.program.exchange.id(slug)]
        await self.program.do(OPERATOR, change, getattr(self.program, group), members)

    async def pass_hours(self, hours: float) -> None:
        self.program.clock.forward(hours=hours)

    def _id(self, slug: str, host: str) -> Any:
        return self.made[slug, host].subject_id


Step: TypeAlias = Callable[[Course], Awaitable[None]]

# Each step that birch sees, about one signal at a time, as the changes of one moment have no order among themselves;
# and what happens before it out of its sight: mostly in the group of cedar and dogwood. What is hidden never keeps
# alive a signal that is contributed again in sight: its id would stay, where otherwise it gets a new one (R15).
HISTORY: Sequence[tuple[Step, Sequence[Step]]] = (
    (
        lambda c: c.share("alder", "a"),
        [lambda c: c.share("cedar", "b", "night"), lambda c: c.share("cedar", "x", "night")],
    ),
    (lambda c: c.share("alder", "b", "payments"), [lambda c: c.revise("cedar", "b", Severity.HIGH)]),
    (
        lambda c: c.share("elm", "a"),
        [lambda c: c.share("dogwood", "a", "night"), lambda c: c.share("dogwood", "y", "night")],
    ),
    # What birch sees by one group is shared with another one, too.
    (
        lambda c: c.share("birch", "c"),
        [
            lambda c: c.say("dogwood", "x", Verdict.CONFIRMED_VIOLATION),
            lambda c: c.join("alder", "night"),
            lambda c: c.move("alder", "b", "payments", "night"),
        ],
    ),
    (lambda c: c.share("birch", "j", "payments"), [lambda c: c.share("cedar", "j", "night")]),
    # What hides a signal from all others leaves its contributors what they said, as it was.
    (
        lambda c: c.revise("alder", "b", Severity.LOW),
        [lambda c: c.quarantined("alder", "q"), lambda c: c.report_victim("dogwood", "j")],
    ),
    (lambda c: c.say("elm", "c", Verdict.CONFIRMED_VIOLATION), [lambda c: c.say("cedar", "y", Verdict.MATCHED)]),
    (
        lambda c: c.say("dogwood", "a", Verdict.MATCHED),
        [lambda c: c.say("dogwood", "x", Verdict.FALSE_POSITIVE), lambda c: c.hide_signal("cedar", "j", False)],
    ),
    # Of a finding with others' signals, birch reads the verdict at the most.
    (
        lambda c: c.share("alder", "d"),
        [
            lambda c: c.say("dogwood", "a", Verdict.MATCHED, note="seen again"),
            lambda c: c.move("alder", "b", "payments"),
            lambda c: c.move("alder", "b", "night", "payments"),
        ],
    ),
    (
        lambda c: c.move("alder", "a", "payments"),
        [lambda c: c.hide_all_of("cedar"), lambda c: c.share("cedar", "c", "night")],
    ),
    (lambda c: c.share("elm", "e", hours=2), [lambda c: c.share("dogwood", "e", "night", hours=2)]),
    (
        lambda c: c.hide("alder", "d"),
        [lambda c: c.move("cedar", "c", "night"), lambda c: c.share("dogwood", "d", "night")],
    ),
    (
        lambda c: c.hide("alder", "d", False),
        [lambda c: c.hide_all_of("cedar", False), lambda c: c.retract("dogwood", "d")],
    ),
    (lambda c: c.pass_hours(3), [lambda c: c.share("dogwood", "z", "night", hours=1)]),
    (
        lambda c: c.leave("birch", "payments"),
        [lambda c: c.leave("dogwood", "night"), lambda c: c.join("dogwood", "night")],
    ),
    (
        lambda c: c.share("alder", "f", "payments"),
        [lambda c: c.share("dogwood", "f", "night"), lambda c: c.move("alder", "b", "payments")],
    ),
    (
        lambda c: c.join("birch", "payments"),
        [lambda c: c.become("dogwood", S.SUSPENDED, S.ACTIVE), lambda c: c.move("alder", "b", "payments", "night")],
    ),
    (
        lambda c: c.quarantined("alder", "g"),
        [lambda c: c.retract("cedar", "b"), lambda c: c.share("cedar", "h", "night")],
    ),
    (lambda c: c.release("alder", "g"), [lambda c: c.revise("cedar", "h", Severity.INFO)]),
    (lambda c: c.become("birch", S.SUSPENDED), [lambda c: c.share("dogwood", "h", "night")]),
    (lambda c: c.revise("alder", "g", Severity.HIGH), [lambda c: c.say("dogwood", "h", Verdict.MATCHED)]),
    (lambda c: c.become("birch", S.ACTIVE), [lambda c: c.retract("dogwood", "h")]),
    (lambda c: c.share("alder", "i"), [lambda c: c.share("dogwood", "i", "night")]),
    (lambda c: c.retract("alder", "b"), [lambda c: c.retract("cedar", "h"), lambda c: c.retract("dogwood", "y")]),
    (lambda c: c.become("elm", S.OFFBOARDING, S.TERMINATED), [lambda c: c.become("cedar", S.SUSPENDED, S.ACTIVE)]),
    (lambda c: c.retract("alder", "f"), [lambda c: c.become("dogwood", S.OFFBOARDING, S.TERMINATED)]),
    # All that was shared in the group is gone by now, and who joins does not learn that it was there.
    (lambda c: c.join("birch", "night"), [lambda c: c.become("cedar", S.OFFBOARDING, S.TERMINATED)]),
)

CHANGES = """query ($after: String, $first: Int!) { changes(after: $after, first: $first) {
    __typename
    ... on ChangePage {
        items { signalId removed signal { id type value maskedValue violations annotations severity confidence handling
            createdAt updatedAt contributors { slug } 
            contributions { version updatedAt status severity programWide audienceGroups }
            feedbackSummary { opinion participants verdicts { verdict participants } } } }
        startCursor endCursor caughtUp normaliserVersion matchKeyEpoch }
    ... on ResyncRequired { code startCursor } } }"""
LAST = len(HISTORY) - 1
# Of one poll; a page that never ends is a fault, too.
MOST_PAGES = 100


@dataclass
class Poller:
    """Follows the feed by pages of one size, and keeps all that it was answered."""

    reader: ApiReader
    first: int
    after: str | None = None
    answers: list[Any] = field(default_factory=list)

    async def poll(self) -> None:
        for _ in range(MOST_PAGES):
            answer = await self.reader.ask(CHANGES, after=self.after, first=self.first)
            self.answers.append(answer)
            self.after = answer.get("endCursor", answer["startCursor"])
            if answer.get("caughtUp"):
                return
        raise AssertionError("it never catches up")


async def told(
    urls: DatabaseUrls,
    owner: AsyncEngine,
    keyring: Keyring,
    engine: ReadEngine,
    *,
    with_hidden: bool,
    sizes: Sequence[int],
) -> list[Any]:
    """Every page that birch gets in the course of the history, ids by order of appearance, cursors by their length."""
    await empty(owner)
    async with program_at(urls, keyring) as program, served(program.exchange, engine) as http:
        course, reader = Course(program), ApiReader(http, program, READER)
        pollers, answers = [Poller(reader, size) for size in sizes], list[Any]()
        for number, (visible, hidden) in enumerate(HISTORY):
            for step in hidden if with_hidden else ():
                await step(course)
            program.clock.now = next_(program.clock.now)
            await visible(course)
            await program.settle()
            # Those who go on from where they were, and now and then some who begin.
            newcomers = [Poller(reader, size) for size in sizes] if number % 3 == LAST % 3 else []
            for poller in (*pollers, *newcomers):
                await poller.poll()
                answers += poller.answers
                poller.answers.clear()
    return without_ids(answers, {})


def next_(moment: datetime) -> datetime:
    """The next full step, however much of this one the hidden changes took."""
    return datetime.fromtimestamp(
        (moment.timestamp() // STEP.total_seconds() + 1) * STEP.total_seconds(), moment.tzinfo
    )


def without_ids(told: Any, names: dict[str, int]) -> Any:
    if isinstance(told, list):
        return [without_ids(one, names) for one in told]
    if not isinstance(told, dict):
        return told
    return {name: _spelt(name, value, names) for name, value in told.items()}


def _spelt(name: str, value: Any, names: dict[str, int]) -> Any:
    if name in ("id", "signalId"):
        return names.setdefault(value, len(names))
    if name == "audienceGroups":
        return value and [names.setdefault(id, len(names)) for id in value]
    return len(value) if name.endswith("Cursor") else without_ids(value, names)
