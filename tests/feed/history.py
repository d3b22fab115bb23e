"""Random histories of a small program: every cause by which a participant gains or loses sight of a signal."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random
from typing import Any, TypeAlias
from uuid import UUID

from app.errors import ExchangeError, NotFound
from app.rules.drafts import Audience, SignalDraft
from app.rules.feedback import FeedbackDraft
from app.rules.labels import RetractionReason, ReviewStatus, Severity, Violation
from app.rules.participants import ParticipantStatus
from app.rules.verdicts import Verdict, VerdictReason
from app.rules.victim_reports import VictimDecision, VictimReportState
from app.services import contributions, feedback, groups, holding, participants, victim_reports
from app.services.contributions import Revision
from app.store import contributions as statements
from app.store.pages import Window
from app.store.victim_reports import ReportFilter
from tests.feed.world import LABELS, OPERATOR, Program, draft

SLUGS = ("alder", "birch", "cedar", "dogwood", "elm", OPERATOR)
# So few that participants meet at the same values all the time.
HOSTS = [f"site{number}" for number in range(30)]
TRIES = 6
# Times that an event which a test is about is tried besides.
MUCH = 16
S = ParticipantStatus

Event: TypeAlias = Callable[["History"], Awaitable[bool]]
"""Lets something happen; false if it came to nothing."""


@dataclass(frozen=True)
class Contribution:
    slug: str
    id: UUID
    signal_id: UUID


@dataclass
class History:
    program: Program
    random: Random
    known: list[Contribution] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def deck(self, often: str | None = None) -> Iterator[str]:
        """The names of the events, each as often as it should be tried, in random order after a first few uploads."""
        cards = [name for name, (_, times) in EVENTS.items() for _ in range(times)]
        cards += [often] * MUCH if often else []
        self.random.shuffle(cards)
        yield from ["upload"] * 8 + cards

    async def happen(self, name: str) -> None:
        """Try it a few times, as the one who is drawn may not be allowed to, or what is drawn may be gone."""
        for _ in range(TRIES):
            if await self._comes_to_something(name):
                self.done[name] += 1
                return

    async def _comes_to_something(self, name: str) -> bool:
        try:
            return await EVENTS[name][0](self)
        except ExchangeError:
            return False

    def some(self, most: int = 3) -> list[Contribution]:
        """Up to so many contributions of one participant."""
        (chosen,) = self.random.sample(self.known, 1)
        others = [one for one in self.known if one.slug == chosen.slug and one != chosen]
        return [chosen, *self.random.sample(others, min(len(others), self.random.randrange(most)))]

    async def groups_of(self, slug: str) -> list[UUID]:
        """In an order of their own, as ids differ from run to run."""
        mine = (await self.program.actor(slug)).groups
        return [group for group in (self.program.payments, self.program.night) if group in mine]

    async def audience(self, slug: str) -> Audience:
        mine = await self.groups_of(slug)
        return Audience(tuple(self.random.sample(mine, self.random.randint(0, len(mine)))) or None)


async def _draft(history: History, slug: str) -> SignalDraft:
    random = history.random
    ends = history.program.clock() + timedelta(hours=random.randint(1, 100)) if random.random() < 0.4 else None
    severity = random.choice(list(Severity))
    made = draft(random.choice(HOSTS), labels=replace(LABELS, severity=severity), expires_at=ends)
    return replace(made, audience=await history.audience(slug))


async def upload(history: History) -> bool:
    slug = history.random.choice(SLUGS)
    drafts = [await _draft(history, slug) for _ in range(history.random.randint(1, 3))]
    results = await history.program.share(slug, *drafts)
    made = [Contribution(slug, r.subject_id, r.signal_id) for r in results if r.subject_id and r.signal_id]
    history.known += [one for one in made if one not in history.known]
    return bool(made)


async def relabel(history: History) -> bool:
    (one,) = history.some(1)
    return await _revise(history, one, violations=tuple(history.random.sample(list(Violation), 2)))


async def move(history: History) -> bool:
    """From the program to groups, the other way, or from groups to others."""
    return await _move(history, history.some(1)[0])


async def regroup(history: History) -> bool:
    """The same by one who is in several groups: it may be shared with some of them before and after."""
    able = [one for one in history.known if len(await history.groups_of(one.slug)) > 1]
    return bool(able) and await _move(history, history.random.choice(able))


async def _move(history: History, one: Contribution) -> bool:
    audience, actor = await history.audience(one.slug), await history.program.actor(one.slug)
    async with history.program.exchange.database.read(actor) as session:
        row = (await statements.by_ids(session, actor, [one.id]))[one.id]
    return set(row.audience_groups) != set(audience.groups or ()) and await _revise(history, one, audience)


async def _revise(history: History, one: Contribution, audience: Audience | None = None, **labels: Any) -> bool:
    keyring, revision = history.program.exchange.keyring, Revision(one.id, labels, audience)
    try:
        row = await history.program.do(one.slug, contributions.update, keyring, revision)
    except NotFound:
        history.known.remove(one)
        raise
    return audience is not None or row.updated_at == history.program.clock()


async def retract(history: History) -> bool:
    chosen = history.some()
    ids, reason = [one.id for one in chosen], RetractionReason.ERROR
    retracted = await history.program.do(chosen[0].slug, contributions.retract, ids, reason)
    history.known = [one for one in history.known if one.id not in ids]
    return any(retracted)


async def renew(history: History) -> bool:
    chosen = history.some()
    until = history.program.clock() + timedelta(days=history.random.randint(1, 20))
    return any(await history.program.do(chosen[0].slug, contributions.renew, [one.id for one in chosen], until))


async def lapse(history: History) -> bool:
    history.program.clock.forward(hours=history.random.randint(1, 60))
    if history.random.random() < 0.5:
        await history.program.expire()
    return True


async def quarantine(history: History) -> bool:
    slug = history.random.choice(SLUGS)
    id = history.program.exchange.id(slug)
    await history.program.do(OPERATOR, participants.set_quarantine, id, True)
    held = await history.program.share(slug, await _draft(history, slug))
    await history.program.do(OPERATOR, participants.set_quarantine, id, False)
    history.known += [Contribution(slug, r.subject_id, r.signal_id) for r in held if r.subject_id and r.signal_id] * 3
    return True


async def release(history: History) -> bool:
    ids = [one.id for one in history.known]
    return any(await history.program.do(OPERATOR, holding.release, history.random.sample(ids, len(ids) // 2)))


def hide(hidden: bool) -> Event:
    async def contributions_(history: History) -> bool:
        ids = [one.id for one in history.some()]
        return any(await history.program.do(OPERATOR, holding.set_hidden, ids, hidden=hidden))

    return contributions_


def hide_signal(hidden: bool) -> Event:
    async def signal(history: History) -> bool:
        (one,) = history.some(1)
        await history.program.do(OPERATOR, holding.set_signal_hidden, one.signal_id, hidden=hidden)
        return True

    return signal


def hide_participant(hidden: bool) -> Event:
    async def participant(history: History) -> bool:
        id = history.program.exchange.id(history.random.choice(SLUGS))
        await history.program.do(OPERATOR, holding.set_participant_hidden, id, hidden=hidden)
        return True

    return participant


def regrouped(change: Callable[..., Awaitable[Any]], *, of_members: bool) -> Event:
    """A member leaves a group, or one who is none joins it."""

    async def membership(history: History) -> bool:
        both = (history.program.payments, history.program.night)
        able = [(g, slug) for slug in SLUGS for g in both if (g in await history.groups_of(slug)) == of_members]
        for group, slug in history.random.sample(able, min(len(able), 1)):
            await history.program.do(OPERATOR, change, group, [history.program.exchange.id(slug)])
        return bool(able)

    return membership


def become(*steps: ParticipantStatus) -> Event:
    async def status(history: History) -> bool:
        id = history.program.exchange.id(history.random.choice(("birch", "cedar", "dogwood")))
        await history.program.do(OPERATOR, participants.change_status, id, history.random.choice(steps))
        return True

    return status


async def leave(history: History) -> bool:
    """Elm leaves for good."""
    id = history.program.exchange.id("elm")
    await history.program.do(OPERATOR, participants.change_status, id, S.OFFBOARDING)
    await history.program.do(OPERATOR, participants.change_status, id, S.TERMINATED)
    return True


async def say(history: History) -> bool:
    chosen = history.random.sample(history.known, min(4, len(history.known)))
    return await _record(history, [_finding(history.random, one.signal_id) for one in chosen])


async def report_victim(history: History) -> bool:
    (one,) = history.some(1)
    said = {"reason": VerdictReason.VICTIM_NOT_OFFENDER, "review_status": ReviewStatus.REVIEWED_MANUALLY}
    return await _record(history, [FeedbackDraft(one.signal_id, Verdict.FALSE_POSITIVE, **said)])


async def decide(history: History) -> bool:
    actor = await history.program.actor(OPERATOR)
    async with history.program.exchange.database.read(actor) as session:
        reports = (await victim_reports.find(session, actor, ReportFilter(), Window(50))).items
    if reports:
        (_, report), decision = history.random.choice(reports), history.random.choice(list(VictimDecision))
        await history.program.do(OPERATOR, victim_reports.decide, report.id, decision)
    return any(report.state != VictimReportState.QUEUED for _, report in reports)


def _finding(random: Random, signal_id: UUID) -> FeedbackDraft:
    verdict = random.choice([Verdict.MATCHED, Verdict.CONFIRMED_VIOLATION, Verdict.FALSE_POSITIVE])
    denies = verdict is Verdict.FALSE_POSITIVE
    reason = random.choice([VerdictReason.WRONG_LABEL, VerdictReason.OTHER]) if denies else None
    return FeedbackDraft(signal_id, verdict, reason, ReviewStatus.REVIEWED_MANUALLY, note=random.choice("ab"))


async def _record(history: History, drafts: list[FeedbackDraft]) -> bool:
    slug = history.random.choice(SLUGS)
    results = await history.program.do(slug, feedback.record, history.program.exchange.keyring, drafts)
    return any(result.subject_id for result in results)


async def sequence(history: History) -> bool:
    await history.program.sequence()
    return True


# What may happen, and how often it is tried in one history.
EVENTS: dict[str, tuple[Event, int]] = {
    "upload": (upload, 14),
    "relabel": (relabel, 4),
    "move to another audience": (move, 8),
    "move to other groups": (regroup, 4),
    "retract": (retract, 8),
    "renew": (renew, 4),
    "lapse": (lapse, 4),
    "quarantine": (quarantine, 4),
    "release": (release, 3),
    "hide contributions": (hide(True), 3),
    "show contributions": (hide(False), 3),
    "hide a signal": (hide_signal(True), 3),
    "show a signal": (hide_signal(False), 3),
    "hide a participant": (hide_participant(True), 1),
    "show a participant": (hide_participant(False), 4),
    "join a group": (regrouped(groups.add_members, of_members=False), 4),
    "leave a group": (regrouped(groups.remove_members, of_members=True), 4),
    "suspend or restrict": (become(S.SUSPENDED, S.RESTRICTED), 3),
    "reactivate": (become(S.ACTIVE), 5),
    "leave the program": (leave, 1),
    "say": (say, 8),
    "report a victim": (report_victim, 4),
    "decide": (decide, 3),
    "sequence": (sequence, 8),
}
