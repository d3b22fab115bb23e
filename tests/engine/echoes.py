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
    """Mostly by somebody whose token is for as much, else it would be refused; often for just as much, as those share
    plans unless something else tells them apart; sometimes by the same."""
    able = [one for one in viewers if one.scopes >= viewer.scopes]
    alike = [one for one in able if one.scopes == viewer.scopes and one is not viewer]
    among = rng.choices(([viewer], alike or able, able, list(viewers)), (15, 35, 42, 8))[0]
    other = rng.choice(among)
    return other, varied(asked, other.material, rng)


def varied(asked: Asked, material: Material, rng: Random) -> Asked:
    """With other values for some of what is sent, defaults apart; what may be null may come to be so, or cease to."""
    types = dict(map(_declared, asked.chosen.declared))
    nullable = {name for name, type_ in types.items() if not type_.endswith("!")}
    changed = {
        name: _other_nullable(value, types[name], material, rng) if name in nullable else _other(value, material, rng)
        for name, value in asked.chosen.given.items()
    }
    for name in sorted(nullable - changed.keys()):
        if rng.random() < 0.4 and (value := _drawn(types[name], material, rng)) is not None:
            changed[name] = value
    chosen = replace(asked.chosen, given=changed, meant={**asked.chosen.meant, **changed})
    operations = [chosen if one is asked.chosen else one for one in asked.operations]
    # Cursors that stand in the document are worthless to another viewer.
    return replace(asked, operations=operations, chosen=chosen, rough=True)


def _declared(text: str) -> tuple[str, str]:
    name, _, rest = text.partition(": ")
    return name[1:], rest.partition(" = ")[0]


def _other_nullable(value: Any, type_: str, material: Material, rng: Random) -> Any:
    if rng.random() < 0.5:
        return _other(value, material, rng)
    return _drawn(type_, material, rng) if value is None else None


def _drawn(type_: str, material: Material, rng: Random) -> Any:
    """A text of its own is mostly a cursor: where a list goes on."""
    drawn = {"String": rng.choice([*material.cursors, None]), "Int": rng.choice(_NUMBERS), "Boolean": True}
    return drawn.get(type_)


def _other(value: Any, material: Material, rng: Random) -> Any:
    """Something of the same kind, where that can be told."""
    if isinstance(value, Mapping):
        kept = {name: _other(part, material, rng) for name, part in value.items()}
        # Of a filter also less, which is another condition altogether.
        if kept and "__typename" not in kept and "value" not in kept and rng.random() < 0.3:
            del kept[rng.choice(sorted(kept))]
        return kept
    if isinstance(value, list):
        return [_other(item, material, rng) for item in value]
    if rng.random() < 0.4 or value is None:
        return value
    if isinstance(value, bool):
        return not value
    if isinstance(value, int) and 1 <= value <= 1_000:
        return rng.choice(_NUMBERS)
    alike = (found for found in (material.cursors, *material.ids.values()) if value in found)
    return rng.choice(next(alike, (value,)))
