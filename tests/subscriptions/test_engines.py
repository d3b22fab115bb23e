"""Events are the same whichever engine answers them."""

import json
from typing import Any

import pytest

from app.graphql.execution import Operations, ReadEngine
from app.rules.cursors import Cursors, Place
from app.rules.feedback import FeedbackDraft
from app.rules.labels import RetractionReason
from app.rules.verdicts import Verdict
from app.services import contributions, feedback
from app.web import asgi
from tests.feed.world import Program, draft
from tests.live_exchange import live

EVENTS = """subscription ($after: String, $links: Boolean!) { told: signalChanged(after: $after) { __typename
    ... on ResyncRequired { code } ... on ChangePage { caughtUp normaliserVersion matchKeyEpoch items {
        signalId gone: removed signal { id type value maskedValue violations severity confidence createdAt updatedAt
            contributors { slug } contributions { id version context }
            feedbackSummary { opinion verdicts { verdict participants } }
            links @include(if: $links) { edges { node { id } } } } } } } }"""
FEEDBACK = """subscription ($after: String) { feedbackOnMySignals(after: $after) { __typename
    ... on ReceivedFeedbackPage { caughtUp items { id verdict note updatedAt author { slug } signal { value }
        actions { action count } } } } }"""


async def test_both_engines_answer_the_same(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = await program.share("alder", *(draft(f"host-{number}") for number in range(5)))
    await program.share("cedar", draft("host-1"))
    signals = [row.signal_id for row in rows if row.signal_id]
    said = [FeedbackDraft(signal, Verdict.MATCHED) for signal in signals[:3]]
    await program.do("birch", feedback.record, program.exchange.keyring, said)
    await program.do("alder", contributions.retract, [rows[4].subject_id], RetractionReason.ERROR)
    await program.sequence()
    reasons: list[str | None] = []
    event = Operations.event

    async def noted(*given: Any) -> Any:
        answer, reason = await event(*given)
        reasons.append(reason)
        return answer, reason

    monkeypatch.setattr(Operations, "event", noted)
    told = [await _told(program, engine) for engine in (ReadEngine.COMPILED, ReadEngine.STANDARD)]
    assert told[0] == told[1]
    assert len(told[0][0]["told"]["items"]) == 4
    assert len(told[0][1]["feedbackOnMySignals"]["items"]) == 3
    assert reasons == [None, None, "the read engine is off", "the read engine is off"]


async def _told(program: Program, engine: ReadEngine) -> list[Any]:
    async with live(program.exchange, asgi.Serving(engine)) as served:
        alder, found = await served.client("alder"), []
        actor = await program.actor("alder")
        cursors, place = Cursors(program.exchange.keyring, actor.participant_id), Place(actor.feed_epoch)
        start = (cursors.of_place(place), cursors.of_feedback_place(place))
        for id, document in enumerate((EVENTS, FEEDBACK)):
            await alder.subscribe(document, str(id), after=start[id], **({"links": True} if id == 0 else {}))
            message = await alder.hear()
            assert message["type"] == "next", json.dumps(message)
            found.append(message["payload"]["data"])
        return found
