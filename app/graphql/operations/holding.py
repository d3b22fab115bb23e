"""What the operator holds back: guard lists, quarantine and hiding."""

from typing import Annotated

import strawberry

from app.graphql.context import Info
from app.graphql.cost_words import EACH, about
from app.graphql.operations.fields import bounded, mutation, query
from app.graphql.readings import Way
from app.graphql.types.enums import tell
from app.graphql.types.problem import Forbidden, InvalidInput, NotFound
from app.rules import ids
from app.rules.guards import GUARD_LIST_DESCRIPTIONS, GuardList
from app.rules.ids import Prefix
from app.rules.limits import MAX_LIST_ITEMS
from app.rules.normal_forms.text import RAW_LIMIT
from app.rules.scopes import Scope
from app.services import holding

tell(GuardList, "A list of values that uploads are refused for.", GUARD_LIST_DESCRIPTIONS)

_MANY = f"1 to {MAX_LIST_ITEMS:,}"


@strawberry.type(description="A guard list; its entries are kept as keyed tags and cannot be read back.")
class GuardListSize:
    guard_list: GuardList = strawberry.field(description="The list whose entries are counted.")
    entries: int = strawberry.field(description="How many entries the guard list has.")


@strawberry.input(description="Values that uploads are to be refused for, and the list to put them into.")
class LoadGuardEntriesInput:
    guard_list: GuardList = strawberry.field(description="The list that the entries are put into.")
    entries: list[str] = strawberry.field(
        description=f"Entries as the list's description says, {_MANY}, each up to {RAW_LIMIT:,} characters; a bad one"
        " refuses all, and `field` says which it is.",
        directives=[EACH],
    )


@strawberry.input(description="Values that uploads are no longer refused for, and the list that they stand in.")
class UnloadGuardEntriesInput:
    guard_list: GuardList = strawberry.field(description="The list that the entries are taken out of.")
    entries: list[str] = strawberry.field(
        description=f"{_MANY} entries to take out, written as when they were put in; a bad one refuses all.",
        directives=[EACH],
    )


@strawberry.type(description="How a guard list changed.")
class GuardEntriesPayload:
    changed: int = strawberry.field(description="How many entries were added or removed; the others were so already.")


@strawberry.input(description="Quarantined contributions to let go to their audiences.")
class ReleaseContributionsInput:
    contribution_ids: list[strawberry.ID] = strawberry.field(
        description=f"Which contributions to release, {_MANY}.", directives=[EACH]
    )


@strawberry.type(description="What was decided, in the order of the ids.")
class DecidedPayload:
    decided: list[bool] = strawberry.field(description="False for an id of nothing that this could be decided about.")


@strawberry.input(description="Contributions to hide from all but their contributors, or to show again.")
class SetContributionsHiddenInput:
    contribution_ids: list[strawberry.ID] = strawberry.field(
        description=f"Which contributions to hide or show, {_MANY}.", directives=[EACH]
    )
    hidden: bool = strawberry.field(description="True hides these contributions, false shows them again.")


@strawberry.input(description="A signal to hide from all but its contributors, or to show again.")
class SetSignalHiddenInput:
    signal_id: strawberry.ID = strawberry.field(description="Which signal to hide or show.")
    hidden: bool = strawberry.field(description="True hides the signal, false shows it again.")


@strawberry.input(description="A participant all of whose contributions to hide, or to show again.")
class SetParticipantHiddenInput:
    participant_id: strawberry.ID = strawberry.field(description="Whose contributions to hide or show.")
    hidden: bool = strawberry.field(description="True hides all that it contributes now, false shows it again.")


@strawberry.type(description="The hiding was done or undone; the change feed tells those whom it concerns.")
class HidePayload:
    hidden: bool = strawberry.field(description="Whether it is hidden from now on.")


