"""TLP 2.0, as OASIS defines it for STIX 2.1: how far an object may be passed on.

Source of the ids: oasis-open/cti-stix-common-objects, extension-definition-specifications/tlp-2.0.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from .names import StixObject

_EXTENSION: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"

# By handling, the strictest first.
_IDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "RED": "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
        "AMBER_STRICT": "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
        "AMBER": "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
        "GREEN": "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
        "CLEAR": "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    }
)


def marked(*handlings: str) -> list[str]:
    """`object_marking_refs` of what is of these handlings: the strictest, also where none is known."""
    return [next((id for handling, id in _IDS.items() if handling in handlings), _IDS["RED"])]


def _definition(handling: str, id: str) -> StixObject:
    level = handling.replace("_", "+")
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": id,
        "created": "2022-10-01T00:00:00.000Z",
        "name": f"TLP:{level}",
        "extensions": {_EXTENSION: {"extension_type": "property-extension", "tlp_2_0": level.lower()}},
    }


DEFINITIONS: Final = tuple(_definition(handling, id) for handling, id in _IDS.items())
