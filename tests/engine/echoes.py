"""The same document once more: for another viewer, and with other variables. A plan that is kept must fit both."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from tests.engine.material import Material
from tests.engine.tree import Asked
from tests.engine.viewers import Viewer

# Numbers that stand for pages, depths, epochs and confidences alike.
_NUMBERS = (1, 2, 3)


def echo(asked: Asked, viewer: Viewer, viewers: Sequence[Viewer], rng: Random) -> tuple[Viewer, Asked]:
    """Mostly by somebody whose token is for as much, else it would be refused; sometimes by the same."""
    able = [one for one in viewers if one.scopes >= viewer.scopes]
    way = rng.random()
    other = viewer if way < 0.15 else rng.choice(able if way < 0.92 else list(viewers))
    return other, varied(asked, other.material, rng)


def varied(asked: Asked, material: Material, rng: Random) -> Asked:
    """With other values for some of what is sent, defaults apart."""
    changed = {name: _other(value, material, rng) for name, value in asked.chosen.given.items()}
    chosen = replace(asked.chosen, given=changed, meant={**asked.chosen.meant, **changed})
    operations = [chosen if one is asked.chosen else one for one in asked.operations]
    return replace(asked, operations=operations, chosen=chosen)


def _other(value: Any, material: Material, rng: Random) -> Any:
    """Something of the same kind, where that can be told."""
    if isinstance(value, Mapping):
        return {name: _other(part, material, rng) for name, part in value.items()}
    if isinstance(value, list):
        return [_other(item, material, rng) for item in value]
    if rng.random() < 0.4 or value is None:
        return value
    if isinstance(value, bool):
        return not value
    if isinstance(value, int) and 1 <= value <= 1_000:
        return rng.choice(_NUMBERS)
    alike = next((found for found in material.ids.values() if value in found), (value,))
    return rng.choice(alike)
