"""What was asked and answered: how often each field, and by which engine."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.engine import graph
from tests.engine.answers import collected, differ_in_choice, type_of
from tests.engine.servers import Answer
from tests.engine.tree import TYPENAME, Asked, Field, Selection

# An application without a word about its engine.
UNSAID = "unsaid"


@dataclass
class Coverage:
    """`answered` counts values other than null, by coordinate; `asked` those that are null as well."""

    asked: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    operations: int = 0
    with_data: int = 0
    with_errors: int = 0
    # By which engine the compiled application answered, and for what reason if it was the other one.
    engines: Counter[str] = field(default_factory=Counter)
    # Those reasons where nothing went wrong or could have, so that it might have been the compiling one.
    fallen_back: Counter[str] = field(default_factory=Counter)
    # By such a reason, the shortest document.
    examples: dict[str, str] = field(default_factory=dict)
    # Where the two told different ones of several errors.
    chosen: int = 0
    # Where the standard executor had no answer to compare with.
    broken_off: int = 0
    codes: Counter[str] = field(default_factory=Counter)

    def take(self, asked: Asked, standard: Answer, compiled: Answer) -> None:
        content = standard.content
        errors, data = content.get("errors", ()), content.get("data")
        self.operations += 1
        self.with_data += data is not None and any(value not in (None, [], {}) for value in data.values())
        self.with_errors += bool(errors)
        self.codes.update({error["extensions"]["code"] for error in errors})
        self.chosen += differ_in_choice(standard, compiled)
        if data is not None:
            self.engines[compiled.engine or UNSAID] += 1
        if compiled.engine.startswith("standard") and not errors and not (asked.rough or _is_about_schema(asked)):
            self.fallen_back[compiled.engine] += 1
            known = self.examples.get(compiled.engine, asked.text)
            self.examples[compiled.engine] = min(known, asked.text, key=len)
        if data is not None:
            for coordinate, value in _values(asked.chosen.children, data, asked.chosen.root, asked.chosen.meant):
                self.asked[coordinate] += 1
                self.answered[coordinate] += value is not None

    def unmet(self, begin: str = graph.ROOT) -> list[str]:
        """What can be read and was never answered."""
        return sorted(at for at in graph.readable(begin) if not self.answered[at])

    def __str__(self) -> str:
        codes = ", ".join(f"{code} {count}" for code, count in self.codes.most_common())
        lines = [
            f"{self.operations} operations; {self.with_data} with data, {self.with_errors} with errors ({codes});"
            f" {self.broken_off} broken off, {self.chosen} that told another of several errors",
            f"answered by: {', '.join(f'{name} {count}' for name, count in self.engines.most_common())}",
            f"{self.asked.total()} values of {len(self.asked)} fields; asked (not null) of the rarest:",
        ]
        seldom = sorted(self.asked, key=lambda at: self.answered[at])
        lines.append(", ".join(f"{at} {self.asked[at]} ({self.answered[at]})" for at in seldom[:40]))
        return "\n".join(lines)


def _is_about_schema(asked: Asked) -> bool:
    """What the library answers, whatever our engines do."""
    return all(isinstance(one, Field) and one.name in graph.ABOUT_SCHEMA for one in asked.chosen.children)


def _values(
    selections: Sequence[Selection], value: Any, parent: str, meant: Mapping[str, Any]
) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _values(selections, item, parent, meant)
    elif isinstance(value, dict) and (type_ := type_of(selections, parent, value)):
        for key, fields in collected(selections, type_, meant).items():
            first = fields[0]
            if first.name == TYPENAME or key not in value:
                continue
            yield f"{type_}.{first.name}", value[key]
            if first.leads_to and not first.leads_to.startswith("__"):
                children = [child for field in fields for child in field.children]
                yield from _values(children, value[key], first.leads_to, meant)
