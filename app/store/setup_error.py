"""What stops the exchange from starting and can be told to the person who starts it."""


class SetupError(Exception):
    """The exchange cannot start; the message says what is wrong and what to do, and holds no secret."""
