"""The wordings of the exchange, read from its sources: what it tells is one of them, or comes from somewhere else."""

import ast
import re
from functools import cache
from pathlib import Path

APP = Path(__file__).resolve().parents[2] / "app"
# What stands in a wording for what it speaks of: a name of the schema, a number, a list of them.
_GAP = r"[\s\S]{1,200}"
# Letters that a wording has of its own at least; one that is mostly gaps would fit whatever is said.
_OWN_LETTERS = 8
# A message about a variable says first which part of it.
_PLACE = re.compile(r"\$\w+[\w.\[\]]*: ")


def is_ours(message: str) -> bool:
    return any(wording.fullmatch(_PLACE.sub("", message, count=1)) for wording in _wordings())


def is_our_word(text: str) -> bool:
    """Whether it is a part of what we would say anyway."""
    return any(text in sentence for sentence in _sentences())


@cache
def _wordings() -> list[re.Pattern[str]]:
    return [re.compile(_GAP.join(map(re.escape, sentence.split("\0")))) for sentence in _sentences()]


@cache
def _sentences() -> frozenset[str]:
    """Every sentence in the sources, with gaps where something is put in."""
    found = {text for path in APP.rglob("*.py") for text in _texts(ast.parse(path.read_text()))}
    return frozenset(text for text in found if text.endswith(".") and sum(map(str.isalpha, text)) >= _OWN_LETTERS)


def _texts(tree: ast.AST) -> list[str]:
    """Texts of the code; a gap is a NUL. Those for `format` have braces for gaps."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            found.append("".join(part.value if isinstance(part, ast.Constant) else "\0" for part in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value.replace("{}", "\0"))
    return found
