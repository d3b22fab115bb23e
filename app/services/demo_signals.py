"""What the demo's participants share: fictional signals that belong together, a case, and what became of them.

Nothing here belongs to anybody: names under `.example`, a telephone number kept for drama, an address of the network
that swallows stray queries (RFC 7535), and hashes of words.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import md5, sha1, sha256
from uuid import UUID

from app.rules.actor import Actor
from app.rules.cases import CaseDraft
from app.rules.drafts import Audience, SignalDraft
from app.rules.feedback import FeedbackDraft
from app.rules.ids import Prefix, read
from app.rules.keyring import Keyring
from app.rules.labels import Labels, ReviewStatus, Severity
from app.rules.links import LinkDraft, Relation
from app.rules.normal_forms import NO_HINTS, Hints
from app.rules.scopes import Scope
from app.rules.signal_types import SignalType
from app.rules.tokens import AccessTokens
from app.rules.verdicts import EnforcementAction, Verdict, VerdictReason
from app.rules.violations import Violation
from app.services import cases, feedback, links, tokens, uploads
from app.services.demo import ALDER, BIRCH, DemoClient, DemoCredentials
from app.store.database import Database

_MONEY, _IMAGES = Violation.SEXTORTION_FINANCIAL, Violation.CSAM_POSSESSION_DISTRIBUTION
_GROOMING, _LURE = Violation.ONLINE_ENTICEMENT_GROOMING, Violation.MISLEADING_DOMAIN_OR_WORDS
_PAYING = Violation.FINANCIAL_FACILITATION
_PICTURE = sha256(b"the first picture of the demo").hexdigest()

_CHIRPER, _PLAYTOWN, _ENGLISH = Hints(platform="chirper"), Hints(platform="playtown"), Hints(language="en")


@dataclass(frozen=True, slots=True)
class _Shared:
    """One value, and what its contributor says of it."""

    type: SignalType
    value: str
    violation: Violation
    severity: Severity
    confidence: int
    hints: Hints = NO_HINTS
    context: str | None = None


_S, _T = _Shared, SignalType
_LOW, _MEDIUM, _HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH

_OF_BOTH: dict[str, _Shared] = {
    "owl mail": _S(_T.EMAIL_ADDRESS, "night.owl@mail.example", _MONEY, _HIGH, 85),
    "rooms site": _S(_T.DOMAIN, "gift-rooms.example", _LURE, _HIGH, 75),
    "rooms payee": _S(_T.PAYMENT_HANDLE, "pay@gift-rooms.example", _MONEY, _HIGH, 80, Hints(scheme="skrill")),
    "picture": _S(_T.HASH_PDQ, _PICTURE, _IMAGES, _HIGH, 95, Hints(media_type="image/jpeg", quality=100)),
}
_OF_ALDER: dict[str, _Shared] = _OF_BOTH | {
    "owl chirper": _S(_T.USERNAME, "@night_owl_42", _MONEY, _HIGH, 80, _CHIRPER, "Asks for a second app."),
    "owl playtown": _S(_T.USERNAME, "nightowl.prizes", _GROOMING, _HIGH, 70, _PLAYTOWN),
    "owl account": _S(_T.ACCOUNT_ID, "88310427", _GROOMING, _HIGH, 70, _PLAYTOWN),
    "owl phone": _S(_T.PHONE_NUMBER, "+44 7700 900461", _MONEY, _MEDIUM, 60),
    "rooms page": _S(_T.URL, "hxxps://gift-rooms[.]example/enter?room=7", _LURE, _HIGH, 75),
    "rooms words": _S(_T.KEYWORD, "free gift room", _LURE, _MEDIUM, 55, _ENGLISH),
    "picture file": _S(_T.HASH_SHA256, sha256(b"a file of the demo").hexdigest(), _IMAGES, _HIGH, 95),
    "second mail": _S(_T.EMAIL_ADDRESS, "prize.desk@mail.example", _MONEY, _MEDIUM, 50),
    "second chirper": _S(_T.USERNAME, "@prize_desk", _MONEY, _MEDIUM, 50, _CHIRPER),
    "alone": _S(_T.DOMAIN, "prize-counter.example", _LURE, _LOW, 35),
}
_OF_BIRCH: dict[str, _Shared] = _OF_BOTH | {
    "owl streamly": _S(_T.USERNAME, "owl.after.dark", _GROOMING, _HIGH, 75, Hints(platform="streamly")),
    "shelf site": _S(_T.DOMAIN, "swap-shelf.example", _IMAGES, _HIGH, 85),
    "shelf page": _S(_T.URL, "https://swap-shelf.example/s/Qm41#k9", _IMAGES, _HIGH, 90, context="Four reports."),
    "shelf second page": _S(_T.URL, "https://swap-shelf.example/s/Rt07#z2", _IMAGES, _HIGH, 85),
    "shelf file": _S(_T.HASH_MD5, md5(b"demo", usedforsecurity=False).hexdigest(), _IMAGES, _HIGH, 90),
    "shelf same file": _S(_T.HASH_SHA1, sha1(b"demo", usedforsecurity=False).hexdigest(), _IMAGES, _HIGH, 90),
    "shelf crop": _S(_T.HASH_PDQ, sha256(b"a crop").hexdigest(), _IMAGES, _HIGH, 80, Hints(quality=90)),
    "shelf words": _S(_T.KEYWORD, "blue shelf swap", _IMAGES, _MEDIUM, 60, _ENGLISH),
    "keeper chirper": _S(_T.USERNAME, "@shelf_keeper", _IMAGES, _HIGH, 75, _CHIRPER),
    "keeper mail": _S(_T.EMAIL_ADDRESS, "shelf.keeper@post.example", _IMAGES, _HIGH, 70),
    "keeper address": _S(_T.IP_ADDRESS, "192.31.196.17", _IMAGES, _MEDIUM, 40),
    "keeper payee": _S(_T.PAYMENT_HANDLE, "keeper@swap-shelf.example", _PAYING, _HIGH, 70, Hints(scheme="wise")),
}
# For the two members of the group alone.
_OF_GROUP: dict[str, _Shared] = {
    "quiet payee": _S(_T.PAYMENT_HANDLE, "till@swap-shelf.example", _PAYING, _MEDIUM, 55, Hints(scheme="upi")),
}

_R = Relation
_LINKED_BY_ALDER = (
    ("owl mail", "owl chirper", _R.SAME_ACTOR, 90),
    ("owl chirper", "owl playtown", _R.SAME_ACTOR, 70),
    ("owl playtown", "owl account", _R.SAME_ACTOR, 95),
    ("owl chirper", "owl phone", _R.COMMUNICATES_WITH, 60),
    ("owl chirper", "rooms payee", _R.PAID_THROUGH, 80),
    ("rooms page", "owl chirper", _R.ADVERTISED_BY, 75),
    ("rooms page", "rooms site", _R.HOSTED_AT, 95),
    ("rooms words", "rooms page", _R.ADVERTISED_BY, 50),
    ("picture", "rooms page", _R.HOSTED_AT, 85),
    ("picture file", "picture", _R.SAME_CONTENT, 90),
    ("second mail", "second chirper", _R.SAME_ACTOR, 80),
    ("second chirper", "owl chirper", _R.COMMUNICATES_WITH, 45),
)
_LINKED_BY_BIRCH = (
    ("owl mail", "owl streamly", _R.SAME_ACTOR, 75),
    ("rooms payee", "owl mail", _R.PAID_THROUGH, 65),
    ("picture", "shelf page", _R.HOSTED_AT, 80),
    ("shelf page", "shelf site", _R.HOSTED_AT, 95),
    ("shelf second page", "shelf site", _R.HOSTED_AT, 95),
    ("shelf page", "keeper chirper", _R.ADVERTISED_BY, 70),
    ("shelf second page", "keeper chirper", _R.ADVERTISED_BY, 70),
    ("shelf words", "keeper chirper", _R.ADVERTISED_BY, 55),
    ("shelf file", "shelf same file", _R.SAME_CONTENT, 99),
    ("shelf file", "shelf second page", _R.HOSTED_AT, 90),
    ("shelf crop", "picture", _R.DERIVED_FROM, 70),
    ("keeper chirper", "keeper mail", _R.SAME_ACTOR, 80),
    ("keeper mail", "keeper address", _R.SAME_INCIDENT, 40),
    ("shelf site", "keeper payee", _R.PAID_THROUGH, 70),
    ("keeper payee", "quiet payee", _R.SAME_ACTOR, 50),
)
_TITLE = "Gift rooms that lead to threats for money (demo)"
_SUMMARY = "One person seems to run several names; the rooms advertise each other."
_IN_CASE = ("owl mail", "owl chirper", "rooms payee", "rooms site", "rooms page")


@dataclass(frozen=True, slots=True)
class _Sharing:
    """By which means: a transaction of its own for each act, as over HTTP."""

    database: Database
    keyring: Keyring


async def share(database: Database, keyring: Keyring, made: DemoCredentials, as_of: datetime) -> None:
    """Two days of a demo exchange that is new, by the services that everybody uses."""
    sharing = _Sharing(database, keyring)
    alder, birch = [await _acting(sharing, made.clients[who.slug], as_of) for who in (ALDER, BIRCH)]
    of_group = Audience((_id(Prefix.GROUP, made.group_id),))
    first, second = as_of - timedelta(days=2), as_of - timedelta(days=1)
    by_alder = await _upload(sharing, alder.at(first), _OF_ALDER)
    await _link(sharing, alder.at(first), by_alder, _LINKED_BY_ALDER)
    by_birch = await _upload(sharing, birch.at(second), _OF_BIRCH)
    by_birch |= await _upload(sharing, birch.at(second), _OF_GROUP, of_group)
    await _link(sharing, birch.at(second), by_birch, _LINKED_BY_BIRCH)
    case = CaseDraft(_TITLE, _SUMMARY, tuple(by_alder[name] for name in _IN_CASE), (alder.participant_id,))
    async with database.write(birch.at(second)) as session:
        await cases.open(session, birch.at(second), keyring, case, None)
    async with database.write(birch) as session:
        await feedback.record(session, birch, keyring, _found_by_birch(by_alder, second))
    async with database.write(alder) as session:
        await feedback.record(session, alder, keyring, _found_by_alder(by_birch))


async def _acting(sharing: _Sharing, client: DemoClient, as_of: datetime) -> Actor:
    """Whoever stands behind a token of that client; this one is issued and read by nobody but us."""
    ours = AccessTokens.of("https://demo.invalid", sharing.keyring)
    claims = ours.check(ours.issue(_id(Prefix.CLIENT, client.client_id), Scope, as_of), as_of)
    async with sharing.database.nobody() as session:
        return await tokens.actor_behind(session, claims, as_of)


def _id(prefix: Prefix, text: str) -> UUID:
    id = read(prefix, text)
    if id is None:
        raise ValueError(f"this is no id of {prefix.name}")
    return id


async def _upload(
    sharing: _Sharing, actor: Actor, shared: Mapping[str, _Shared], audience: Audience | None = None
) -> dict[str, UUID]:
    """The ids of the signals, by our names for them."""
    drafts = [replace(_draft(one, actor.as_of), audience=audience) for one in shared.values()]
    async with sharing.database.write(actor) as session:
        results = await uploads.upload(session, actor, sharing.keyring, drafts)
    return {name: row.signal_id for name, row in zip(shared, results, strict=True) if row.signal_id is not None}


def _draft(shared: _Shared, as_of: datetime) -> SignalDraft:
    seen = as_of - timedelta(hours=6)
    return SignalDraft(
        shared.type,
        shared.value,
        Labels((shared.violation,), shared.severity, shared.confidence, review_status=ReviewStatus.REVIEWED_MANUALLY),
        replace(shared.hints, observed_at=seen),
        context=shared.context,
        states_review=True,
    )


async def _link(
    sharing: _Sharing, actor: Actor, ids: Mapping[str, UUID], said: Iterable[tuple[str, str, Relation, int]]
) -> None:
    drafts = [LinkDraft(ids[a], ids[b], relation, confidence) for a, b, relation, confidence in said]
    async with sharing.database.write(actor) as session:
        await links.link(session, actor, sharing.keyring, drafts)


def _found_by_birch(ids: Mapping[str, UUID], as_of: datetime) -> list[FeedbackDraft]:
    reviewed = FeedbackDraft(
        ids["owl chirper"],
        Verdict.CONFIRMED_VIOLATION,
        review_status=ReviewStatus.REVIEWED_MANUALLY,
        reviewed_at=as_of,
        reviewer_role="Child safety investigator",
        policy_reference="Child safety policy, 2.3",
        actions=((EnforcementAction.ACCOUNT_SUSPENDED, 1), (EnforcementAction.REPORTED_TO_NCMEC, 1)),
    )
    common = replace(
        reviewed,
        signal_id=ids["rooms words"],
        verdict=Verdict.FALSE_POSITIVE,
        reason=VerdictReason.SHARED_OR_COMMON_VALUE,
        actions=(),
    )
    return [
        reviewed,
        common,
        FeedbackDraft(ids["owl phone"], Verdict.NO_MATCH),
        FeedbackDraft(ids["second chirper"], Verdict.IN_REVIEW),
    ]


def _found_by_alder(ids: Mapping[str, UUID]) -> list[FeedbackDraft]:
    return [FeedbackDraft(ids[name], Verdict.MATCHED) for name in ("shelf page", "keeper chirper")]