LoadGuardEntriesResult = Annotated[
    GuardEntriesPayload | InvalidInput | Forbidden,
    strawberry.union("LoadGuardEntriesResult", description="How many entries are new, or why none was put in."),
]
UnloadGuardEntriesResult = Annotated[
    GuardEntriesPayload | InvalidInput | Forbidden,
    strawberry.union("UnloadGuardEntriesResult", description="How many entries went, or why none was taken out."),
]
ReleaseContributionsResult = Annotated[
    DecidedPayload | InvalidInput | Forbidden,
    strawberry.union("ReleaseContributionsResult", description="Which contributions were released, or why none."),
]
SetContributionsHiddenResult = Annotated[
    DecidedPayload | InvalidInput | Forbidden,
    strawberry.union("SetContributionsHiddenResult", description="Which contributions it was done to, or why to none."),
]
SetSignalHiddenResult = Annotated[
    HidePayload | InvalidInput | NotFound | Forbidden,
    strawberry.union("SetSignalHiddenResult", description="Whether the signal is hidden now, or why nothing changed."),
]
SetParticipantHiddenResult = Annotated[
    HidePayload | InvalidInput | NotFound | Forbidden,
    strawberry.union("SetParticipantHiddenResult", description="Whether all of it is hidden now, or why not."),
]


@strawberry.type
class HoldingQuery:
    @query(
        Scope.COMPLIANCE_MANAGE,
        read=Way("guard_lists"),
        costs=(about(5),),
        description="The guard lists with their sizes; for the operator.",
    )
    async def guard_lists(self, info: Info) -> list[GuardListSize]:
        async with info.context.read() as session:
            sizes = await holding.list_sizes(session, info.context.actor)
        return [GuardListSize(guard_list=name, entries=entries) for name, entries in sizes.items()]


@strawberry.type
class HoldingMutation:
    @mutation(Scope.COMPLIANCE_MANAGE, description="Refuse these values at upload from now on; for the operator.")
    async def load_guard_entries(self, info: Info, input: LoadGuardEntriesInput) -> LoadGuardEntriesResult:
        context, entries = info.context, bounded(input.entries, "entries")
        async with context.write() as session:
            changed = await holding.load(session, context.actor, context.keyring, input.guard_list, entries)
        return GuardEntriesPayload(changed=changed)

    @mutation(Scope.COMPLIANCE_MANAGE, description="Accept these values at upload again; for the operator.")
    async def unload_guard_entries(self, info: Info, input: UnloadGuardEntriesInput) -> UnloadGuardEntriesResult:
        context, entries = info.context, bounded(input.entries, "entries")
        async with context.write() as session:
            changed = await holding.unload(session, context.actor, context.keyring, input.guard_list, entries)
        return GuardEntriesPayload(changed=changed)

    @mutation(Scope.COMPLIANCE_MANAGE, description="Let quarantined contributions go to their audiences.")
    async def release_contributions(self, info: Info, input: ReleaseContributionsInput) -> ReleaseContributionsResult:
        wanted = [
            ids.read_or_nothing(Prefix.CONTRIBUTION, id) for id in bounded(input.contribution_ids, "contributionIds")
        ]
        async with info.context.write() as session:
            decided = await holding.release(session, info.context.actor, wanted)
        return DecidedPayload(decided=decided)

    @mutation(Scope.COMPLIANCE_MANAGE, description="Hide single contributions from all others, or show them again.")
    async def set_contributions_hidden(
        self, info: Info, input: SetContributionsHiddenInput
    ) -> SetContributionsHiddenResult:
        wanted = [
            ids.read_or_nothing(Prefix.CONTRIBUTION, id) for id in bounded(input.contribution_ids, "contributionIds")
        ]
        async with info.context.write() as session:
            decided = await holding.set_hidden(session, info.context.actor, wanted, hidden=input.hidden)
        return DecidedPayload(decided=decided)

    @mutation(Scope.COMPLIANCE_MANAGE, description="Hide a signal from all but its contributors, or show it again.")
    async def set_signal_hidden(self, info: Info, input: SetSignalHiddenInput) -> SetSignalHiddenResult:
        id = ids.read_or_nothing(Prefix.SIGNAL, input.signal_id)
        async with info.context.write() as session:
            await holding.set_signal_hidden(session, info.context.actor, id, hidden=input.hidden)
        return HidePayload(hidden=input.hidden)

    @mutation(Scope.COMPLIANCE_MANAGE, description="Hide all that a participant contributes now, or show it again.")
    async def set_participant_hidden(self, info: Info, input: SetParticipantHiddenInput) -> SetParticipantHiddenResult:
        id = ids.read_or_nothing(Prefix.PARTICIPANT, input.participant_id)
        async with info.context.write() as session:
            await holding.set_participant_hidden(session, info.context.actor, id, hidden=input.hidden)
        return HidePayload(hidden=input.hidden)
