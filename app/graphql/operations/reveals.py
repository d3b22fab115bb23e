"""Reading values in clear, who did so, and match keys."""

from typing import Annotated, Final

import strawberry

from app.graphql.context import Info
from app.graphql.cost_words import about, rows_of, weighs
from app.graphql.operations.fields import bounded, listed, mutation, wants
from app.graphql.paging import DEFAULT_FIRST, After, First
from app.graphql.types.access_record import AccessRecord, RevealedValue
from app.graphql.types.base import Connection
from app.graphql.types.problem import Forbidden, InvalidInput, NotFound
from app.rules import ids
from app.rules.ids import Prefix
from app.rules.reveals import Purpose
from app.rules.scopes import Scope
from app.services import match_keys, reveals
from app.services.match_keys import IssuedKey
from app.services.reveals import MAX_PURPOSE_LENGTH, MAX_SIGNALS, MIN_PURPOSE_LENGTH, Reason

# Each leaves a record that others read: what is revealed should be few.
REVEAL_WEIGHT: Final = 20


@strawberry.input(description="Which values to reveal, and why.")
class RevealValuesInput:
    signal_ids: list[strawberry.ID] = strawberry.field(
        description=f"The signals whose values you need, 1 to {MAX_SIGNALS}.", directives=[weighs(REVEAL_WEIGHT)]
    )
    purpose: Purpose = strawberry.field(description="For what you need the values.")
    purpose_text: str = strawberry.field(
        description=f"Your need in words, {MIN_PURPOSE_LENGTH} to {MAX_PURPOSE_LENGTH} characters; contributors read"
        " it."
    )
    case_id: strawberry.ID | None = strawberry.field(default=None, description="The case of yours that it is for.")

    def reason(self) -> Reason:
        case_id = None if self.case_id is None else ids.read_or_nothing(Prefix.CASE, self.case_id)
        return Reason(self.purpose, self.purpose_text, case_id)


@strawberry.type(description="The revealed values, in the order of the ids.")
class RevealValuesPayload:
    values: list[RevealedValue | None] = strawberry.field(
        description="Null for a signal that you do not see.", directives=[about(MAX_SIGNALS)]
    )


RevealValuesResult = Annotated[
    RevealValuesPayload | InvalidInput | NotFound | Forbidden,
    strawberry.union("RevealValuesResult", description="Values in clear, or why none was revealed."),
]


@strawberry.type(description="A new match key, told this once.")
class IssueMatchKeyPayload:
    epoch: int = strawberry.field(description="Number of the key; each match tag says under which it is.")
    key: str = strawberry.field(
        description="32 bytes in base64url without padding: decode them for the HMAC of a match tag. Shown this once;"
        " keep it like a password."
    )
    normaliser_version: int = strawberry.field(description="Version of the canonical forms to compute tags over.")

    @classmethod
    def of(cls, issued: IssuedKey) -> "IssueMatchKeyPayload":
        return cls(epoch=issued.epoch, key=issued.key, normaliser_version=issued.normaliser_version)


IssueMatchKeyResult = Annotated[
    IssueMatchKeyPayload | Forbidden,
    strawberry.union("IssueMatchKeyResult", description="A new match key, or why there is none."),
]


@strawberry.type
class RevealMutation:
    @mutation(
        Scope.SIGNALS_REVEAL,
        costs=(rows_of("signalIds", "values"),),
        description="Read person-level values in clear. Each is recorded for the signal's contributors to read.",
    )
    async def reveal_values(self, info: Info, input: RevealValuesInput) -> RevealValuesResult:
        wanted = [ids.read_or_nothing(Prefix.SIGNAL, id) for id in bounded(input.signal_ids, "signalIds", MAX_SIGNALS)]
        async with info.context.write() as session:
            found = await reveals.reveal(session, info.context.actor, info.context.keyring, wanted, input.reason())
        return RevealValuesPayload(values=[None if one is None else RevealedValue.of(one) for one in found])

    @mutation(
        Scope.SIGNALS_MATCH,
        description="Get a new key for match tags. The one before stays good until the next; older ones end now.",
    )
    async def issue_match_key(self, info: Info) -> IssueMatchKeyResult:
        async with info.context.write() as session:
            issued = await match_keys.issue(session, info.context.actor, info.context.keyring)
        return IssueMatchKeyPayload.of(issued)


@strawberry.type
class AccessQuery:
    @listed(
        reveals.of_own_signals,
        description="Who read values of your signals in clear, when and why; the latest first.",
    )
    def access_records(self, first: First = DEFAULT_FIRST, after: After = None) -> Connection[AccessRecord]:
        return wants(None)
