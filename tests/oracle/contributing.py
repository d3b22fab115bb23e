"""Acts of contributors: uploads, changes, retractions, links; and of the worker, that ends what has lapsed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.rules.drafts import Audience, SignalDraft
from app.rules.labels import ContributionStatus, Labels, RetractionReason
from app.rules.links import LinkDraft, Relation, ordered
from app.rules.normal_forms import Hints
from app.rules.row_results import Outcome
from app.rules.signal_types import facts as type_facts
from app.services import contributions, links, uploads
from app.services.contributions import Revision
from app.worker import expiry
from tests.oracle.facts import Contribution, Link, Participant, Signal, Value
from tests.oracle.scene import Scene


@dataclass(frozen=True)
class Statement:
    """What somebody uploads about a value; without groups it is for the whole program."""

    value: Value
    labels: Labels
    groups: frozenset[UUID] | None = None
    expires_at: datetime | None = None

    def draft(self) -> SignalDraft:
        return SignalDraft(
            self.value.type,
            self.value.text,
            self.labels,
            Hints(platform=self.value.platform),
            Audience(None if self.groups is None else tuple(self.groups)),
            expires_at=self.expires_at,
        )

    def said(self) -> dict[str, Any]:
        labels = {name: getattr(self.labels, name) for name in ("violations", "severity", "confidence", "handling")}
        return {"groups": self.groups, **labels}


async def upload(scene: Scene, who: Participant, statements: Sequence[Statement], key: str | None = None) -> None:
    results = await scene.do(uploads.upload, who, scene.keyring, [s.draft() for s in statements], key)
    values = {s.value for s in statements}
    _end_lapsed(scene, (c for c in scene.facts.contributions if c.signal.value in values))
    for statement, result in zip(statements, results, strict=True):
        assert result.subject_id is not None, result
        assert result.signal_id is not None, result
        own = _own_live(scene, who, statement.value)
        assert (result.outcome is Outcome.CREATED) == (own is None), (result, own)
        if own is None:
            signal = _signal(scene, statement.value, result.signal_id)
            scene.facts.contributions.append(_begun(scene, who, signal, statement, result.subject_id))
        else:
            assert (own.id, own.signal.id) == (result.subject_id, result.signal_id)
            own.change(scene.clock(), **statement.said(), expires_at=statement.expires_at or own.expires_at)


async def update(scene: Scene, said: Contribution, groups: frozenset[UUID] | None, **labels: Any) -> None:
    revision = Revision(said.id, labels, Audience(None if groups is None else tuple(groups)))
    await scene.do(contributions.update, said.contributor, scene.keyring, revision)
    said.change(scene.clock(), groups=groups, **labels)


async def renew(scene: Scene, said: Contribution) -> None:
    await scene.do(contributions.renew, said.contributor, [said.id], None)
    said.change(scene.clock(), expires_at=scene.clock() + type_facts(said.signal.value.type).retention)


async def retract(scene: Scene, who: Participant, ended: list[Contribution]) -> None:
    rows = await scene.do(contributions.retract, who, [c.id for c in ended], RetractionReason.ERROR)
    assert None not in rows
    scene.facts.end(ended, ContributionStatus.RETRACTED)


async def sweep(scene: Scene) -> None:
    """What has lapsed is ended by the worker; until then it merely lies there."""
    scene.pause(seconds=1)
    await expiry.expire(scene.worker, scene.clock)
    _end_lapsed(scene, scene.facts.contributions)


async def link(scene: Scene, who: Participant, pairs: Sequence[tuple[Signal, Signal, Relation]]) -> None:
    drafts = [LinkDraft(a.id, b.id, relation) for a, b, relation in pairs]
    results = await scene.do(links.link, who, scene.keyring, drafts)
    for (a, b, relation), result in zip(pairs, results, strict=True):
        assert result.subject_id is not None, result
        if result.outcome is Outcome.CREATED:
            first, _ = ordered(relation, a.id, b.id)
            ends = (a, b) if a.id == first else (b, a)
            scene.facts.links.append(Link(result.subject_id, *ends, relation, who))


async def unlink(scene: Scene, ended: Link) -> None:
    await scene.do(links.unlink, ended.asserter, [ended.id])
    scene.facts.links.remove(ended)
    scene.facts.ended_links.append(ended)


def _own_live(scene: Scene, who: Participant, value: Value) -> Contribution | None:
    mine = (c for c in scene.facts.contributions if c.contributor is who and c.signal.value == value)
    return next((c for c in mine if scene.oracle.is_live(c)), None)


def _signal(scene: Scene, value: Value, id: UUID) -> Signal:
    """The signal that the upload went to: the one that lives, whoever sees it, or else a new one (R3, R15)."""
    living = next((s for s in scene.facts.signals if s.value == value and not s.erased), None)
    if living is not None:
        assert living.id == id
        return living
    assert all(signal.id != id for signal in scene.facts.signals), "an erased signal came back"
    scene.facts.signals.append(Signal(id, value))
    return scene.facts.signals[-1]


def _begun(scene: Scene, who: Participant, signal: Signal, said: Statement, id: UUID) -> Contribution:
    now = scene.clock()
    return Contribution(
        id,
        signal,
        who,
        status=ContributionStatus.QUARANTINED if who.id in scene.quarantined else ContributionStatus.ACTIVE,
        created_at=now,
        updated_at=now,
        expires_at=said.expires_at or now + type_facts(signal.value.type).retention,
        **said.said(),
    )


def _end_lapsed(scene: Scene, among: Iterable[Contribution]) -> None:
    scene.facts.end([c for c in among if not c.ended and not scene.oracle.is_live(c)], ContributionStatus.EXPIRED)
