"""Channels that tell what is around a signal: its links, its network, its feedback and its cases."""

from typing import Any

from app.rules.ids import Prefix, shown
from app.rules.scopes import Scope
from tests.oracle import readings
from tests.oracle.channels import Channel, Data, Look, Seen
from tests.oracle.documents import FEEDBACK, LINK
from tests.oracle.facts import Feedback, Signal
from tests.oracle.nouns import feedback_seen
from tests.oracle.readings import sig


class LinksAt(Channel):
    """The links at each signal that is seen."""

    name = "signal.links"
    variables = (("linked", "[ID!]!"),)
    fields = f"linked: nodes(ids: $linked) {{ ... on Signal {{ id links {{ edges {{ node {{ {LINK} }} }} }} }} }}"

    def given(self, look: Look) -> Data:
        return {"linked": [sig(signal) for signal in look.facts.signals]}

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        return {
            f"{edge['node']['id']} at {signal['id']}": edge["node"]
            for signal in data["linked"]
            if signal
            for edge in signal["links"]["edges"]
        }

    def expected(self, look: Look) -> dict[str, Seen]:
        return {
            f"{shown(Prefix.LINK, k.id)} at {sig(end)}": Seen(readings.link(look.oracle, look.viewer, k))
            for k in look.facts.links
            for end in (k.a, k.b)
        }


class Networks(Channel):
    """What is around some signals, two links far."""

    name = "signal.network"
    variables = (("centres", "[ID!]!"),)
    fields = (
        "centres: nodes(ids: $centres) { ... on Signal { id network(depth: 2, limit: 500)"
        " { truncated nodes { id severity } edges { id } } } }"
    )

    def asked(self, look: Look) -> list[Signal]:
        return look.chosen("centres", look.facts.signals, 2)

    def given(self, look: Look) -> Data:
        return {"centres": [sig(signal) for signal in self.asked(look)]}

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        return {
            found["id"]: {
                "nodes": sorted((node["id"], node["severity"]) for node in found["network"]["nodes"]),
                "edges": sorted(edge["id"] for edge in found["network"]["edges"]),
            }
            for found in data["centres"]
            if found
        }

    def expected(self, look: Look) -> dict[str, Seen]:
        return {sig(signal): self._around(look, signal) for signal in self.asked(look)}

    def _around(self, look: Look, centre: Signal) -> Seen:
        oracle, viewer = look.oracle, look.viewer
        if not oracle.sees_signal(viewer, centre):
            return Seen(None)
        reached, links = oracle.network(viewer, centre, depth=2)
        told = {s: oracle.told(viewer, s) for s in reached}
        nodes = sorted((sig(s), one.severity) for s, one in told.items() if one is not None)
        at_all = [k for k in look.facts.links if centre in (k.a, k.b)]
        answer = {"nodes": nodes, "edges": sorted(shown(Prefix.LINK, k.id) for k in links)}
        return Seen(answer, whole=set(at_all) <= links)


class FeedbackAt(Channel):
    """The feedback and the cases at each signal that is seen."""

    name = "signal.feedback"
    scopes = frozenset({Scope.SIGNALS_READ, Scope.FEEDBACK_READ, Scope.CASES_READ})
    variables = (("spoken", "[ID!]!"),)
    fields = (
        f"spoken: nodes(ids: $spoken) {{ ... on Signal {{ id feedback {{ edges {{ node {{ {FEEDBACK} }} }} }}"
        " cases { id } } }"
    )

    def given(self, look: Look) -> Data:
        return {"spoken": [sig(signal) for signal in look.facts.signals]}

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        found = [signal for signal in data["spoken"] if signal]
        told = {edge["node"]["id"]: edge["node"] for signal in found for edge in signal["feedback"]["edges"]}
        held = {f"{case['id']} on {signal['id']}": case["id"] for signal in found for case in signal["cases"]}
        return told | held

    def expected(self, look: Look) -> dict[str, Seen]:
        seen = {s for s in look.facts.signals if look.oracle.sees_signal(look.viewer, s)}
        told = {
            shown(Prefix.FEEDBACK, f.id): feedback_seen(look, f) if f.signal in seen else Seen(None)
            for f in look.facts.feedback
        }
        held = {
            f"{case_id} on {sig(s)}": Seen(case_id if s in seen and look.oracle.sees_case(look.viewer, case) else None)
            for case in look.facts.cases
            for s in case.signals
            for case_id in (shown(Prefix.CASE, case.id),)
        }
        return told | held


class FeedbackHistory(Channel):
    """What some feedback said before is for its author alone, the words that it kept for itself included."""

    name = "feedback.history"
    scopes = frozenset({Scope.FEEDBACK_READ})
    variables = (("said", "[ID!]!"),)
    fields = "said: nodes(ids: $said) { ... on Feedback { id history { edges { node { verdict note } } } } }"

    def asked(self, look: Look) -> list[Feedback]:
        return look.chosen("history", look.facts.feedback, 4)

    def given(self, look: Look) -> Data:
        return {"said": [shown(Prefix.FEEDBACK, feedback.id) for feedback in self.asked(look)]}

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        found = {one["id"]: [edge["node"] for edge in one["history"]["edges"]] for one in data["said"] if one}
        return {id: versions[0] for id, versions in found.items() if versions}

    def expected(self, look: Look) -> dict[str, Seen]:
        return {
            shown(Prefix.FEEDBACK, one.id): Seen(
                {"verdict": one.verdict, "note": one.note} if one.author is look.viewer else None
            )
            for one in self.asked(look)
        }
