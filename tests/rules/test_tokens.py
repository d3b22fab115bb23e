"""Access tokens: which are ours, and which only look so."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from app.errors import Unauthenticated
from app.rules import tokens
from app.rules.actor import SignedIn
from app.rules.frontends import EXPLORER
from app.rules.keyring import Keyring
from app.rules.tokens import AccessTokens
from tests.attacks.forged import FORGED, joined, signed

ISSUER = "http://127.0.0.1:8000"
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
KEYRING = Keyring.generate()
TOKENS = AccessTokens.of(ISSUER, KEYRING)


def test_a_token_says_what_it_was_issued_for() -> None:
    client_id = uuid4()
    claims = TOKENS.check(TOKENS.issue(client_id, ["signals:read", "feed:read"], NOW), NOW)
    assert (claims.client_id, claims.scopes) == (client_id, {"signals:read", "feed:read"})
    assert (claims.expires_at - NOW).total_seconds() == 600
    assert TOKENS.check(TOKENS.issue(client_id, [], NOW), NOW).scopes == frozenset()


def test_a_token_of_a_person_says_who_signed_in_where() -> None:
    who = SignedIn(uuid4(), uuid4())
    claims = TOKENS.check(TOKENS.issue(EXPLORER.id, ["signals:read"], NOW, who=who), NOW)
    assert (claims.client_id, claims.signed_in, claims.bearer_id) == (EXPLORER.id, who, who.sign_in_id)


@pytest.mark.parametrize(
    "changed",
    [
        {"sub": "cli_" + "1" * 32},
        {"sub": "per_" + "1" * 32},
        {"sub": "per_" + "1" * 32, "sid": "per_" + "1" * 32},
        {"sub": "sin_" + "1" * 32, "sid": "sin_" + "1" * 32},
        {"sub": "per_x", "sid": "sin_" + "1" * 32},
        {"sub": 5, "sid": "sin_" + "1" * 32},
        {"sub": "per_" + "1" * 32, "sid": ["sin_" + "1" * 32]},
        {"client_id": "explorer"},
        {"client_id": None},
    ],
    ids=str,
)
def test_a_token_that_does_not_say_who_it_is_for_is_nobodys(changed: dict[str, object]) -> None:
    key = ECKey.import_key(dict(KEYRING.signing[0]))
    claims = jwt.decode(TOKENS.issue(uuid4(), [], NOW), key, algorithms=["ES256"]).claims | changed
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid or key.thumbprint()}
    with pytest.raises(Unauthenticated):
        TOKENS.check(jwt.encode(header, claims, key, algorithms=["ES256"]), NOW)


def test_a_key_that_no_longer_signs_still_verifies() -> None:
    token, fresh = TOKENS.issue(uuid4(), [], NOW), Keyring.generate()
    both = Keyring(fresh.encryption, fresh.tags, fresh.root, fresh.signing + KEYRING.signing)
    AccessTokens.of(ISSUER, both).check(token, NOW)
    with pytest.raises(Unauthenticated):
        AccessTokens.of(ISSUER, fresh).check(token, NOW)


def test_a_clock_that_is_slightly_ahead_elsewhere_does_no_harm() -> None:
    TOKENS.check(TOKENS.issue(uuid4(), [], NOW.replace(second=2)), NOW)


def test_a_token_that_was_good_before_still_expires() -> None:
    token = TOKENS.issue(uuid4(), ["signals:read"], NOW)
    before = TOKENS.check(token, NOW)
    assert TOKENS.check(token, NOW + timedelta(seconds=599)) == before
    with pytest.raises(Unauthenticated, match="expired"):
        TOKENS.check(token, NOW + timedelta(seconds=601))


def test_a_bounded_number_of_tokens_is_remembered_and_none_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MAX_REMEMBERED", 3)
    some = AccessTokens.of(ISSUER, KEYRING)
    issued = [some.issue(uuid4(), [], NOW) for _ in range(5)]
    for token in issued:
        some.check(token, NOW)
    assert len(some._remembered) == 3
    assert not any(token in repr(some._remembered) for token in issued)
    for token in issued:
        with pytest.raises(Unauthenticated):
            some.check(token + "A", NOW)
    assert len(some._remembered) == 3


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("how", FORGED)
def test_a_forged_token_is_refused(how: str) -> None:
    key = TOKENS.signing_key
    claims = jwt.decode(TOKENS.issue(uuid4(), [], NOW), key, algorithms=["ES256"]).claims
    with pytest.raises(Unauthenticated, match="no access token"):
        TOKENS.check(FORGED[how](claims, key), NOW)
    TOKENS.check(signed(claims, key, {}), NOW)


@pytest.mark.parametrize("crit", [5, True, None, 1.5, "x", [], ["x"], [5], [[]], [{}], [None], {}])
def test_a_malformed_header_is_refused(crit: object) -> None:
    header = {"alg": "ES256", "typ": "at+jwt", "kid": TOKENS.signing_key.kid, "crit": crit}
    with pytest.raises(Unauthenticated, match="no access token"):
        TOKENS.check(joined(header, {}, bytes(64)), NOW)
