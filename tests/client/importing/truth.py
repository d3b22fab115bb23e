"""Files to import, and what must have come of them at the end: of each value what its last row says, said once."""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LABELS = {"violations": ["MISLEADING_DOMAIN_OR_WORDS"], "severity": "LOW"}


@dataclass
class Truth:
    """What a file says, row by row."""

    prefix: str
    lines: list[dict[str, Any] | str] = field(default_factory=list)
    # By value, what is said of it last.
    confidence: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("created", "updated", "unchanged", "rejected"), 0)
    )
    # Codes and numbers of the lines that are rejected, in order.
    rejected: list[tuple[int, str]] = field(default_factory=list)
    refs: dict[str, str] = field(default_factory=dict)
    links: set[tuple[str, str]] = field(default_factory=set)

    def domain(self, number: int, confidence: int = 50, spelling: str = "{}", ref: str | None = None) -> None:
        """A row, in some spelling of its value."""
        value = f"{self.prefix}{number}.bad.example"
        row = {"type": "DOMAIN", "value": spelling.format(value), "confidence": confidence, **LABELS}
        self.lines.append(row | ({"ref": ref} if ref else {}))
        if ref:
            self.refs[ref] = value
        self.counts["unchanged" if value in self.confidence else "created"] += 1
        self.confidence[value] = confidence

    def bad(self) -> None:
        """A row that the exchange rejects."""
        self.lines.append({"type": "DOMAIN", "value": "co.uk", "confidence": 50, **LABELS})
        self._rejected("PUBLIC_SUFFIX")

    def broken(self) -> None:
        """A row that does not get as far as the exchange."""
        self.lines.append({"type": "DOMAIN", "value": "x.example", "confidence": 500, **LABELS})
        self._rejected("OUT_OF_RANGE")

    def _rejected(self, code: str) -> None:
        self.rejected.append((len(self.lines), code))
        self.counts["rejected"] += 1

    def link(self, from_ref: str, to_ref: str) -> None:
        self.lines.append({"link": {"from": from_ref, "to": to_ref, "relation": "HOSTED_AT"}})
        missing = from_ref not in self.refs or to_ref not in self.refs
        if missing or from_ref == to_ref:
            self.rejected.append((len(self.lines), "END_NOT_IN_FILE" if missing else "EQUAL_ENDS"))
        else:
            self.links.add((self.refs[from_ref], self.refs[to_ref]))

    def write(self, path: Path) -> Path:
        path.write_text("".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in self.lines))
        return path


def mixed(prefix: str, rows: int, seed: int) -> Truth:
    """New values, some said twice, some said otherwise later or in another spelling, some rejected, some linked."""
    chance, truth = random.Random(seed), Truth(prefix)
    for number in range(rows):
        match chance.randrange(40):
            case 0:
                truth.bad()
            case 1:
                truth.broken()
            case 2 if number:
                truth.domain(chance.randrange(number), 50, "{}.")
            case 3 if number:
                truth.domain(max(0, number - chance.randrange(60)), chance.randrange(1, 99))
            case 4:
                truth.domain(number, ref=f"r{number}")
                if number % 3 == 0:
                    truth.link(f"r{number}", chance.choice(list(truth.refs)) if len(truth.refs) > 1 else "nowhere")
            case _:
                truth.domain(number)
    return truth
