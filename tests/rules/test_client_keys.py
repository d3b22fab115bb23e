"""Public keys of clients: which are taken, and what is kept of them."""

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

from app.errors import InvalidInput
from app.rules import client_keys, public_keys
from app.rules.client_keys import MAX_KEYS, MAX_SET_LENGTH
from app.rules.public_keys import WEAK, UnfitKey

EC, EC_384 = ECKey.generate_key("P-256", {"kid": "ec"}), ECKey.generate_key("P-384", {"kid": "ec-384"})
ED, RSA = OKPKey.generate_key("Ed25519", {"kid": "ed"}), RSAKey.generate_key(2048, {"kid": "rsa"})
GOOD: list[Key] = [EC, EC_384, ED, RSA]


def public(key: Key, **others: Any) -> dict[str, Any]:
    return {**key.as_dict(private=False), **others}


def refusal(*keys: object) -> tuple[str, str]:
    with pytest.raises(InvalidInput) as refused:
        client_keys.parse(json.dumps({"keys": keys}))
    assert refused.value.field == "publicKeys"
    return refused.value.reason, refused.value.message


def test_what_makes_the_keys_is_kept_and_nothing_else() -> None:
    sent = [public(key, use="sig", x5c=["a certificate"], x5u="https://x.example", more="more") for key in GOOD]
    kept = client_keys.parse(json.dumps({"keys": sent}))
    assert kept == [public(key) for key in GOOD]
    assert client_keys.names(kept) == ["ec", "ec-384", "ed", "rsa"]


@pytest.mark.parametrize("key", GOOD)
def test_a_kept_key_is_found_by_its_name_alone(key: Key) -> None:
    kept = client_keys.parse(json.dumps({"keys": [public(one) for one in GOOD]}))
    assert key.kid is not None
    found = client_keys.named(kept, key.kid)
    assert found is not None
    assert found.thumbprint() == key.thumbprint()
    assert client_keys.named(kept, "another") is None


@pytest.mark.parametrize("key", [*GOOD, OctKey.generate_key(256, {"kid": "oct"})])
def test_a_private_part_is_refused_and_not_told_again(key: Key) -> None:
    secret = key.as_dict(private=True)
    reason, message = refusal(public(EC), secret)
    assert (reason, message.startswith("Key 2 holds its private part")) == ("PRIVATE_KEY", True)
    assert not any(str(value) in message for value in secret.values() if len(str(value)) > 10)


@pytest.mark.parametrize("name", ["d", "p", "q", "dp", "dq", "qi", "oth", "k"])
def test_each_member_of_private_keys_is_one(name: str) -> None:
    for key in GOOD:
        for part in ("", None, 5):
            assert refusal({**public(key), name: part})[0] == "PRIVATE_KEY"


# Of Ed25519 (RFC 8032, section 5.1).
P = 2**255 - 19
D = -121_665 * pow(121_666, -1, P) % P


def eightfold(y_coded: str) -> tuple[int, int]:
    """Of the point with this y, by the curve's own arithmetic."""
    y = int.from_bytes(bytes.fromhex(y_coded), "little") % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert (x * x - square) % P == 0
    for _ in range(3):
        product = D * x * x * y * y % P
        x, y = 2 * x * y * pow(1 + product, -1, P) % P, (y * y + x * x) * pow(1 - product, -1, P) % P
    return x, y


