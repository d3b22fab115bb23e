"""What a moderation system decided, as a report: by the first rule whose conditions it meets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from .reports import InvalidReport

MANUAL: Final = "REVIEWED_MANUALLY"
# Those of whoever reviewed: a rule takes them from the decision, and never says them itself.
ATTESTED: Final = {"reviewed_at": "reviewedAt", "reviewer_role": "reviewerRole"}
# What a rule may take from the decision, or say itself, by the names of reports.
SAID: Final = {
    "reason": "reason",
    "review_status": "reviewStatus",
    "policy_reference": "policyReference",
    "note": "note",
}


@dataclass(frozen=True, slots=True)
class Path:
    """Where something stands in a decision: names inside each other."""

    names: tuple[str, ...]

    def of(self, decision: Mapping[str, Any]) -> Any:
        """Null where it is absent."""
        found: Any = decision
        for name in self.names:
            found = found.get(name) if isinstance(found, dict) else None
        return found


@dataclass(frozen=True, slots=True)
class Condition:
    """On what stands at a path: whether it is there, and is one of some values if there are any."""

    present: bool = True
    values: tuple[tuple[type, Any], ...] | None = None

    def holds(self, found: object) -> bool:
        if (found is not None) is not self.present:
            return False
        return self.values is None or (type(found), found) in self.values

    def follows_from(self, other: "Condition") -> bool:
        """Whether whatever meets `other` meets this."""
        if self.present is not other.present:
            return False
        return self.values is None or (other.values is not None and set(other.values) <= set(self.values))


Given: TypeAlias = Path | str | int


@dataclass(frozen=True, slots=True)
class Rule:
    """`number`: its place in the file, from 1. Without a verdict it leaves decisions out."""

    number: int
    when: Mapping[Path, Condition]
    verdict: str | None
    signal_id: Path | None = None
    id: Path | None = None
    # By the names of reports.
    fields: Mapping[str, Given] = field(default_factory=dict)
    actions: Sequence[tuple[str, Given]] = ()

    def meets(self, decision: Mapping[str, Any]) -> bool:
        return all(condition.holds(path.of(decision)) for path, condition in self.when.items())

    def is_shadowed_by(self, earlier: "Rule") -> bool:
        """Whether whatever meets this rule has met the earlier one."""
        return all(
            path in self.when and condition.follows_from(self.when[path]) for path, condition in earlier.when.items()
        )

    def report(self, decision: Mapping[str, Any]) -> dict[str, Any]:
        """Raises: InvalidReport if it says that a person reviewed, and the decision does not say who and when."""
        found = {name: _taken(given, decision) for name, given in self.fields.items()}
        made = {"verdict": self.verdict} | {name: value for name, value in found.items() if value is not None}
        made["signalId"] = None if self.signal_id is None else self.signal_id.of(decision)
        if made.get("reviewStatus") == MANUAL and not all(made.get(name) for name in ATTESTED.values()):
            raise InvalidReport(
                f"Rule {self.number} says {MANUAL}, and the decision does not say when who reviewed it.",
                "reviewStatus",
                "NO_REVIEW",
            )
        if self.actions:
            made["actions"] = [{"action": word, "count": _taken(count, decision)} for word, count in self.actions]
        return made


@dataclass(frozen=True, slots=True)
class Decided:
    """`report` is null where the rule leaves the decision out; `name` is that of the decision, if it has one."""

    rule: Rule
    report: Mapping[str, Any] | None = field(repr=False)
    name: Any = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Rules:
    rules: Sequence[Rule]

    def decide(self, decision: Mapping[str, Any]) -> Decided:
        """Raises: InvalidReport if no rule is for it, or the rule takes what is not there."""
        for rule in self.rules:
            if rule.meets(decision):
                if rule.verdict is None:
                    return Decided(rule, None)
                name = None if rule.id is None else rule.id.of(decision)
                return Decided(rule, rule.report(decision), _name(name))
        raise InvalidReport("No rule is for this decision: add one, or one that ignores it.", None, "NO_RULE")


def _name(said: object) -> str | None:
    """Raises: InvalidReport; a name outlasts its report, so no whole part of a decision may become one."""
    if said is None or isinstance(said, str):
        return said
    if type(said) is not int:
        raise InvalidReport("The name of a decision is a text or a whole number.", "id", "WRONG_TYPE")
    return str(said)


def _taken(given: Given, decision: Mapping[str, Any]) -> Any:
    return given.of(decision) if isinstance(given, Path) else given
