"""Why the engine leaves an operation to the standard executor."""


class Unanswerable(Exception):
    """Holds words of ours alone: they are shown to developers and counted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
