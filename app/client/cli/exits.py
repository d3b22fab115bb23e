"""How a command ends: the exit codes that scripts may rely on."""

from typing import Final

from ..errors import Busy, ClientError, Misconfigured, NotReady, NotSignedIn, Refused, Unreachable

DONE: Final = 0
# It ran to its end, and some rows or reports were rejected; where, it says.
SOME_REJECTED: Final = 1
# The command line, a file or the configuration is wrong.
USAGE: Final = 2
# No token, or one that does not allow this.
NOT_ALLOWED: Final = 3
# The exchange does not answer, or not now: try again later.
LATER: Final = 4
# The exchange refused.
REFUSED: Final = 5
# The local state does not allow it: a replica that is not there or not complete, another process at work.
NOT_READY: Final = 6
# A fault of this program; what it had done stays done.
FAULT: Final = 70
# By Ctrl-C, as shells have it.
STOPPED: Final = 130


def of_error(error: ClientError) -> int:
    match error:
        case Misconfigured():
            return USAGE
        case NotSignedIn() | Refused(code="FORBIDDEN" | "UNAUTHENTICATED"):
            return NOT_ALLOWED
        case Busy() | Unreachable() | Refused(code="TOO_MANY" | "RATE_LIMITED" | "INTERNAL_SERVER_ERROR"):
            return LATER
        case NotReady():
            return NOT_READY
    return REFUSED
