"""What operators and administrators do: one change at a time, and lists of what there is.

What is answered is shown to people as it comes, so it has no types here.
"""

from collections.abc import Collection, Iterator
from typing import Any, Literal, TypeAlias

from . import shapes
from .answers import ListedPage
from .exchange import Exchange
from .operations import MAX_ROWS, Operation, document, document_with

Change: TypeAlias = Literal[
    "add_group_members",
    "admit_participant",
    "change_participant_status",
    "confine_client",
    "create_group",
    "disable_client",
    "disable_person",
    "invite_person",
    "register_client",
    "register_key_client",
    "register_public_client",
    "remove_group_members",
    "reset_person_password",
    "rotate_client_secret",
    "set_client_keys",
    "set_quarantine",
]
Listed: TypeAlias = Literal["clients", "participants", "people"]


def change(name: Change, /, **given: object) -> Operation[dict[str, Any]]:
    """Not repeated without an answer: who made it twice would have two clients, or a secret that is not the last."""
    return Operation(document(f"operating/{name}"), {"input": given}, shapes.of(dict[str, Any]), repeatable=False)


def page(name: Listed, scopes: Collection[str], after: str | None = None, /, **given: object) -> Operation[ListedPage]:
    """The next page; with whose each is, where the scopes show it."""
    parts = frozenset({"participants"} if "participants:read" in scopes else ())
    variables = {"first": MAX_ROWS, "after": after, **given}
    return Operation(document_with(f"operating/{name}", parts), variables, shapes.of(ListedPage))


def each(exchange: Exchange, name: Listed, scopes: Collection[str], /, **given: object) -> Iterator[dict[str, Any]]:
    """All of them, page by page."""
    after = None
    while True:
        found = exchange.ask(page(name, scopes, after, **given))
        yield from (edge["node"] for edge in found["edges"])
        if not found["pageInfo"]["hasNextPage"]:
            return
        after = found["pageInfo"]["endCursor"]
