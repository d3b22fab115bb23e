"""What may go wrong between a participant and the exchange."""


class ClientError(Exception):
    """The message is for people: it says what to do, and holds no value, token or secret."""


class Misconfigured(ClientError):
    """What this side was told, by settings or arguments, cannot work."""


class NotSignedIn(ClientError):
    """The exchange gives no token for these credentials, or no longer takes the one that it gave."""


class Unreachable(ClientError):
    """No answer came, as often as was tried; whether the call was carried out is not known."""


class Busy(ClientError):
    """The exchange asked to wait for longer than the caller's patience lasts."""

    def __init__(self, message: str, retry_seconds: float) -> None:
        super().__init__(message)
        self.retry_seconds = retry_seconds


class Unexpected(ClientError):
    """The answer is not what the exchange's schema promises; perhaps a proxy gave it, or the program is too old."""


class Refused(ClientError):
    """The exchange refused a whole call: nothing of it was carried out.

    `code` is stable (BAD_USER_INPUT, FORBIDDEN, NOT_FOUND, CONFLICT, TOO_MANY, INTERNAL_SERVER_ERROR, …); `field` and
    `reason` say more where the exchange does.
    """

    def __init__(self, code: str, message: str, field: str | None = None, reason: str | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.field = field
        self.reason = reason


class NotReady(ClientError):
    """The local state does not allow it yet, or another process is at work on it."""