SHORT = RSAKey.generate_key(2048).as_dict(private=False)["n"][: 1024 // 6]
UNFIT: dict[str, object] = {
    "no object": 5,
    "of no kind": public(EC, kty="XX"),
    "of no text as kind": public(EC, kty=["EC"]),
    "symmetric": {"kty": "oct", "kid": "x"},
    "on another curve": public(ECKey.generate_key("P-521"), kid="x"),
    "for exchanges": public(OKPKey.generate_key("X25519"), kid="x"),
    "on the curve of another": public(EC, crv="P-384"),
    "off the curve": public(EC, y=EC.as_dict(private=False)["x"]),
    "without a member": {name: value for name, value in public(EC).items() if name != "y"},
    "with a member of another type": public(EC, x=5),
    "with a member that is too long": public(RSA, n="u" * 701),
    "with no base64url": public(ED, x="=" * 43),
    "that anybody can sign for": public(ED, x="A" * 43),
    "of RSA and short": public(RSA, n=SHORT),
    "of RSA and long": public(RSAKey.generate_key(5120), kid="x"),
    "of RSA with an exponent of 3": public(RSA, e="Aw"),
    "written otherwise": public(EC, x="AAAA" + str(EC.as_dict(private=False)["x"])),
    "for encryption": public(EC, use="enc"),
    "for another operation": public(EC, key_ops=["encrypt"]),
    "for operations that are none": public(EC, key_ops=5),
    "for an algorithm of secrets": public(EC, alg="HS256"),
    "for an older padding": public(RSA, alg="RS256"),
    "without a name": {name: value for name, value in public(EC).items() if name != "kid"},
    "of an empty name": public(EC, kid=""),
    "of a name that is no text": public(EC, kid=5),
    "of a long name": public(EC, kid="x" * 129),
    "of a name that nobody can print": public(EC, kid="a\nb"),
}


@pytest.mark.parametrize("key", UNFIT.values(), ids=UNFIT.keys())
def test_a_key_that_is_unfit_is_refused(key: object) -> None:
    assert refusal(public(RSA), key)[0] == "NOT_A_PUBLIC_KEY"


@pytest.mark.parametrize("point", sorted(WEAK), ids=lambda point: point[:8])
@pytest.mark.parametrize("sign", [0, 0x80])
def test_a_point_whose_eightfold_is_nothing_is_no_key(point: str, sign: int) -> None:
    assert eightfold(point) == (0, 1)
    coded = bytearray.fromhex(point)
    coded[-1] |= sign
    x = base64.urlsafe_b64encode(coded).decode().rstrip("=")
    assert refusal(public(ED, x=x))[0] == "NOT_A_PUBLIC_KEY"


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"keys": 5}', '{"keys": {}}', "[" * 5_000, '"\\ud800"'])
def test_what_is_no_set_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        client_keys.parse(text)
    assert refused.value.reason == "NOT_A_PUBLIC_KEY"


def test_a_set_is_bounded() -> None:
    many = [public(EC, kid=f"{number}") for number in range(MAX_KEYS + 1)]
    assert refusal()[0] == refusal(*many)[0] == "OUT_OF_RANGE"
    assert len(client_keys.parse(json.dumps({"keys": many[:-1]}))) == MAX_KEYS
    with pytest.raises(InvalidInput) as refused:
        client_keys.parse(json.dumps({"keys": [public(EC, more="x" * MAX_SET_LENGTH)]}))
    assert refused.value.reason == "TOO_LONG"


def test_two_keys_of_one_name_are_refused() -> None:
    assert refusal(public(EC), public(ED, kid="ec"))[0] == "DUPLICATE_IN_BATCH"


WORDS = ("", "x", "é", "AQAB", "A" * 43, "EC", "RSA", "P-256", "P-384", "Ed25519", "sig", "ES256", "PS256")
PARTS = [value for key in GOOD for value in public(key).values()]
SENT = st.sampled_from([None, True, 5, [], {}, ["verify"], ["sign"], *WORDS, *PARTS])
MEMBERS = st.sampled_from(["kty", "crv", "x", "y", "n", "e", "use", "alg", "key_ops", "kid"])


@given(key=st.sampled_from(GOOD), changes=st.dictionaries(MEMBERS, SENT, max_size=4))
def test_whatever_is_sent_is_a_fit_key_or_unfit(key: Key, changes: dict[str, Any]) -> None:
    sent = public(key) | changes
    with suppress(UnfitKey):
        fit = public_keys.read(sent)
        # One of the good ones, whose thumbprint it then has: no other is made of parts of them, but for Ed25519, of
        # which any 32 bytes are a point every other time.
        assert fit.kind is public_keys.ED25519 or fit.thumbprint() in {one.thumbprint() for one in GOOD}
        assert fit.members.items() <= sent.items()
