"""The cases that schemathesis makes of the schema, the same in every run."""

from collections.abc import Callable
from functools import partial

from graphql import value_to_literal
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case
from schemathesis.graphql import scalar
from schemathesis.hooks import HookDispatcher
from schemathesis.schemas import APIOperation
from schemathesis.specs.graphql.schemas import GraphQLSchema

from tests.clients.judging import contract

SEED = 20_260_701
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
# It leaves these out unless asked, as gateways alone send them; that is no reason to trust what they send.
OF_FEDERATION = ("_entities", "_service")
_KEYED = ("Case", "Contribution", "Feedback", "Participant", "Signal")


_REPRESENTATIONS = st.fixed_dictionaries(
    {"__typename": st.sampled_from(_KEYED) | st.text()},
    optional={key: st.text() | st.none() for key in ("id", "slug", "type", "matchTagKey")},
)
scalar("_Any", _REPRESENTATIONS.map(partial(value_to_literal, type_=contract().type_map["_Any"])))


def operations(schema: GraphQLSchema) -> list[APIOperation]:
    """Every field of the roots that schemathesis knows: of queries and of mutations."""
    return [schema["Query"][name] for name in OF_FEDERATION] + [found.ok() for found in schema.get_all_operations()]


def run(operation: APIOperation, hooks: HookDispatcher, size: int, send: Callable[[Case], None]) -> None:
    """Send at most `size` cases of the operation, half of them with a mistake against the schema."""
    for mode in MODES:

        @seed(SEED)
        @settings(
            max_examples=size // len(MODES),
            phases=[Phase.generate],
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode, hooks=hooks))
        def sent(case: Case) -> None:
            send(case)

        sent()
