"""The reasons for which a value is refused, with sentences for people."""

from collections.abc import Mapping
from types import MappingProxyType

from ...errors import InvalidInput, Refusal

SENTENCES: Mapping[Refusal, str] = MappingProxyType(
    {
        Refusal.TOO_LONG: "This is longer than its type allows.",
        Refusal.EMPTY: "Nothing is left of this once white space is taken off.",
        Refusal.NOT_UNICODE: "This holds half of a surrogate pair, which is not a character.",
        Refusal.CONTROL_CHARACTER: "This holds a control character.",
        Refusal.NOT_AN_EMAIL_ADDRESS: "This is not an e-mail address: give `local@domain` alone, without a name.",
        Refusal.NOT_A_USERNAME: "This is not a username: give it with at most one `@` in front.",
        Refusal.NOT_A_PHONE_NUMBER: "This is not a possible telephone number.",
        Refusal.PHONE_EXTENSION: "This has an extension; leave it off only if the whole number is meant.",
        Refusal.NOT_AN_IP_ADDRESS: "This is not one IPv4 or IPv6 address: leave off ports, ranges and zones.",
        Refusal.NOT_A_URL: "This is not an absolute URL under the URL standard.",
        Refusal.NOT_A_DOMAIN: "This is not a host name: leave off schemes, ports and paths.",
        Refusal.NOT_A_HASH: "This is not a hash of its type: give exactly its hexadecimal digits.",
        Refusal.NOT_A_PAYMENT_HANDLE: "This is not a handle of its scheme.",
        Refusal.WRONG_CHECKSUM: "The checksum inside this value does not fit: look for a slip of the pen.",
        Refusal.PRIVATE_KEY: "This is a private key, which must never be shared.",
        Refusal.TEST_NETWORK: "This address belongs to a test network, where no money moves.",
        Refusal.PLATFORM_REQUIRED: "This type needs `platform`: the same name elsewhere is somebody else.",
        Refusal.SCHEME_REQUIRED: "This type needs `scheme`.",
        Refusal.REGION_REQUIRED: "Give the number with `+` and its country code, or add `region`.",
        Refusal.OBSERVED_AT_REQUIRED: "An address changes hands, so this type needs `observedAt`.",
        Refusal.UNKNOWN_SCHEME: "This scheme is not known.",
        Refusal.UNKNOWN_REGION: "This is not a two-letter region that has telephone numbers.",
        Refusal.UNKNOWN_LANGUAGE: "This is not a well-formed BCP 47 language tag.",
        Refusal.NOT_A_MEDIA_TYPE: "This is not a media type such as `image/jpeg`.",
        Refusal.NOT_A_QUALITY: "A quality is a whole number from 0 to 100.",
        Refusal.LOW_QUALITY: "Pictures of quality under 50 match by chance.",
        Refusal.UNSUPPORTED_URL_SCHEME: "Only http, https and ftp addresses are shared.",
        Refusal.USERINFO_IN_URL: "This URL carries a user name or password: take it out.",
        Refusal.NO_HOST_IN_URL: "This URL names no host.",
        Refusal.IP_ADDRESS_AS_DOMAIN: "This is an IP address or a number; share it as one.",
        Refusal.PUBLIC_SUFFIX: "Everybody may register names below this one, so it points at nobody.",
        Refusal.RESERVED_ADDRESS: "This address is private, reserved or for documentation.",
        Refusal.HASH_OF_NOTHING: "This is the hash of an empty file.",
        Refusal.DEGENERATE_HASH: "This hash is one digit repeated, which no real file has.",
        Refusal.DEGENERATE_ADDRESS: "This address belongs to nobody: money sent there is gone.",
        Refusal.BANK_ACCOUNT: "Bank account numbers are not shared in clear.",
        Refusal.CARD_NUMBER: "Card numbers are not shared in clear.",
        Refusal.SHORT_KEYWORD: "Fewer than three letters match almost any text.",
        Refusal.TOP_SITE: "This is a whole well-known site; share the page that matters.",
        Refusal.ROLE_ADDRESS: "This is the address of an office or a service, not of a person.",
        Refusal.COMMON_WORD: "This is an everyday word and would match almost any text.",
        Refusal.SHARED_INFRASTRUCTURE: "Many unrelated people share this.",
    }
)


def refuse(refusal: Refusal, field: str = "value", advice: str = "") -> InvalidInput:
    """The error to raise; `field` is the input's field in GraphQL spelling, `advice` a further sentence."""
    return InvalidInput(f"{SENTENCES[refusal]} {advice}".rstrip(), field=field, reason=refusal)
