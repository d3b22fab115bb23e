"""What the operator holds back: guard lists, quarantine and hiding."""

from typing import Annotated

import strawberry

from app.graphql.context import Info
from app.graphql.operations.fields import bounded, mutation, query
from app.graphql.types.enums import tell
from app.graphql.types.problem import Forbidden, InvalidInput, NotFound
from app.rules import ids
from app.rules.guards import GUARD_LIST_DESCRIPTIONS, GuardList
from app.rules.ids import Prefix
from app.rules.scopes import Scope
from app.services import holding

tell(GuardList, "A list of values that uploads are refused for.", GUARD_LIST_DESCRIPTIONS)


@strawberry.type(description="A guard list; its entries are kept as keyed tags and cannot be read back.")
class GuardListSize:
    guard_list: GuardList = strawberry.field(description="The list whose entries are counted.")
    entries: int = strawberry.field(description="How many entries the guard list has.")


@strawberry.input(description="Values that uploads are refused for, and the list that they stand in.")
class GuardEntriesInput:
    guard_list: GuardList = strawberry.field(description="The list to put the entries into, or to take them out of.")
    entries: list[str] = strawberry.field(description="1 to 1,000 entries, as the list's description says.")


@strawberry.type(description="How a guard list changed.")
class GuardEntriesPayload:
    changed: int = strawberry.field(description="How many entries were added or removed; the others were so already.")


@strawberry.input(description="Contributions that the operator decides about.")
class ContributionIdsInput:
    ids: list[strawberry.ID] = strawberry.field(description="Which contributions are decided about, 1 to 1,000.")


@strawberry.type(description="What was decided, in the order of the ids.")
class DecidedPayload:
    decided: list[bool] = strawberry.field(description="False for an id of nothing that this could be decided about.")


@strawberry.input(description="Contributions to hide from all but their contributors, or to show again.")
class SetContributionsHiddenInput:
    ids: list[strawberry.ID] = strawberry.field(description="Which contributions to hide or show, 1 to 1,000.")
    hidden: bool = strawberry.field(description="True hides these contributions, false shows them again.")


@strawberry.input(description="A signal to hide from all but its contributors, or to show again.")
class SetSignalHiddenInput:
    id: strawberry.ID = strawberry.field(description="Which signal to hide or show.")
    hidden: bool = strawberry.field(description="True hides the signal, false shows it again.")


@strawberry.input(description="A participant all of whose contributions to hide, or to show again.")
class SetParticipantHiddenInput:
    id: strawberry.ID = strawberry.field(description="Whose contributions to hide or show.")
    hidden: bool = strawberry.field(description="True hides all that it contributes now, false shows it again.")


@strawberry.type(description="The hiding was done or undone; the change feed tells those whom it concerns.")
class HidePayload:
    hidden: bool = strawberry.field(description="Whether it is hidden from now on.")


GuardEntriesResult = Annotated[
    GuardEntriesPayload | InvalidInput | Forbidden,
    strawberry.union("GuardEntriesResult", description="How a guard list changed, or why it did not."),
]
DecidedResult = Annotated[
    DecidedPayload | InvalidInput | Forbidden,
    strawberry.union("DecidedResult", description="What was decided about contributions, or why nothing."),
]
HideResult = Annotated[
    HidePayload | InvalidInput | NotFound | Forbidden,
    strawberry.union("HideResult", description="Whether it is hidden now, or why nothing changed."),
]


@strawberry.type
class HoldingQuery:
    @query(Scope.COMPLIANCE_MANAGE, description="The guard lists with their sizes; for the operator.")
    async def guard_lists(self, info: Info) -> list[GuardListSize]:
        async with info.context.read() as session:
            sizes = await holding.list_sizes(session, info.context.actor)
        return [GuardListSize(guard_list=name, entries=entries) for name, entries in sizes.items()]


@strawberry.type
class HoldingMutation:
    @mutation(Scope.COMPLIANCE_MANAGE, description="Refuse these values at upload from now on; for the operator.")
    async def load_guard_entries(self, info: Info, input: GuardEntriesInput) -> GuardEntriesResult:
        context, entries = info.context, bounded(input.entries, "entries")
        async with context.write() as session:
            changed = await holding.load(session, context.actor, context.keyring, input.guard_list, entries)
        return GuardEntriesPayload(changed=changed)

    @mutation(Scope.COMPLIANCE_MANAGE, description="Accept these values at upload again; for the operator.")
    async def unload_guard_entries(self, info: Info, input: GuardEntriesInput) -> GuardEntriesResult:
        context, entries = info.context, bounded(input.entries, "entries")
        async with context.write() as session:
            changed = await holding.unload(session, context.actor, context.keyring, input.guard_list, entries)
        return GuardEntriesPayload(changed=changed)

    @mutation(Scope.COMPLIANCE_MANAGE, description="Let quarantined contributions go to their audiences.")
    async def release_contributions(self, info: Info, input: ContributionIdsInput) -> DecidedResult:
        wanted = [ids.read_or_nothing(Prefix.CONTRIBUTION, id) for id in bounded(input.ids, "ids")]
        async with info.context.write() as session:
            decided = await holding.release(session, info.context.actor, wanted)
        return DecidedPayload(decided=decided)

    @mutation(Scope.COMPLIANCE_MANAGE, description="Hide single contributions from all others, or show them again.")
    async def set_contributions_hidden(self, info: Info, input: SetContributionsHiddenInput) -> DecidedResult:
        wanted = [ids.read_or_nothing(Prefix.CONTRIBUTION, id) for id in bounded(input.ids, "ids")]
        async with info.context.write() as session:
            decided = await holding.set_hidden(session, info.context.actor, wanted, hidden=input.hidden)
        return DecidedPayload(decided=decided)

    @mutation(Scope.COMPLIANCE_MANAGE, description="Hide a signal from all but its contributors, or show it again.")
    async def set_signal_hidden(self, info: Info, input: SetSignalHiddenInput) -> HideResult:
        id = ids.read_or_nothing(Prefix.SIGNAL, input.id)
        async with info.context.write() as session:
            await holding.set_signal_hidden(session, info.context.actor, id, hidden=input.hidden)
        return HidePayload(hidden=input.hidden)

    @mutation(Scope.COMPLIANCE_MANAGE, description="Hide all that a participant contributes now, or show it again.")
    async def set_participant_hidden(self, info: Info, input: SetParticipantHiddenInput) -> HideResult:
        id = ids.read_or_nothing(Prefix.PARTICIPANT, input.id)
        async with info.context.write() as session:
            await holding.set_participant_hidden(session, info.context.actor, id, hidden=input.hidden)
        return HidePayload(hidden=input.hidden)
