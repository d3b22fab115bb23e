"""What may go wrong and be told: every error that a client can cause."""

from enum import StrEnum
from typing import ClassVar


class Refusal(StrEnum):
    """Which rule an input breaks. Words are added, never changed or removed: stored answers name them too."""

    # Any input
    TOO_SHORT = "TOO_SHORT"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    WRONG_TYPE = "WRONG_TYPE"
    NOT_A_NAME = "NOT_A_NAME"
    NOT_A_SLUG = "NOT_A_SLUG"
    NOT_FOR_THIS_CALL = "NOT_FOR_THIS_CALL"
    NOT_FOUND = "NOT_FOUND"
    DUPLICATE_IN_BATCH = "DUPLICATE_IN_BATCH"
    BAD_CURSOR = "BAD_CURSOR"
    RESYNC_REQUIRED = "RESYNC_REQUIRED"
    WOULD_SCAN = "WOULD_SCAN"

    # Times
    OFFSET_REQUIRED = "OFFSET_REQUIRED"
    IN_THE_FUTURE = "IN_THE_FUTURE"
    IN_THE_PAST = "IN_THE_PAST"
    EMPTY_PERIOD = "EMPTY_PERIOD"
    PERIOD_TOO_LONG = "PERIOD_TOO_LONG"

    # What is said of a signal
    VIOLATION_REQUIRED = "VIOLATION_REQUIRED"
    SECOND_REVIEWER_REQUIRED = "SECOND_REVIEWER_REQUIRED"
    GRADE_NEEDS_HASH = "GRADE_NEEDS_HASH"
    HANDLING_TOO_OPEN = "HANDLING_TOO_OPEN"
    PROTECTED_SUBJECT = "PROTECTED_SUBJECT"
    TOO_MANY_GROUPS = "TOO_MANY_GROUPS"
    REVIEWED_BY_A_PERSON = "REVIEWED_BY_A_PERSON"

    # Feedback
    REASON_REQUIRED = "REASON_REQUIRED"
    REASON_CONTRADICTS_VERDICT = "REASON_CONTRADICTS_VERDICT"
    FALSE_POSITIVE_REQUIRED = "FALSE_POSITIVE_REQUIRED"
    REVIEW_REQUIRED = "REVIEW_REQUIRED"
    MANUAL_REVIEW_REQUIRED = "MANUAL_REVIEW_REQUIRED"
    CONFIRMATION_REQUIRED = "CONFIRMATION_REQUIRED"
    ATTESTATION_REQUIRED = "ATTESTATION_REQUIRED"
    DUPLICATE_ACTION = "DUPLICATE_ACTION"
    ONLY_OWN_CONTRIBUTION = "ONLY_OWN_CONTRIBUTION"

    # Links, guard lists and clients
    NOT_A_PUBLIC_KEY = "NOT_A_PUBLIC_KEY"
    EQUAL_ENDS = "EQUAL_ENDS"
    NOT_YOUR_SIGNAL = "NOT_YOUR_SIGNAL"
    UNSUPPORTED_NETWORK = "UNSUPPORTED_NETWORK"
    UNKNOWN_SCOPE = "UNKNOWN_SCOPE"
    SCOPE_NOT_ALLOWED = "SCOPE_NOT_ALLOWED"

    # People
    ROLE_NOT_ALLOWED = "ROLE_NOT_ALLOWED"
    NOT_A_REDIRECT_URI = "NOT_A_REDIRECT_URI"
    EASY_PASSWORD = "EASY_PASSWORD"  # noqa: S105  # a word for a refusal

    # Requests
    UNKNOWN_OPERATION = "UNKNOWN_OPERATION"
    MALFORMED = "MALFORMED"
    WRONG_METHOD = "WRONG_METHOD"
    WRONG_MEDIA_TYPE = "WRONG_MEDIA_TYPE"

    # Trusted documents
    NOT_RUNNABLE = "NOT_RUNNABLE"
    UNNAMED_OPERATION = "UNNAMED_OPERATION"
    TEXT_IN_DOCUMENT = "TEXT_IN_DOCUMENT"

    # Values and their hints
    TOO_LONG = "TOO_LONG"
    EMPTY = "EMPTY"
    NOT_UNICODE = "NOT_UNICODE"
    CONTROL_CHARACTER = "CONTROL_CHARACTER"
    NOT_AN_EMAIL_ADDRESS = "NOT_AN_EMAIL_ADDRESS"
    NOT_A_USERNAME = "NOT_A_USERNAME"
    NOT_A_PHONE_NUMBER = "NOT_A_PHONE_NUMBER"
    PHONE_EXTENSION = "PHONE_EXTENSION"
    NOT_AN_IP_ADDRESS = "NOT_AN_IP_ADDRESS"
    NOT_A_URL = "NOT_A_URL"
    NOT_A_DOMAIN = "NOT_A_DOMAIN"
    NOT_A_HASH = "NOT_A_HASH"
    NOT_A_PAYMENT_HANDLE = "NOT_A_PAYMENT_HANDLE"
    WRONG_CHECKSUM = "WRONG_CHECKSUM"
    PRIVATE_KEY = "PRIVATE_KEY"
    TEST_NETWORK = "TEST_NETWORK"
    PLATFORM_REQUIRED = "PLATFORM_REQUIRED"
    SCHEME_REQUIRED = "SCHEME_REQUIRED"
    REGION_REQUIRED = "REGION_REQUIRED"
    OBSERVED_AT_REQUIRED = "OBSERVED_AT_REQUIRED"
    UNKNOWN_SCHEME = "UNKNOWN_SCHEME"
    UNKNOWN_REGION = "UNKNOWN_REGION"
    UNKNOWN_LANGUAGE = "UNKNOWN_LANGUAGE"
    NOT_A_MEDIA_TYPE = "NOT_A_MEDIA_TYPE"
    NOT_A_QUALITY = "NOT_A_QUALITY"
    LOW_QUALITY = "LOW_QUALITY"
    UNSUPPORTED_URL_SCHEME = "UNSUPPORTED_URL_SCHEME"
    USERINFO_IN_URL = "USERINFO_IN_URL"
    NO_HOST_IN_URL = "NO_HOST_IN_URL"
    IP_ADDRESS_AS_DOMAIN = "IP_ADDRESS_AS_DOMAIN"
    PUBLIC_SUFFIX = "PUBLIC_SUFFIX"
    RESERVED_ADDRESS = "RESERVED_ADDRESS"
    HASH_OF_NOTHING = "HASH_OF_NOTHING"
    DEGENERATE_HASH = "DEGENERATE_HASH"
    DEGENERATE_ADDRESS = "DEGENERATE_ADDRESS"
    BANK_ACCOUNT = "BANK_ACCOUNT"
    CARD_NUMBER = "CARD_NUMBER"
    SHORT_KEYWORD = "SHORT_KEYWORD"
    TOP_SITE = "TOP_SITE"
    ROLE_ADDRESS = "ROLE_ADDRESS"
    COMMON_WORD = "COMMON_WORD"
    SHARED_INFRASTRUCTURE = "SHARED_INFRASTRUCTURE"


