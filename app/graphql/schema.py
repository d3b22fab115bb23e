"""The schema: all nouns and verbs put together, as a federation subgraph."""

from datetime import datetime
from functools import cache
from typing import Final

import strawberry
from strawberry import federation
from strawberry.federation.schema import FederationAny
from strawberry.schema.config import StrawberryConfig

from app.graphql import entities, nodes
from app.graphql.context import Info
from app.graphql.operations.case_activity import CaseActivitySubscription
from app.graphql.operations.cases import CaseMutation, CaseQuery
from app.graphql.operations.changes import ChangeMutation, ChangeQuery, ChangeSubscription
from app.graphql.operations.clients import ClientMutation, ClientQuery
from app.graphql.operations.contributions import ContributionMutation, ContributionQuery
from app.graphql.operations.feedback import FeedbackMutation, FeedbackQuery
from app.graphql.operations.holding import HoldingMutation, HoldingQuery
from app.graphql.operations.links import LinkMutation
from app.graphql.operations.participants import ParticipantMutation, ParticipantQuery
from app.graphql.operations.people import PersonMutation, PersonQuery
from app.graphql.operations.received_feedback import ReceivedFeedbackSubscription
from app.graphql.operations.reveals import AccessQuery, RevealMutation
from app.graphql.operations.signals import SignalQuery
from app.graphql.operations.trusted_documents import TrustedDocumentMutation, TrustedDocumentQuery
from app.graphql.operations.uploads import MatchQuery, UploadMutation
from app.graphql.operations.victim_reports import VictimReportMutation, VictimReportQuery
from app.graphql.operations.viewer import ViewerQuery
from app.graphql.types.big_int import BIG_INT, BigInt
from app.graphql.types.date_time import DATE_TIME
from app.rules import limits


@strawberry.type(name="_Service")
class Service:
    @strawberry.field
    def sdl(self) -> str:
        return sdl()


@strawberry.type
class ServiceQuery:
    @strawberry.field(name="_service")
    def service(self) -> Service:
        return Service()


QUERIES: tuple[type, ...] = (
    ServiceQuery,
    ViewerQuery,
    SignalQuery,
    MatchQuery,
    ContributionQuery,
    ChangeQuery,
    AccessQuery,
    FeedbackQuery,
    VictimReportQuery,
    ParticipantQuery,
    ClientQuery,
    PersonQuery,
    HoldingQuery,
    CaseQuery,
    TrustedDocumentQuery,
)
MUTATIONS: tuple[type, ...] = (
    UploadMutation,
    ChangeMutation,
    LinkMutation,
    ContributionMutation,
    RevealMutation,
    FeedbackMutation,
    VictimReportMutation,
    ParticipantMutation,
    ClientMutation,
    PersonMutation,
    HoldingMutation,
    CaseMutation,
    TrustedDocumentMutation,
)

SUBSCRIPTIONS: tuple[type, ...] = (ChangeSubscription, ReceivedFeedbackSubscription, CaseActivitySubscription)

# 2.9 is the newest version that the composers of all gateways accept, and the first with @cost and @listSize.
FEDERATION_VERSION: Final = "2.9"

QUERY_DESCRIPTION = (
    "Everything that can be asked. A document has at most"
    f" {limits.MAX_DOCUMENT_BYTES:,} bytes, {limits.MAX_DOCUMENT_TOKENS:,} tokens, {limits.MAX_DEFINITIONS} operations"
    f" and fragments, and {limits.MAX_DIRECTIVES} directives. An operation has at most {limits.MAX_DEPTH} levels of"
    f" fields, {limits.MAX_FIELDS:,} fields, {limits.MAX_ALIASES} aliases and {limits.MAX_SPREADS:,} fragments, these"
    f" expanded. A list in arguments or variables has at most {limits.MAX_LIST_ITEMS:,} items, the variables together"
    f" {limits.MAX_VARIABLE_VALUES:,} values, and a request {limits.MAX_BODY_BYTES:,} bytes. A query has at most"
    f" {limits.MAX_ROOT_QUERIES} fields at its root and is stopped after {limits.QUERY_SECONDS:.0f} seconds. An"
    f" operation may cost {limits.MAX_COST:,}: an object is 1, a list what its items are, and `@cost` and `@listSize`"
    " say the rest; of lists that are as long as what you send, and of pages of the feed, your own number counts. In"
    " each answer `extensions.cost` says what it cost and what your client has left; who has too little left is told"
    " RATE_LIMITED, with the seconds until there is enough."
)
MUTATION_DESCRIPTION = (
    "Everything that can be done. The limits of `Query` hold here too, but a mutation has at most"
    f" {limits.MAX_ROOT_MUTATIONS} fields at its root, done one after the other, each in a transaction of its own, and"
    f" is stopped after {limits.MUTATION_SECONDS:.0f} seconds."
)
SUBSCRIPTION_DESCRIPTION = (
    "Everything that can be followed, over a WebSocket (graphql-transport-ws) or as server-sent events, one field at a"
    " time. The limits of `Query` hold here too. Each event is what you may see when it is sent, and has a cursor from"
    " which to resume; whoever reads slower than things change gets the next event when it has taken the last."
    " Everything ends with the access token, after which to connect again with a new one and the last cursor."
)


class ExchangeSchema(federation.Schema):
    """Entities are resolved by our own rules: validated, bounded, batched, by policy, one bad one alone."""

    async def entities_resolver(  # type: ignore[override]  # the library also accepts a coroutine
        self, info: Info, representations: list[FederationAny]
    ) -> list[FederationAny]:
        return await entities.by_representations(info, representations)


def built() -> ExchangeSchema:
    query = strawberry.type(type("Query", QUERIES, {}), description=QUERY_DESCRIPTION)
    mutation = strawberry.type(type("Mutation", MUTATIONS, {}), description=MUTATION_DESCRIPTION)
    subscription = strawberry.type(type("Subscription", SUBSCRIPTIONS, {}), description=SUBSCRIPTION_DESCRIPTION)
    return ExchangeSchema(
        query=query,
        mutation=mutation,
        subscription=subscription,
        types=list(nodes.TYPES.values()),
        federation_version=FEDERATION_VERSION,
        config=StrawberryConfig(auto_camel_case=True, scalar_map={datetime: DATE_TIME, BigInt: BIG_INT}),
    )


schema = built()


def printed() -> str:
    """The schema as it is committed in `schema.graphql`."""
    return sdl() + "\n"


@cache
def sdl() -> str:
    """What gateways are told. Printing it takes 80 ms, and one operation can ask for it 50 times."""
    return schema.as_str()
