"""The `@include` and `@skip` of generated selections."""

from dataclasses import dataclass, field
from random import Random

from tests.engine.spelling import Variables
from tests.engine.tree import ALWAYS, Condition, Truth

# Well within the limit of a document, see app/rules/limits.py.
MAX_DIRECTIVES = 40


@dataclass
class Conditions:
    """Those of one operation; `written` counts the directives of its document so far. Half the operations have none."""

    rng: Random
    variables: Variables
    written: int
    wanted: bool = field(init=False)

    def __post_init__(self) -> None:
        self.wanted = self.rng.random() < 0.5

    def some(self, chance: float) -> Condition:
        if not self.wanted or self.written + 2 > MAX_DIRECTIVES or self.rng.random() > chance:
            return ALWAYS
        included = self.rng.random() < 0.7 if self.rng.random() < 0.6 else None
        skipped = self.rng.random() < 0.3 if included is None or self.rng.random() < 0.3 else None
        includes = () if included is None else (self.variables.truth(included),)
        skips = () if skipped is None else (self.variables.truth(skipped),)
        parts = [f" @include(if: {_asked(one)})" for one in includes] + [f" @skip(if: {_asked(one)})" for one in skips]
        self.rng.shuffle(parts)
        self.written += len(parts)
        return Condition("".join(parts), includes, skips)


def _asked(one: Truth) -> str:
    return f"${one}" if isinstance(one, str) else str(one).lower()
