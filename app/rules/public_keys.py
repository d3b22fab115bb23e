"""Public keys of clients: which kinds there are, and how a JSON Web Key is read (RFC 7517)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.util import base64_to_int, to_bytes, urlsafe_b64decode

# Characters of one member; the modulus of an RSA key of 4,096 bits has 683.
MAX_MEMBER_LENGTH = 700

# Bits. NIST SP 800-131A disallows shorter ones; longer ones only take time, which somebody else could make us spend.
RSA_BITS = range(2_048, 4_097)
# Of 65,537, which everybody uses; others make each check of a signature slower, or weak.
RSA_EXPONENT = "AQAB"

# Points of Ed25519 whose eightfold is nothing, by their y without the sign of x: anybody can make signatures of theirs,
# and libraries take them. Source: `ge25519_has_small_order` of libsodium; a test works them out.
WEAK = frozenset(
    {
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    }
)

# What only private and symmetric keys have (RFC 7518, section 6).
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

Key = ECKey | OKPKey | RSAKey


class UnfitKey(ValueError):
    """Why a key is not taken, in words that hold nothing of it."""

    def __init__(self, why: str, *, is_private: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.is_private = is_private


@dataclass(frozen=True, slots=True)
class Kind:
    """The members that make a key of this kind, and the algorithms that it may sign with."""

    type: type[Key]
    members: tuple[str, ...]
    algorithms: tuple[str, ...]


P256 = Kind(ECKey, ("crv", "x", "y"), ("ES256",))
P384 = Kind(ECKey, ("crv", "x", "y"), ("ES384",))
# Two names for one thing: RFC 9864 has replaced the first, which most libraries still write.
ED25519 = Kind(OKPKey, ("crv", "x"), ("EdDSA", "Ed25519"))
# Not RS256: its padding is from before anybody could prove anything of it, and FAPI 2.0 leaves it out too.
RSA = Kind(RSAKey, ("n", "e"), ("PS256",))

_KINDS = {("EC", "P-256"): P256, ("EC", "P-384"): P384, ("OKP", "Ed25519"): ED25519, ("RSA", None): RSA}


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that fits; `members` are what makes it, and nothing else of what was sent with it."""

    kind: Kind
    key: Key = field(repr=False)
    members: Mapping[str, str] = field(repr=False)

    def thumbprint(self) -> str:
        """Its name by its content (RFC 7638)."""
        return self.key.thumbprint()


def read(jwk: object) -> PublicKey:
    """Read a JSON Web Key.

    Raises: UnfitKey unless it is a public key of one of the kinds, is for signatures, and is written in the one way.
    """
    if not isinstance(jwk, Mapping):
        raise UnfitKey("is no JSON Web Key")
    if not _PRIVATE.isdisjoint(jwk):
        raise UnfitKey(
            "holds its private part: it is known to others now, so make a new pair, and send the public part alone",
            is_private=True,
        )
    kind = _kind_of(jwk)
    _check_use(jwk, kind)
    members = {"kty": jwk["kty"], **{name: jwk.get(name) for name in kind.members}}
    if not all(isinstance(value, str) and len(value) <= MAX_MEMBER_LENGTH for value in members.values()):
        raise UnfitKey("lacks one of its members, or has one that is no text or too long")
    return PublicKey(kind, _imported(kind, members), members)


def _kind_of(jwk: Mapping[str, object]) -> Kind:
    type, curve = jwk.get("kty"), jwk.get("crv")
    kind = _KINDS.get((type, curve)) if isinstance(type, str) and isinstance(curve, str | None) else None
    if kind is None:
        raise UnfitKey("is of no kind that is taken: EC on P-256 or P-384, OKP on Ed25519, or RSA")
    return kind


def _check_use(jwk: Mapping[str, object], kind: Kind) -> None:
    operations = jwk.get("key_ops", ["verify"])
    if jwk.get("use", "sig") != "sig" or not isinstance(operations, list) or "verify" not in operations:
        raise UnfitKey("is not for checking signatures, by its `use` or `key_ops`")
    if jwk.get("alg", kind.algorithms[0]) not in kind.algorithms:
        raise UnfitKey(f"is for another algorithm than {' or '.join(kind.algorithms)}, which its kind signs with")


def _imported(kind: Kind, members: Mapping[str, str]) -> Key:
    try:
        if kind is RSA and base64_to_int(members["n"]).bit_length() not in RSA_BITS:
            raise UnfitKey(f"is of RSA, and does not have {RSA_BITS.start:,} to {RSA_BITS.stop - 1:,} bits")
        if kind is RSA and members["e"] != RSA_EXPONENT:
            raise UnfitKey("is of RSA with another exponent than 65537")
        key = kind.type.import_key(dict(members))
        # Each kind of key has the binding that takes it, which the library's types do not say.
        written = {"kty": members["kty"], **key.binding.export_public_key(key.public_key)}  # type: ignore[arg-type]
    except (JoseError, TypeError, ValueError) as error:
        if isinstance(error, UnfitKey):
            raise
        raise UnfitKey("is damaged") from None
    if written != members:
        # Else one key would have several thumbprints.
        raise UnfitKey("is not written in the one way that RFC 7518 has for it")
    if kind is ED25519 and _is_weak(members["x"]):
        raise UnfitKey("is a point of Ed25519 that anybody can sign for")
    return key


def _is_weak(x: str) -> bool:
    point = bytearray(urlsafe_b64decode(to_bytes(x)))
    point[-1] &= 0x7F
    return point.hex() in WEAK
