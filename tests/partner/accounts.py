"""A second subgraph of a partner: its own accounts, joined with signals by match tags; no address ever leaves it.

`MATCH_KEY=<epoch>:<normaliserVersion>:<key> python -m tests.partner.accounts <port> <exchange> <client>...`, as
`issueMatchKey` tells them; with `--sdl` instead it prints its schema.
"""

import base64
import hmac
import os
import sys

import strawberry
from strawberry import federation

from tests.partner.tokens import serve

# Our users, by the addresses that they signed up with; in place of our own database.
ACCOUNTS = {"jd": "Jane.Doe@mail.example", "jdoe": "jane.doe@mail.example", "mx": "max@mail.example"}
# By the tag that an address has under our match key, the accounts that have it.
BY_TAG: dict[str, list[str]] = {}


@federation.type(keys=["matchTagKey"])
class Signal:
    """One of the exchange's, if it has one of that tag."""

    match_tag_key: str | None

    @strawberry.field(description="Our accounts that have this address.")
    def local_accounts(self) -> list[str]:
        return BY_TAG.get(self.match_tag_key or "", [])


@strawberry.type(description="An account of ours.")
class Account:
    handle: str
    signal: Signal | None = strawberry.field(description="What the exchange knows of its address; null if nothing.")


@strawberry.type
class Query:
    @strawberry.field(description="Our accounts.")
    def accounts(self) -> list[Account]:
        tagged = [(handle, tag) for tag, handles in BY_TAG.items() for handle in handles]
        return [Account(handle=handle, signal=Signal(match_tag_key=tag)) for handle, tag in sorted(tagged)]


schema = federation.Schema(Query, federation_version="2.9")


def tag_accounts(match_key: str) -> None:
    """Computes what the exchange computes: see `MatchTag` in its schema, also for the form that an address takes."""
    epoch, normaliser, key = match_key.split(":")
    secret = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    for handle, address in ACCOUNTS.items():
        message = f"{normaliser}\0EMAIL_ADDRESS\0{address.lower()}".encode()
        tag = hmac.digest(secret, message, "sha256").hex()
        BY_TAG.setdefault(f"{epoch}:{normaliser}:{tag}", []).append(handle)


if __name__ == "__main__":
    if sys.argv[1:] == ["--sdl"]:
        print(schema.as_str())
    else:
        tag_accounts(os.environ["MATCH_KEY"])
        serve(schema, *sys.argv[1:])
