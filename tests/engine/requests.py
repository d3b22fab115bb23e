"""Requests by chance: documents of one operation or several, and which of them is to run."""

from collections.abc import Collection
from random import Random

from tests.engine import graph
from tests.engine.material import Material
from tests.engine.tree import TYPENAME, Asked, Field, Operation
from tests.engine.writing import Writer

# Answered alike by every subgraph, and long.
_ABOUT_SCHEMA = (
    Field("Query", "_service", "_service", "_Service!", leads_to="_Service", children=(
        Field("_Service", TYPENAME, TYPENAME, "String!"),
    )),
    Field("Query", "__type", "__type", "__Type", arguments='(name: "Signal")', leads_to="__Type", children=(
        Field("__Type", "name", "name", "String"),
    )),
)  # fmt: skip


def asked(rng: Random, material: Material, scopes: Collection[str], aim: str = "") -> Asked:
    """A document of mostly one operation, one of which is to run; it may aim at a field."""
    count = rng.choice((1,) * 12 + (2, 3))
    named = count > 1 or rng.random() < 0.3
    written: list[Operation] = []
    rough = rng.random() < 0.12
    directives = 0
    for number in range(count):
        name = f"Op{number}" if named else ""
        writer = Writer(rng, material, scopes, name, rough, directives, aim=aim)
        written.append(writer.operation())
        directives = writer.conditions.written
    chosen = rng.choice(written)
    return Asked(written, chosen, sends_name=count > 1 or (named and rng.random() < 0.5), rough=rough)


def about_schema(rng: Random) -> Asked:
    """What the library answers about the schema itself."""
    operation = Operation("", graph.ROOT, rng.sample(_ABOUT_SCHEMA, rng.choice((1, 2))))
    return Asked([operation], operation)
