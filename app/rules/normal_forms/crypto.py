"""Addresses of crypto-currencies: read with the checksum they carry."""

import re
from dataclasses import dataclass
from typing import Final

import base58
import bech32
from eth_hash.auto import keccak

from ...errors import Refusal
from .refusals import refuse

# The longest is a segwit address (BIP 173); also keeps base58, whose cost grows with the square, short.
_ADDRESS_LIMIT: Final = 90

# BIP 350: what the checksum of witness version 1 and above leaves; version 0 leaves 1 (BIP 173).
_BECH32M: Final = 0x2BC830A3
_BECH32: Final = 1


@dataclass(frozen=True, slots=True)
class Chain:
    """How one chain writes its addresses: base58 version bytes, and the prefix of segwit ones."""

    uri: str
    versions: frozenset[int]
    segwit: str | None = None
    test_versions: frozenset[int] = frozenset()
    test_segwit: tuple[str, ...] = ()
    # Version bytes of exported private keys (WIF).
    key_versions: frozenset[int] = frozenset()


CHAINS: Final = {
    "btc": Chain("bitcoin", frozenset({0, 5}), "bc", frozenset({0x6F, 0xC4}), ("tb", "bcrt"), frozenset({0x80, 0xEF})),
    "ltc": Chain("litecoin", frozenset({0x30, 0x32}), "ltc", frozenset({0x6F, 0x3A}), ("tltc",), frozenset({0xB0})),
    "doge": Chain("dogecoin", frozenset({0x1E, 0x16}), key_versions=frozenset({0x9E})),
    "trx": Chain("tron", frozenset({0x41})),
}

_ETH = re.compile(r"0[xX][0-9a-fA-F]{40}")
_ETH_URI = re.compile(r"ethereum:(?:pay-)?([^@/?]*).*", re.IGNORECASE | re.DOTALL)
_BURNED: Final = frozenset({"0x" + "0" * 40, "0x" + "0" * 36 + "dead"})


def read_address(chain: Chain, text: str) -> str:
    """A base58 or segwit address as its chain writes it, out of a payment URI if it stands in one.

    Raises: InvalidInput for a wrong checksum, a test network, a private key.
    """
    head, colon, rest = text.partition(":")
    address = rest.partition("?")[0] if colon and head.lower() == chain.uri else text
    if len(address) > _ADDRESS_LIMIT:
        raise refuse(Refusal.NOT_A_PAYMENT_HANDLE)
    prefix = address.lower().rpartition("1")[0]
    if chain.segwit is not None and prefix in (chain.segwit, *chain.test_segwit):
        return _read_segwit(chain, prefix, address)
    return _read_base58(chain, address)


def read_eth(text: str) -> str:
    """Forty lower-case digits after `0x`; mixed case is the checksum of EIP-55.

    Raises: InvalidInput for anything else, or for a checksum that does not fit.
    """
    uri = _ETH_URI.fullmatch(text)
    address = uri[1] if uri else text
    if not _ETH.fullmatch(address):
        raise refuse(Refusal.NOT_A_PAYMENT_HANDLE)
    digits = address[2:]
    lower = digits.lower()
    if digits not in (lower, digits.upper()) and digits != _eip55(lower):
        raise refuse(Refusal.WRONG_CHECKSUM)
    return f"0x{lower}"


def is_burned(address: str) -> bool:
    """Whether an Ethereum address is one that nobody can hold the key of."""
    return address in _BURNED


def _eip55(lower: str) -> str:
    digest = keccak(lower.encode()).hex()
    return "".join(digit.upper() if int(mark, 16) >= 8 else digit for digit, mark in zip(lower, digest, strict=False))


def _read_base58(chain: Chain, address: str) -> str:
    try:
        payload = base58.b58decode_check(address)
    except ValueError:
        raise refuse(Refusal.WRONG_CHECKSUM) from None
    version = payload[0] if payload else -1
    if version in chain.key_versions and len(payload) in (33, 34):
        raise refuse(Refusal.PRIVATE_KEY)
    if len(payload) != 21:
        raise refuse(Refusal.NOT_A_PAYMENT_HANDLE)
    if version in chain.test_versions:
        raise refuse(Refusal.TEST_NETWORK)
    if version not in chain.versions:
        raise refuse(Refusal.NOT_A_PAYMENT_HANDLE)
    return address


def _read_segwit(chain: Chain, prefix: str, address: str) -> str:
    lower = address.lower()
    if address not in (lower, address.upper()):
        raise refuse(Refusal.WRONG_CHECKSUM)
    digits = [bech32.CHARSET.find(char) for char in lower[len(prefix) + 1 :]]
    if len(digits) < 7 or min(digits) < 0:
        raise refuse(Refusal.NOT_A_PAYMENT_HANDLE)
    version, program = digits[0], bech32.convertbits(digits[1:-6], 5, 8, False)
    left = bech32.bech32_polymod(bech32.bech32_hrp_expand(prefix) + digits)
    if left != (_BECH32M if version else _BECH32):
        raise refuse(Refusal.WRONG_CHECKSUM)
    if not _is_program(version, program):
        raise refuse(Refusal.NOT_A_PAYMENT_HANDLE)
    if prefix != chain.segwit:
        raise refuse(Refusal.TEST_NETWORK)
    return lower


def _is_program(version: int, program: list[int] | None) -> bool:
    """BIP 141: at most version 16, 2 to 40 bytes, version 0 only 20 or 32."""
    if program is None or version > 16 or not 2 <= len(program) <= 40:
        return False
    return version > 0 or len(program) in (20, 32)
