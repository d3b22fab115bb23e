"""What a person's sign-in at a program comes to: the code that begins it, and the tokens that go on with it."""

from dataclasses import dataclass
from datetime import datetime

from app.rules.actor import SignedIn
from app.rules.scopes import held
from app.rules.sign_ins import CODE_LIFETIME, FAMILY_LIFETIME, REFRESH_IDLE, REPEAT_WITHIN, Kept, digest, new_secret
from app.services import sign_ins
from app.services.sign_ins import Desk, PersonHere
from app.store import sign_ins as kept
from app.store.clients import KnownClient
from app.store.tables.person import RefreshTokenRow, SignInRow


@dataclass(frozen=True, slots=True)
class AtProgram:
    """A person's sign-in at a program that may have tokens now."""

    person: PersonHere
    client: KnownClient
    row: SignInRow
    # Those that it still may have, of what the person granted.
    scopes: frozenset[str]

    @property
    def who(self) -> SignedIn:
        return SignedIn(self.person.id, self.row.id)


def by_code(desk: Desk, client: KnownClient, code: str) -> SignInRow | None:
    """The sign-in that this code of the client begins. One that comes again ends it, with all its tokens."""
    row = kept.by_code(desk.session, digest(desk.keyring, Kept.CODE, code))
    if row is None or row.client_id != client.id:
        return None
    if row.code_spent_at is not None:
        end(desk, row)
        return None
    return row if desk.at - row.created_at < CODE_LIFETIME else None


def spend_code(desk: Desk, row: SignInRow) -> None:
    row.code_spent_at = desk.at
    desk.session.flush()


def by_refresh_token(desk: Desk, client: KnownClient, token: str) -> tuple[SignInRow, RefreshTokenRow] | None:
    """The sign-in that goes on with this token of the client. One that comes again ends it, with all its tokens: either
    the program or whoever stole from it has the one that followed.

    It may come again within seconds if the one that followed was not used: its answer was lost. Whoever is robbed then
    comes with the follower, which by that is used, and ends the sign-in.
    """
    found = kept.by_refresh_token(desk.session, digest(desk.keyring, Kept.REFRESH, token))
    if found is None or found[0].client_id != client.id:
        return None
    row, shown = found
    if shown.used_at is not None and not _may_repeat(desk, shown):
        end(desk, row)
        return None
    return found if _goes_on(row, desk.at) else None


def of_refresh_token(desk: Desk, token: str) -> SignInRow | None:
    """The sign-in of a refresh token, used or not, that is to be ended."""
    found = kept.by_refresh_token(desk.session, digest(desk.keyring, Kept.REFRESH, token))
    return None if found is None else found[0]


def next_refresh_token(desk: Desk, row: SignInRow, before: RefreshTokenRow | None) -> str:
    """In place of the one `before`, which is used by this, and so is the one that followed it, if it came again."""
    secret = new_secret(Kept.REFRESH)
    made = RefreshTokenRow(digest=digest(desk.keyring, Kept.REFRESH, secret), sign_in_id=row.id, made_at=desk.at)
    kept.add_refresh_token(desk.session, made)
    if before is not None:
        _use_follower(desk, before)
        before.used_at, before.follower = before.used_at or desk.at, made.digest
    row.refreshed_at = desk.at
    desk.session.flush()
    return secret


def at_program(desk: Desk, client: KnownClient, row: SignInRow) -> AtProgram | None:
    """Null for a sign-in that has ended, or whose person is shut out, signed out or left with nothing to do."""
    person = sign_ins.here(desk, row.person_id, row.epoch) if row.ended_at is None else None
    if person is None or not sign_ins.may_sign_in(person, client):
        return None
    scopes = frozenset(row.scopes) & person.scopes & held(client.participant_class, client.scopes)
    return AtProgram(person, client, row, scopes) if scopes else None


def holds(desk: Desk, at: AtProgram, key: str | None) -> bool:
    """Whether the program shows the key that it began with, if it did with one: its refresh tokens are bound to it too
    (RFC 9449, section 5). At its first tokens, `key` is that one."""
    if at.row.code_spent_at is None:
        at.row.bound_to = key
        desk.session.flush()
    return at.row.bound_to in (None, key)


def end(desk: Desk, row: SignInRow) -> None:
    """With all tokens that came of it, at once."""
    row.ended_at = row.ended_at or desk.at
    desk.session.flush()


def _may_repeat(desk: Desk, used: RefreshTokenRow) -> bool:
    """Whether the token may come again. What is refused for another reason then has used nothing."""
    follower = _follower(desk, used)
    if used.used_at is None or follower is None or follower.used_at is not None:
        return False
    return desk.at - used.used_at <= REPEAT_WITHIN


def _use_follower(desk: Desk, used: RefreshTokenRow) -> None:
    follower = _follower(desk, used)
    if follower is not None:
        follower.used_at = desk.at


def _follower(desk: Desk, used: RefreshTokenRow) -> RefreshTokenRow | None:
    return None if used.follower is None else kept.refresh_token(desk.session, used.follower)


def _goes_on(row: SignInRow, at: datetime) -> bool:
    return row.ended_at is None and at - row.refreshed_at < REFRESH_IDLE and at - row.created_at < FAMILY_LIFETIME
