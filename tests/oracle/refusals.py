"""What is hidden answers as what is absent and as what is of another type: with the same bytes (R3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from uuid import UUID, uuid4

from app.rules.ids import Prefix, shown
from app.rules.participants import ParticipantClass
from tests import charges
from tests.oracle.asking import Exchange
from tests.oracle.channels import SAME_BYTES, Difference, Look, Tally
from tests.oracle.facts import Participant
from tests.oracle.nouns import NOUNS
from tests.oracle.stage import Played

_PROBLEM = "__typename ... on Problem { code message }"
_ABSENT = f"{_PROBLEM} ... on NotFound {{ noun }}"
_ROWS = "rows { outcome problem { code field reason message } }"
_LIST = "{ edges { node { id } } }"
_ANYTHING = ("node(id: $id) { __typename id }", "nodes(ids: [$id]) { __typename id }")
_LABELS = "violations: [SEXTORTION_FINANCIAL], severity: LOW, confidence: 50"

# What can be asked about an id, by the noun that it is of.
QUERIES = {
    "Signal": ("signal(id: $id) { id }", f"cases(filter: {{ hasSignal: $id }}) {_LIST}"),
    "Contribution": (),
    "SignalLink": (),
    "Feedback": (),
    "Case": (),
    "CaseNote": (),
    "AccessRecord": (),
    "Participant": (
        f"signals(filter: {{ contributor: $id }}) {_LIST}",
        f"cases(filter: {{ openedBy: $id }}) {_LIST}",
    ),
    "SharingGroup": (
        f"signals(filter: {{ group: $id }}) {_LIST}",
        f"participants(filter: {{ group: $id }}) {_LIST}",
    ),
}
_ENTITIES = ("Signal", "Contribution", "Feedback", "Case", "Participant")

# What can be tried with an id, by the noun that it is of; `$own` is a signal of the viewer's, `$case` a case of its.
MUTATIONS = {
    "Signal": (
        'revealValues(input: {signalIds: [$id], purpose: MATCH_REVIEW, purposeText: "A sign-up matched"})'
        f" {{ {_ABSENT} ... on RevealValuesPayload {{ values {{ value }} }} }}",
        "linkSignals(input: {links: [{from: $id, to: $own, relation: SAME_ACTOR}]})"
        f" {{ {_PROBLEM} ... on LinkSignalsPayload {{ {_ROWS} }} }}",
        "recordFeedback(input: {feedback: [{signalId: $id, verdict: NO_MATCH}]})"
        f" {{ {_PROBLEM} ... on RecordFeedbackPayload {{ {_ROWS} }} }}",
        "addSignalsToCase(input: {caseId: $case, signalIds: [$id]})"
        f" {{ {_ABSENT} ... on AddSignalsToCasePayload {{ {_ROWS} }} }}",
        f'openCase(input: {{title: "Nothing", signalIds: [$id]}}) {{ {_ABSENT} }}',
    ),
    "Contribution": (
        f"updateContribution(input: {{contributionId: $id, severity: LOW}}) {{ {_ABSENT} }}",
        f"retractContribution(input: {{contributionId: $id, reason: ERROR}}) {{ {_ABSENT} }}",
        "retractContributions(input: {contributionIds: [$id], reason: ERROR})"
        f" {{ {_PROBLEM} ... on ContributionsPayload {{ contributions {{ id }} }} }}",
        "renewContributions(input: {contributionIds: [$id]})"
        f" {{ {_PROBLEM} ... on ContributionsPayload {{ contributions {{ id }} }} }}",
    ),
    "SignalLink": (
        f"unlinkSignals(input: {{linkIds: [$id]}})"
        f" {{ {_PROBLEM} ... on UnlinkSignalsPayload {{ rows {{ outcome }} }} }}",
    ),
    "Case": (
        f"inviteToCase(input: {{caseId: $id, participantId: $self}}) {{ {_ABSENT} }}",
        f"removeFromCase(input: {{caseId: $id, participantId: $self}}) {{ {_ABSENT} }}",
        f"addSignalsToCase(input: {{caseId: $id, signalIds: [$own]}}) {{ {_ABSENT} }}",
        f'addCaseNote(input: {{caseId: $id, text: "Nothing"}}) {{ {_ABSENT} }}',
        f"changeCaseStatus(input: {{caseId: $id, status: ESCALATED}}) {{ {_ABSENT} }}",
        f"closeCase(input: {{caseId: $id, disposition: DUPLICATE}}) {{ {_ABSENT} }}",
        f"reopenCase(input: {{caseId: $id}}) {{ {_ABSENT} }}",
        'revealValues(input: {signalIds: [$own], purpose: MATCH_REVIEW, purposeText: "A sign-up matched", caseId: $id})'
        f" {{ {_ABSENT} }}",
    ),
    "Participant": (
        f"inviteToCase(input: {{caseId: $case, participantId: $id}}) {{ {_ABSENT} }}",
        f"removeFromCase(input: {{caseId: $case, participantId: $id}}) {{ {_ABSENT} }}",
        f'openCase(input: {{title: "Nothing", memberIds: [$id]}}) {{ {_ABSENT} }}',
    ),
    "SharingGroup": (
        f'uploadSignals(input: {{signals: [{{type: DOMAIN, value: "nobody.example", {_LABELS},'
        " audienceGroups: [$id]}]})"
        f" {{ {_PROBLEM} ... on UploadSignalsPayload {{ {_ROWS} }} }}",
    ),
}
# Beside these, what only the operator can try.
OPERATIONS = {
    "Signal": (f"setSignalHidden(input: {{signalId: $id, hidden: true}}) {{ {_ABSENT} }}",),
    "Contribution": (
        "setContributionsHidden(input: {contributionIds: [$id], hidden: true})"
        f" {{ {_PROBLEM} ... on DecidedPayload {{ decided }} }}",
        f"releaseContributions(input: {{contributionIds: [$id]}}) {{ {_PROBLEM} ... on DecidedPayload {{ decided }} }}",
    ),
}


@dataclass(frozen=True)
class Attempt:
    """One document, and the texts that are tried as its id: the hidden one, and others that are of nothing."""

    viewer: Participant
    noun: str
    document: str
    hidden: str
    others: tuple[str, ...]
    variables: dict[str, str]


async def told_apart(exchange: Exchange, played: Played, tally: Tally) -> list[Difference]:
    """Where the answer to a hidden id is another than to an id of nothing, for one noun of the world."""
    found = []
    for attempt in attempts(played):
        answers = [await _answer(exchange, attempt, id) for id in (attempt.hidden, *attempt.others)]
        tally.counts[SAME_BYTES].update(["hidden"])
        if len(set(answers)) > 1:
            other = next(answer for answer in answers if answer != answers[0])
            found.append(Difference(attempt.document, attempt.viewer.slug, attempt.hidden, other, answers[0]))
    return found


async def _answer(exchange: Exchange, attempt: Attempt, id: str) -> bytes:
    variables: dict[str, object] = {**attempt.variables, "id": id}
    if "$representation" in attempt.document:
        variables = {"representation": {"__typename": attempt.noun, "id": id}}
    response = await exchange.sent(attempt.viewer, attempt.document, variables)
    assert b'"errors"' not in response.content, response.content
    return charges.without(response.content)


def attempts(played: Played) -> Iterator[Attempt]:
    """On one noun, another in each world, by somebody from whom one of these is hidden."""
    noun = [*QUERIES][played.seed % len(QUERIES)]
    rng = Random(f"{played.seed} refusals")
    for viewer in rng.sample(played.viewers(), len(played.viewers())):
        look = played.look(viewer)
        hidden = [id for id, seen in NOUNS[noun].seen(look).items() if seen.answer is None]
        if not hidden or not _has_all_scopes(viewer):
            continue
        id = rng.choice(hidden)
        given = (viewer, noun, id, (*_nothing(noun, id),), _own(look))
        yield from _queries(*given)
        yield from _mutations(*given)
        return


def _has_all_scopes(viewer: Participant) -> bool:
    return viewer.kind in (ParticipantClass.CONTRIBUTOR_CONSUMER, ParticipantClass.OPERATOR)


def _nothing(noun: str, hidden: str) -> Iterator[str]:
    """An absent id, and the hidden one under another noun."""
    prefix, digits = hidden.split("_")
    yield shown(Prefix(prefix), uuid4())
    yield shown(Prefix.CLIENT if noun == "Signal" else Prefix.SIGNAL, UUID(digits))


def _own(look: Look) -> dict[str, str]:
    """What the viewer may use in the same breath, or ids of nothing if it has none."""
    oracle, viewer = look.oracle, look.viewer
    own = [c.signal for c in look.facts.contributions if c.contributor is viewer and oracle.is_live(c)]
    cases = [case for case in look.facts.cases if oracle.sees_case(viewer, case) and case.disposition is None]
    return {
        "own": shown(Prefix.SIGNAL, own[0].id if own else uuid4()),
        "case": shown(Prefix.CASE, cases[0].id if cases else uuid4()),
        "self": shown(Prefix.PARTICIPANT, viewer.id),
    }


def _queries(
    viewer: Participant, noun: str, id: str, others: tuple[str, ...], own: dict[str, str]
) -> Iterator[Attempt]:
    asked = " ".join((*_ANYTHING, *QUERIES[noun]))
    yield Attempt(viewer, noun, f"query($id: ID!) {{ {asked} }}", id, others, {})
    if noun in _ENTITIES:
        entities = "query($representation: _Any!) { _entities(representations: [$representation]) { __typename } }"
        yield Attempt(viewer, noun, entities, id, others, {})


def _mutations(
    viewer: Participant, noun: str, id: str, others: tuple[str, ...], own: dict[str, str]
) -> Iterator[Attempt]:
    """All of them in one document, one after the other."""
    operations = OPERATIONS.get(noun, ()) if viewer.kind is ParticipantClass.OPERATOR else ()
    tried = " ".join(f"try{place}: {one}" for place, one in enumerate((*MUTATIONS.get(noun, ()), *operations)))
    if not tried:
        return
    used = {name: value for name, value in own.items() if f"${name}" in tried}
    declared = ", ".join(f"${name}: ID!" for name in ("id", *used))
    yield Attempt(viewer, noun, f"mutation({declared}) {{ {tried} }}", id, others, used)
