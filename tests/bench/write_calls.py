"""The requests that write: feedback on signals that nobody asked about yet, and uploads of mostly new values."""

import sys
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

from app.rules import tags
from app.rules.ids import Prefix, shown
from app.rules.labels import ReviewStatus, Severity, Violation
from app.rules.normal_forms import Canonical, match_keys
from app.rules.sealing import seal
from app.rules.signal_types import SignalType, facts
from app.rules.verdicts import Verdict
from tests.bench.calls import Call, Known, given, now
from tests.bench.people import random_id
from tests.bench.shape import SEED
from tests.bench.values import Values
from tests.bench.workloads import WORKLOADS

# Of an upload's values, how many others share already.
_SHARED = 0.12
# Most feedback says no more than this, in bulk.
_VERDICTS = (Verdict.NO_MATCH, Verdict.NO_MATCH, Verdict.INGESTED, Verdict.MATCHED)


class Writes:
    """Draws requests without end, none of them twice; where the data set has no more to write about, it ends."""

    def __init__(self, known: Known) -> None:
        self._known = known
        # Not the seed alone: what an earlier run wrote and took away again may still be in somebody's cache.
        self._rng = Random(f"{SEED} writes {now().isoformat()}")
        self._values = Values(self._rng, uploadable=True)
        untouched = set(known.untouched)
        shared = [form for id, form in known.forms if id in untouched and form.type is not SignalType.IP_ADDRESS]
        # What others share already, for each viewer to upload once; then all that it uploads is new.
        self._shared = [self._rng.sample(shared, len(shared)) for _ in known.data.viewers]
        self._untouched = self._rng.sample(known.untouched, len(known.untouched))
        self._judged = {"feedback": self._single(), "feedback100": self._bulk()}

    def draw(self, workload: str, count: int) -> list[Call]:
        """So many requests; fewer where there is nothing left to write about."""
        if workload == "upload":
            return [self._upload() for _ in range(count)]
        return [self._judging(viewer, signals) for viewer, signals in islice(self._judged[workload], count)]

    def left(self, workload: str) -> int:
        """How many requests there are in all."""
        judged = len(self._untouched) // 2 * len(self._known.data.viewers)
        return {"feedback": judged, "feedback100": judged // WORKLOADS["feedback100"].rows}.get(workload, sys.maxsize)

    def _single(self) -> Iterator[tuple[int, list[UUID]]]:
        """Each viewer in turn judges one signal, and no two of them the same at the same time."""
        signals, viewers = self._untouched[::2], len(self._known.data.viewers)
        for number in range(len(signals) * viewers):
            turn, viewer = divmod(number, viewers)
            yield viewer, [signals[(turn + viewer * len(signals) // viewers) % len(signals)]]

    def _bulk(self) -> Iterator[tuple[int, list[UUID]]]:
        """Each viewer in turn judges many signals, of those that are not judged one by one."""
        signals, viewers, rows = self._untouched[1::2], len(self._known.data.viewers), WORKLOADS["feedback100"].rows
        starts = range(0, len(signals) - rows + 1, rows)
        for number in range(len(starts) * viewers):
            turn, viewer = divmod(number, viewers)
            start = starts[(turn + viewer * len(starts) // viewers) % len(starts)]
            yield viewer, signals[start : start + rows]

    def _judging(self, viewer: int, signals: list[UUID]) -> Call:
        verdicts = self._rng.choices(_VERDICTS, k=len(signals))
        feedback = [
            {"signalId": shown(Prefix.SIGNAL, signal), "verdict": verdict}
            for signal, verdict in zip(signals, verdicts, strict=True)
        ]
        finished = {
            "ids": [random_id(self._rng).hex for _ in signals],
            "signals": [signal.hex for signal in signals],
            "verdicts": verdicts,
            "reviews": [ReviewStatus.UNREVIEWED] * len(signals),
            "at": now().isoformat(),
        }
        return self._call(viewer, {"input": {"feedback": feedback}}, finished)

    def _upload(self) -> Call:
        rows = WORKLOADS["upload"].rows
        viewer = self._rng.randrange(len(self._known.data.viewers))
        left = self._shared[viewer]
        shared = [left.pop() for _ in range(min(len(left), round(_SHARED * rows)))]
        forms = [*shared, *self._values.forms(rows - len(shared))]
        self._rng.shuffle(forms)
        said = [(self._rng.choice(list(Violation)), self._rng.randint(20, 99)) for _ in forms]
        drafts = [
            given(form) | {"violations": [violation], "severity": Severity.MEDIUM, "confidence": confidence}
            for form, (violation, confidence) in zip(forms, said, strict=True)
        ]
        return self._call(viewer, {"input": {"signals": drafts}}, self._finished(forms, said))

    def _finished(self, forms: list[Canonical], said: list[tuple[Violation, int]]) -> dict[str, Any]:
        ring, moment = self._known.data.keyring, now()
        ids = [random_id(self._rng) for _ in forms]
        keyed = [(i, form, key) for i, form in zip(ids, forms, strict=True) for key in match_keys(form)]
        return {
            "at": moment.isoformat(),
            "ids": [id.hex for id in ids],
            "types": [form.type for form in forms],
            "qualifiers": [form.qualifier for form in forms],
            "tags": [tags.signal_tag(ring, form).hex() for form in forms],
            "sealed": [seal(ring, form.value, id).hex() for id, form in zip(ids, forms, strict=True)],
            "contributions": [random_id(self._rng).hex for _ in forms],
            "violations": [violation for violation, _ in said],
            "confidences": [confidence for _, confidence in said],
            "expiries": [(moment + facts(form.type).retention).isoformat() for form in forms],
            "key_ids": [id.hex for id, _, _ in keyed],
            "key_tags": [tags.loose_tag(ring, form.type, key).hex() for _, form, key in keyed],
        }

    def _call(self, viewer: int, variables: dict[str, Any], finished: dict[str, Any]) -> Call:
        who = self._known.data.viewers[viewer]
        common = {"viewer": who.id.hex, "groups": [group.hex for group in who.groups]}
        return Call(viewer, variables, common | finished)
