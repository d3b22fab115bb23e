"""Why the engine gives no answer."""


class Unanswerable(Exception):
    """The standard executor is to answer. It holds words of ours alone: they are shown to developers and counted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
