"""Names that people give to participants, groups and API clients."""

from app.errors import InvalidInput, Refusal

# Characters; the longest registered name of a company that we know of has 94.
MAX_NAME_LENGTH = 100


def check_name(name: str) -> str:
    """The name without white space at its ends.

    Raises: InvalidInput unless 1 to 100 printable characters remain.
    """
    trimmed = name.strip()
    if not 1 <= len(trimmed) <= MAX_NAME_LENGTH or not trimmed.isprintable():
        raise InvalidInput(
            f"A name is 1 to {MAX_NAME_LENGTH} printable characters.", field="name", reason=Refusal.NOT_A_NAME
        )
    return trimmed
