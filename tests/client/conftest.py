"""What tests of the partner's side share."""

from tests.client.installed import installed

__all__ = ["installed"]
