"""The public parts of keys in a file, which alone are told to the exchange."""

from pathlib import Path
from typing import Any

import orjson
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from .errors import Misconfigured


def read_public_keys(file: Path) -> str:
    """A set of public keys as JSON text, from a key or a set of them, private or not.

    Raises: Misconfigured.
    """
    try:
        said = orjson.loads(file.read_bytes())
        keys = [_public(key) for key in said.get("keys", [said])]
    except OSError as error:
        raise Misconfigured(f"{file} cannot be read: {error.strerror}.") from None
    except (JoseError, ValueError, TypeError, AttributeError, KeyError):
        raise Misconfigured(f"{file} holds neither a JSON Web Key nor a set of them.") from None
    return orjson.dumps({"keys": keys}).decode()


def _public(key: dict[str, Any]) -> dict[str, Any]:
    """Raises: TypeError for a key that has no public part."""
    read = JWKRegistry.import_key(key)
    if not isinstance(read, ECKey | OKPKey | RSAKey):
        raise TypeError("no pair of keys")
    return dict(read.as_dict(private=False))
