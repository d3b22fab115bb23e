"""Delivery: takes what the spool and applications left, and sends it until the exchange has answered each report."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .. import operations, private_files
from ..conversation import Patience
from ..errors import Busy, ClientError, Refused, Unexpected, Unreachable
from ..exchange import Exchange
from . import batches, lines, spool
from .batches import Batch
from .decisions import Rules
from .outbox import Outbox
from .stopping import Stop

# The exchange is asked once at a time: what comes after a failure, and the waiting for it, is decided here, where it
# outlasts the process and can be interrupted.
ONE_TRY: Final = Patience(attempts=1)
# Between failures: while the exchange is away, it is asked about twice a minute.
PATIENCE: Final = Patience(seconds=120.0, first_seconds=0.5, longest_seconds=60.0)
# Seconds between two looks at the spool and the outbox while there is nothing to do.
IDLE_SECONDS: Final = 1.0

# The exchange does not take calls of this client, or of this program: nothing is wrong with the reports.
_NOT_FOR_US: Final = frozenset({"FORBIDDEN", "UNAUTHENTICATED", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"})
# The exchange failed, or lacked time. A call on which it does so this often while it answers others is to blame itself.
_DOUBTFUL: Final = frozenset({"TOO_MANY", "INTERNAL_SERVER_ERROR", "UNEXPECTED"})
_DOUBTS: Final = 4


@dataclass
class Deliverer:
    """Delivers one outbox. `patience`: of a delivery that is to come to its end, and the pauses of any."""

    outbox: Outbox
    exchange: Exchange
    rules: Rules | None = None
    spool: Path | None = None
    patience: Patience = PATIENCE
    stop: Stop = field(default_factory=Stop)
    # Reports and lines that were parked by it.
    parked: int = 0
    _failures: int = 0
    _waited: float = 0.0
    # Whether erased reports are left in the journal.
    _is_untidy: bool = True

    def deliver_all(self) -> None:
        """Deliver all that is there now, and end.

        Raises: ClientError when it is to no purpose to go on, or the patience is at its end; nothing is lost.
        """
        self._deliver(follow=False)

    def follow(self) -> None:
        """Deliver all that is there and all that comes, until it is stopped.

        Raises: ClientError when it is to no purpose to go on; nothing is lost.
        """
        self._deliver(follow=True)

    def _deliver(self, follow: bool) -> None:
        while not self.stop.wished:
            self._take_in()
            batch = batches.next_due(self.outbox)
            if batch is not None:
                self._send(batch, follow)
                continue
            self._tidy()
            due = batches.seconds_until_due(self.outbox)
            if due is None and not follow:
                return
            self.stop.wait(IDLE_SECONDS if due is None else min(IDLE_SECONDS, due))
        self._tidy()

    def _tidy(self) -> None:
        if self._is_untidy:
            self.outbox.database.tidy()
            self._is_untidy = False

    def _take_in(self) -> None:
        if self.spool is not None:
            spool.take_in(self.outbox, self.spool, self.stop)
        self.parked += lines.read_all(self.outbox, self.rules)

    def _send(self, batch: Batch, follow: bool) -> None:
        try:
            answered = self.exchange.ask(operations.record(batch.rows, key=batch.key))
        except Refused as refused:
            self._refused(batch, refused, follow)
        except (Busy, Unreachable) as error:
            self._pause(error, follow)
        except Unexpected as error:
            self._doubt(batch, Refused("UNEXPECTED", str(error)), follow)
        except ClientError as error:
            self.outbox.note_error(str(error))
            raise
        else:
            self.parked += batches.settle(self.outbox, batch, answered)
            self._failures, self._waited, self._is_untidy = 0, 0.0, True

    def _refused(self, batch: Batch, refused: Refused, follow: bool) -> None:
        if refused.code in _NOT_FOR_US:
            self.outbox.note_error(str(refused))
            raise refused
        if refused.code in _DOUBTFUL:
            self._doubt(batch, refused, follow)
        elif refused.code == "CONFLICT" and batch.tries == 0:
            batches.renew_key(self.outbox, batch)
        else:
            self.parked += batches.isolate(self.outbox, batch, refused)

    def _doubt(self, batch: Batch, refused: Refused, follow: bool) -> None:
        """Others go on meanwhile. Only while the exchange answers something else is the call itself to blame."""
        if batch.tries >= _DOUBTS and self._exchange_answers():
            self.parked += batches.isolate(self.outbox, batch, refused)
            return
        batches.put_off(self.outbox, batch, self.patience.pause(batch.tries + 1, 0.0))
        self._pause(refused, follow)

    def _exchange_answers(self) -> bool:
        try:
            self.exchange.ask(operations.viewer())
        except ClientError:
            return False
        return True

    def _pause(self, error: ClientError, follow: bool) -> None:
        """Raises: the error, once the patience of a delivery that is to end is at its end."""
        self.outbox.note_error(str(error))
        self._failures += 1
        pause = self.patience.pause(self._failures, error.retry_seconds if isinstance(error, Busy) else 0.0)
        if not follow and self._waited + pause > self.patience.seconds:
            raise error
        self._waited += pause
        self.stop.wait(pause)


def deliver(outbox: Outbox, exchange: Exchange) -> None:
    """Deliver all that is in the outbox now; best with an exchange of `Patience(attempts=1)`, as this has its own.

    Raises: NotReady while another delivers it; ClientError when it is to no purpose to go on; nothing is lost.
    """
    with alone(outbox):
        Deliverer(outbox, exchange).deliver_all()


def alone(outbox: Outbox) -> AbstractContextManager[None]:
    """Raises: NotReady while another delivers this outbox. Applications may put all the same."""
    lock = outbox.database.path.with_suffix(".lock")
    return private_files.claimed(lock, "Another process delivers this outbox already.")
