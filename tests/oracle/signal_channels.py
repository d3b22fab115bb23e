"""Channels that list, filter and match signals, and list the viewer's own contributions."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from app.rules.ids import Prefix, shown
from app.rules.labels import ContributionStatus, Severity
from app.rules.scopes import Scope
from tests.oracle import readings, values
from tests.oracle.channels import Channel, Data, Look, Seen
from tests.oracle.documents import CONTRIBUTION, SIGNAL
from tests.oracle.facts import Contribution, Signal, Value
from tests.oracle.nouns import contribution_read, signal_read, signal_seen, signals_seen
from tests.oracle.readings import con, moment, par, sig

# Bits that may differ between two PDQ hashes of one picture.
_NEAR = 31
_PLACES = range(5)
_FILTERS = range(2)


class SignalById(Channel):
    """The root field: a few of the signals, each asked for by itself."""

    name = "signal(id)"
    variables = tuple((f"signal{place}", "ID!") for place in _PLACES)
    fields = " ".join(f"signal{place}: signal(id: $signal{place}) {{ {SIGNAL} }}" for place in _PLACES)

    def asked(self, look: Look) -> list[Signal]:
        return look.chosen("signals", look.facts.signals, len(_PLACES))

    def given(self, look: Look) -> Data:
        absent = shown(Prefix.SIGNAL, uuid4())
        asked = [sig(signal) for signal in self.asked(look)]
        return {f"signal{place}": asked[place] if place < len(asked) else absent for place in _PLACES}

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        return {sig(s): signal_read(data[f"signal{place}"]) for place, s in enumerate(self.asked(look))}

    def expected(self, look: Look) -> dict[str, Seen]:
        return {sig(signal): signal_seen(look, signal) for signal in self.asked(look)}


class AllSignals(Channel):
    """The connection without conditions."""

    name = "signals"
    fields = f"signals(first: 1000) {{ edges {{ node {{ {SIGNAL} }} }} }}"

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        return {edge["node"]["id"]: signal_read(edge["node"]) for edge in data["signals"]["edges"]}

    def expected(self, look: Look) -> dict[str, Seen]:
        return signals_seen(look)

    def breaches(self, look: Look, data: Data) -> Any:
        moments = [edge["node"]["updatedAt"] for edge in data["signals"]["edges"]]
        if moments != sorted(moments, reverse=True):
            yield "not in the order of the changes that the viewer sees"


Condition = Callable[[Contribution], bool]


class FilteredSignals(Channel):
    """The connection with conditions, each of which one contribution that the viewer sees has to meet."""

    name = "signals(filter)"
    variables = tuple((f"filter{place}", "SignalFilterInput") for place in _FILTERS)
    fields = " ".join(
        f"filtered{place}: signals(filter: $filter{place}, first: 1000) {{ edges {{ node {{ id }} }} }}"
        for place in _FILTERS
    )

    def given(self, look: Look) -> Data:
        return {f"filter{place}": filter for place, (filter, _) in enumerate(self._filters(look))}

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        return {
            f"{filter} {edge['node']['id']}": edge["node"]["id"]
            for place, (filter, _) in enumerate(self._filters(look))
            for edge in data[f"filtered{place}"]["edges"]
        }

    def expected(self, look: Look) -> dict[str, Seen]:
        oracle, viewer = look.oracle, look.viewer
        return {
            f"{filter} {sig(signal)}": Seen(
                sig(signal) if any(meets(c) for c in oracle.statements(viewer, signal)) else None,
                oracle.is_all_of(viewer, signal),
            )
            for filter, meets in self._filters(look)
            for signal in look.facts.signals
        }

    def _filters(self, look: Look) -> list[tuple[dict[str, Any], Condition]]:
        """A few that some contribution of the world meets, so that there is something to hide."""
        said: list[Contribution] = look.chosen("filters", look.facts.contributions, len(_FILTERS))
        kinds = look.chosen("kinds", [*self._kinds], len(_FILTERS))
        return [getattr(self, kind)(look, c) for kind, c in zip(kinds, said, strict=False)]

    _kinds = ("type", "violation", "severity", "confidence", "contributor", "group", "handling", "feedback", "since")

    def type(self, look: Look, c: Contribution) -> tuple[dict[str, Any], Condition]:
        return {"types": [c.signal.value.type]}, lambda other: other.signal.value.type == c.signal.value.type

    def violation(self, look: Look, c: Contribution) -> tuple[dict[str, Any], Condition]:
        return {"violations": [c.violations[0]]}, lambda other: c.violations[0] in other.violations

    def severity(self, look: Look, c: Contribution) -> tuple[dict[str, Any], Condition]:
        ranks = [*Severity]
        return {"severityAtLeast": c.severity}, lambda o: ranks.index(o.severity) >= ranks.index(c.severity)

    def confidence(self, look: Look, c: Contribution) -> tuple[dict[str, Any], Condition]:
        return {"confidenceAtLeast": c.confidence}, lambda other: other.confidence >= c.confidence

    def contributor(self, look: Look, c: Contribution) -> tuple[dict[str, Any], Condition]:
        return {"contributor": par(c.contributor)}, lambda other: other.contributor is c.contributor

    def group(self, look: Look, c: Contribution) -> tuple[dict[str, Any], Condition]:
        """By a group that the viewer does not know, it finds nothing, not even its own."""
        group = min(c.groups or look.facts.groups)
        known = readings.group(look.oracle, look.viewer, group) is not None
        return {"group": shown(Prefix.GROUP, group)}, lambda other: known and group in (other.groups or ())

    def handling(self, look: Look, c: Contribution) -> tuple[dict[str, Any], Condition]:
        return {"handling": c.handling}, lambda other: other.handling == c.handling

    def feedback(self, look: Look, c: Contribution) -> tuple[dict[str, Any], Condition]:
        told = {f.signal for f in look.facts.feedback if look.oracle.sees_feedback(look.viewer, f)}
        return {"hasFeedback": True}, lambda other: other.signal in told

    def since(self, look: Look, c: Contribution) -> tuple[dict[str, Any], Condition]:
        return {"updatedSince": moment(c.updated_at)}, lambda other: other.updated_at >= c.updated_at


class Matches(Channel):
    """Every value of the world, and some that nobody shares."""

    name = "matchSignals"
    scopes = frozenset({Scope.SIGNALS_READ, Scope.SIGNALS_MATCH})
    variables = (("values", "[MatchValueInput!]!"),)
    fields = (
        f"matchSignals(values: $values) {{ best {{ kind distance signal {{ {SIGNAL} }} }}"
        " others { kind distance signal { id } } }"
    )

    def given(self, look: Look) -> Data:
        asked = ({"type": v.type, "value": v.text, "platform": v.platform} for v in self._asked(look))
        return {"values": list(asked)}

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        return {v.text: self._read(found) for v, found in zip(self._asked(look), data["matchSignals"], strict=True)}

    def expected(self, look: Look) -> dict[str, Seen]:
        return {value.text: self._matched(look, value) for value in self._asked(look)}

    def _asked(self, look: Look) -> list[Value]:
        shared = list(dict.fromkeys(signal.value for signal in look.facts.signals))
        return [*shared, *values.strangers(look.values)]

    def _read(self, found: Any) -> Any:
        if found["best"] is None:
            return None
        best = {**found["best"], "signal": signal_read(found["best"]["signal"])}
        return {"best": best, "others": readings.in_order(found["others"])}

    def _matched(self, look: Look, value: Value) -> Seen:
        """Exact before a match key before the nearest picture; whole if nothing that lives is missing."""
        found = [(s, match) for s in look.facts.signals if (match := matches(value, s.value)) and not s.erased]
        seen = [(s, match) for s, match in found if look.oracle.sees_signal(look.viewer, s)]
        if not seen:
            return Seen(None)
        seen.sort(key=lambda item: (*item[1], item[0].id))
        answers = [
            {"kind": _KINDS[kind], "distance": distance if kind == 2 else None, "signal": {"id": sig(s)}}
            for s, (kind, distance) in seen
        ]
        best = {**answers[0], "signal": readings.signal(look.oracle, look.viewer, seen[0][0])}
        whole = all(look.oracle.is_all_of(look.viewer, s) for s, _ in found)
        return Seen({"best": best, "others": readings.in_order(answers[1:])}, whole)


_KINDS = ("EXACT", "MATCH_KEY", "PDQ")


def matches(a: Value, b: Value) -> tuple[int, int] | None:
    """How well two values match: the place of the kind, then the distance."""
    if (a.type, a.text, a.platform) == (b.type, b.text, b.platform):
        return (0, 0)
    if a.family is not None and a.family == b.family:
        return (1, 0)
    if a.bits is not None and b.bits is not None and (distance := (a.bits ^ b.bits).bit_count()) <= _NEAR:
        return (2, distance)
    return None


class OwnContributions(Channel):
    """The viewer's own, in any state; nobody else's."""

    name = "myContributions"
    fields = " ".join(
        f"{status}: myContributions(status: {status}, first: 1000) {{ edges {{ node {{ {CONTRIBUTION} }} }} }}"
        for status in ContributionStatus
    )

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        nodes = [edge["node"] for status in ContributionStatus for edge in data[status]["edges"]]
        return {node["id"]: contribution_read(node) for node in nodes}

    def expected(self, look: Look) -> dict[str, Seen]:
        return {
            con(c): Seen(
                readings.contribution(look.oracle, look.viewer, c) if c.contributor is look.viewer else None,
                look.oracle.sees_signal(look.viewer, c.signal),
            )
            for c in look.facts.contributions
        }
