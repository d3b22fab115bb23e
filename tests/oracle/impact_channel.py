"""Impact as a channel: what came of the viewer's signals, and of nobody else's."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from app.rules.scopes import Scope
from tests.oracle import readings
from tests.oracle.channels import Channel, Data, Look, Seen
from tests.oracle.documents import FUNNEL
from tests.oracle.facts import Feedback
from tests.oracle.readings import moment

_CELLS = f"{{ key funnel {{ {FUNNEL} }} }}"


class Impact(Channel):
    """What came of the viewer's signals: one number after the other out of what it received."""

    name = "viewer.impact"
    scopes = frozenset({Scope.IMPACT_READ})
    variables = (("from", "DateTime!"), ("to", "DateTime!"))
    fields = (
        f"viewer {{ impact(from: $from, to: $to) {{ total {{ {FUNNEL} }} bySignalType {_CELLS} byViolation {_CELLS}"
        f" byParticipantClass {_CELLS} }} }}"
    )

    def given(self, look: Look) -> Data:
        day = timedelta(days=1)
        return {"from": moment(look.oracle.now - 60 * day), "to": moment(look.oracle.now + day)}

    def read(self, look: Look, data: Data) -> dict[str, Any]:
        total = data["viewer"]["impact"]["total"]
        return {"total": total if any(total.values()) else None}

    def expected(self, look: Look) -> dict[str, Seen]:
        counted = self._counted(look)
        answer = readings.funnel(counted)
        return {"total": Seen(answer if any(answer.values()) else None, len(counted) == len(look.facts.feedback))}

    def breaches(self, look: Look, data: Data) -> Iterator[str]:
        """A cell that has a name rests on three participants, and counts neither more nor less than it says."""
        keys: dict[str, Callable[[Feedback], set[str]]] = {
            "bySignalType": lambda f: {str(f.signal.value.type)},
            "byParticipantClass": lambda f: {str(f.author.kind)},
            "byViolation": lambda f: {
                str(v) for c in f.references if c.contributor is look.viewer for v in c.violations
            },
        }
        for name, keys_of in keys.items():
            for cell in data["viewer"]["impact"][name]:
                inside = [f for f in self._counted(look) if cell["key"] in keys_of(f)]
                if cell["key"] == "OTHER":
                    continue
                if len({f.author for f in inside}) < 3:
                    yield f"{name} {cell['key']} rests on too few"
                if cell["funnel"] != readings.funnel(inside):
                    yield f"{name} {cell['key']} counts {cell['funnel']} instead of {readings.funnel(inside)}"

    def _counted(self, look: Look) -> list[Feedback]:
        return [f for f in look.facts.feedback if look.oracle.received(look.viewer, f)]