class ExchangeError(Exception):
    """A refusal that a client can cause and act upon.

    `message` is for people and never contains a value, a token or a hash; `code` is for programs and never changes.
    """

    code: ClassVar[str]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unauthenticated(ExchangeError):
    code = "UNAUTHENTICATED"


class WrongProof(Unauthenticated):
    """The token may be good, but nothing shows that it is sent by whoever holds its key."""


class Forbidden(ExchangeError):
    """The caller's scope, status or class does not allow this."""

    code = "FORBIDDEN"


class InvalidInput(ExchangeError):
    """The input breaks a rule: `field` names which part (GraphQL spelling), `reason` says which rule."""

    code = "BAD_USER_INPUT"

    def __init__(self, message: str, *, field: str | None = None, reason: Refusal) -> None:
        super().__init__(message)
        self.field = field
        self.reason = reason


class NotFound(ExchangeError):
    """Absent, hidden or of another type: the three look the same (R3); `field` names which part of the input."""

    code = "NOT_FOUND"

    def __init__(self, noun: str, *, field: str | None = None) -> None:
        super().__init__(f"There is no such {noun}, or you may not see it.")
        self.noun = noun
        self.field = field


class ResyncRequired(ExchangeError):
    """What the caller sees changed at once: it drops its copy and reads anew (R17)."""

    code = "RESYNC_REQUIRED"

    def __init__(self) -> None:
        super().__init__("What you see changed at once: drop your copy, and read the collection anew, without `next`.")


class Conflict(ExchangeError):
    code = "CONFLICT"


class TooMany(ExchangeError):
    """More than a limit allows; see `app/rules/limits.py`."""

    code = "TOO_MANY"


class RateLimited(ExchangeError):
    """More than a client may ask for in a time; it may ask again after `retry_seconds`."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, retry_seconds: int) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds
