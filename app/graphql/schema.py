"""The schema: all nouns and verbs put together, as a federation subgraph."""

import strawberry
from strawberry import federation
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig

from app.graphql import nodes
from app.graphql.context import Info
from app.graphql.operations.viewer import ViewerQuery

QUERIES: tuple[type, ...] = (ViewerQuery,)
MUTATIONS: tuple[type, ...] = ()

# 2.9 is the newest version that the composers of all gateways accept, and the first with @cost and @listSize.
FEDERATION_VERSION = "2.9"


class ExchangeSchema(federation.Schema):
    """Entities are resolved by our own rules: validated, bounded, batched, by policy, one bad one alone."""

    async def entities_resolver(  # type: ignore[override]  # the library also accepts a coroutine
        self, info: Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        return await nodes.by_representations(info, representations)


def built() -> ExchangeSchema:
    query = strawberry.type(type("Query", QUERIES, {}), description="Everything that can be asked.")
    mutation = (
        strawberry.type(type("Mutation", MUTATIONS, {}), description="Everything that can be done.")
        if MUTATIONS
        else None
    )
    return ExchangeSchema(
        query=query,
        mutation=mutation,
        types=list(nodes.TYPES.values()),
        federation_version=FEDERATION_VERSION,
        config=StrawberryConfig(auto_camel_case=True),
    )


schema = built()


def printed() -> str:
    """The schema as it is committed in `schema.graphql`."""
    return schema.as_str() + "\n"
