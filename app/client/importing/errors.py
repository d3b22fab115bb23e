"""What may keep an import from going on, beside what the exchange answers."""

from ..errors import ClientError, Misconfigured


class AtWork(ClientError):
    """Another process imports the same file in the same way."""


class FileChanged(Misconfigured):
    """The file is not what it was when its import began."""


class Unwritable(ClientError):
    """The disk does not take what has to be kept: the journal, or the file of rejected rows."""
