"""Where things are kept: the only package that opens files of the data directory."""

from seawall.store.schema import EVENTS, VIEWS
from seawall.store.views import Views

__all__ = ["EVENTS", "VIEWS", "Views"]
