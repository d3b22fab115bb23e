"""Proofs of keys: which are made for a request, by whoever holds the key (RFC 9449)."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from app.errors import WrongProof
from app.rules import dpop, public_keys, signed_jwts
from app.rules.dpop import Proof
from tests.proofs import GRAPHQL_URL, Prover

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
TOKEN = "a.token.of.ours"
ALICE, MALLORY = Prover(lambda: NOW), Prover(lambda: NOW)


def check(proof: str, *, url: str = GRAPHQL_URL, method: str = "POST", at: datetime = NOW) -> Proof:
    return dpop.check(proof, (method, url), at, TOKEN)


def good() -> dict[str, Any]:
    return ALICE.claims(token=TOKEN)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ECKey.generate_key("P-256"), "ES256"),
        (OKPKey.generate_key("Ed25519"), "Ed25519"),
        (OKPKey.generate_key("Ed25519"), "EdDSA"),
    ],
)
@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_proof_shows_the_key_by_its_thumbprint(key: Key, algorithm: str) -> None:
    prover = Prover(lambda: NOW, key, algorithm)
    proof = check(prover.proof(token=TOKEN))
    assert (proof.thumbprint, proof.expires_at) == (key.thumbprint(), NOW + timedelta(seconds=60))
    assert len(proof.digest) == 32


def test_the_thumbprint_is_the_one_of_the_specification() -> None:
    """RFC 9449, section 6.1, of the key in its section 5."""
    jwk = {
        "kty": "EC",
        "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
        "crv": "P-256",
    }
    assert public_keys.read(jwk).thumbprint() == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


def test_the_hash_of_a_token_is_the_one_of_the_specification() -> None:
    """RFC 9449, section 7."""
    token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
    assert dpop.hash_of(token) == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/graphql",
        "HTTP://127.0.0.1:8000/graphql",
        "http://127.0.0.1:8000/graphql?query=%7Bx%7D#fragment",
        "http://127.0.0.1:8000/x/../graphql",
    ],
)
def test_the_url_may_be_spelt_in_other_ways(url: str) -> None:
    check(ALICE.proof(url=url, token=TOKEN))


def test_the_port_of_the_scheme_may_be_said_or_left_out() -> None:
    proof = ALICE.proof(url="https://Exchange.example:443/graphql", token=TOKEN)
    check(proof, url="https://exchange.example/graphql")


@pytest.mark.parametrize("seconds", [-59, -1, 0, 30])
def test_a_proof_of_now_is_good(seconds: int) -> None:
    check(ALICE.proof(token=TOKEN, iat=int(NOW.timestamp()) + seconds))


def joined(header: object, claims: object, signature: bytes) -> str:
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def by_public_key_as_secret() -> str:
    jwk = ALICE.key.as_dict(private=False)
    header = {"alg": "HS256", "typ": "dpop+jwt", "jwk": jwk}
    claims = good()
    signed = joined(header, claims, b"").removesuffix(".")
    assert isinstance(ALICE.key, ECKey)
    return joined(header, claims, hmac.digest(ALICE.key.as_pem(private=False), signed.encode(), "sha256"))


def by_a_secret() -> str:
    key = OctKey.generate_key(256)
    header = {"alg": "HS256", "typ": "dpop+jwt", "jwk": {"kty": "oct", "k": key.as_dict()["k"]}}
    signed = joined(header, good(), b"").removesuffix(".")
    return f"{signed}.{base64.urlsafe_b64encode(hmac.digest(key.raw_value, signed.encode(), 'sha256')).decode()}"


RSA, P384 = RSAKey.generate_key(2048), ECKey.generate_key("P-384")
SECONDS = int(NOW.timestamp())
FORGED: dict[str, Callable[[], str]] = {
    "no JWT": lambda: "x",
    "empty": lambda: "",
    "of another type": lambda: ALICE.sign(good(), typ="at+jwt"),
    "of no type": lambda: ALICE.sign(good(), typ=None),
    "without a signature": lambda: joined({"alg": "none", "typ": "dpop+jwt", "jwk": {}}, good(), b""),
    "without a signature, with a key": lambda: joined(
        {"alg": "none", "typ": "dpop+jwt", "jwk": ALICE.key.as_dict(private=False)}, good(), b""
    ),
    "signed with another key": lambda: ALICE.sign(good(), MALLORY.key),
    "changed": lambda: ALICE.proof(token=TOKEN)[:-8] + "AAAAAAAA",
    "by the public key as a secret": by_public_key_as_secret,
    "by a secret": by_a_secret,
    "with its private key": lambda: ALICE.sign(good(), jwk=ALICE.key.as_dict(private=True)),
    "without a key": lambda: ALICE.sign(good(), jwk=None),
    "with a key from elsewhere": lambda: ALICE.sign(good(), jku="https://keys.example/set"),
    "with what is critical": lambda: ALICE.sign(good(), crit=["b64"], b64=True),
    "of RSA": lambda: ALICE.sign(good(), RSA, alg="PS256", jwk=RSA.as_dict(private=False)),
    "on a slower curve": lambda: ALICE.sign(good(), P384, alg="ES384", jwk=P384.as_dict(private=False)),
    "for another method": lambda: ALICE.proof("GET", token=TOKEN),
    "for a method in lower case": lambda: ALICE.proof("post", token=TOKEN),
    "for no method": lambda: ALICE.proof(token=TOKEN, htm=None),
    "for another path": lambda: ALICE.proof(url="http://127.0.0.1:8000/other", token=TOKEN),
    "for another host": lambda: ALICE.proof(url="http://other.example/graphql", token=TOKEN),
    "for another port": lambda: ALICE.proof(url="http://127.0.0.1:8001/graphql", token=TOKEN),
    "for another scheme": lambda: ALICE.proof(url="https://127.0.0.1:8000/graphql", token=TOKEN),
    "for somebody at the host": lambda: ALICE.proof(url="http://me@127.0.0.1:8000/graphql", token=TOKEN),
    "for no URL": lambda: ALICE.proof(token=TOKEN, htu=None),
    "for what is no URL": lambda: ALICE.proof(url="/graphql", token=TOKEN),
    "for a URL of another type": lambda: ALICE.proof(token=TOKEN, htu=[GRAPHQL_URL]),
    "for another token": lambda: ALICE.proof(token="another"),
    "for no token": ALICE.proof,
    "for a token as it is": lambda: ALICE.proof(ath=TOKEN),
    "made a minute ago": lambda: ALICE.proof(token=TOKEN, iat=SECONDS - 60),
    "made in the future": lambda: ALICE.proof(token=TOKEN, iat=SECONDS + 31),
    "made never": lambda: ALICE.proof(token=TOKEN, iat=None),
    "made at no number": lambda: ALICE.proof(token=TOKEN, iat=True),
    "made at the end of time": lambda: ALICE.proof(token=TOKEN, iat=1e300),
    "without an id": lambda: ALICE.proof(token=TOKEN, jti=None),
    "of an empty id": lambda: ALICE.proof(token=TOKEN, jti=""),
    "of an id that is no text": lambda: ALICE.proof(token=TOKEN, jti=5),
    "of an id that is too long": lambda: ALICE.proof(token=TOKEN, jti="x" * 129),
    "that is too long": lambda: ALICE.proof(token=TOKEN, more="x" * 4_096),
    "that says nothing": lambda: joined({"alg": "ES256", "typ": "dpop+jwt"}, [], b"x"),
    "that is deeply nested": lambda: "eyJhbGciOiJFUzI1NiJ9." + "W1tb" * 900 + ".AA",
}


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_a_proof_that_does_not_show_it_is_refused(forge: Callable[[], str]) -> None:
    with pytest.raises(WrongProof):
        check(forge())


def test_proofs_of_two_keys_with_one_id_are_two_proofs() -> None:
    assert check(ALICE.proof(token=TOKEN, jti="same")).digest != check(MALLORY.proof(token=TOKEN, jti="same")).digest
    assert check(ALICE.proof(token=TOKEN, jti="same")).digest == check(ALICE.proof(token=TOKEN, jti="same")).digest


PARTS = st.sampled_from([None, True, 0, -1, 1e300, "", "x", "é", [], {}, ["POST"], "none", "ES256", "HS256"])
HEADERS = st.dictionaries(st.sampled_from(["alg", "typ", "jwk", "kid", "crit", "b64", "jku", "x5c"]), PARTS, max_size=3)
CLAIMS = st.dictionaries(st.sampled_from(["htm", "htu", "iat", "jti", "ath"]), PARTS, max_size=3)


@given(header=HEADERS, claims=CLAIMS, signature=st.binary(min_size=60, max_size=70))
def test_whoever_has_no_key_proves_nothing(header: dict[str, Any], claims: dict[str, Any], signature: bytes) -> None:
    """Whatever it says, with the key of somebody else in it."""
    named = {"alg": "ES256", "typ": "dpop+jwt", "jwk": ALICE.key.as_dict(private=False)} | header
    with pytest.raises(WrongProof):
        check(joined(named, good() | claims, signature))


def test_a_signature_that_nobody_checks_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_jwts, "check", lambda *_: None)
    with pytest.raises(pytest.fail.Exception):
        test_whoever_has_no_key_proves_nothing()
