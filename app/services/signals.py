"""Finding signals by what is said about them."""

from app.rules import signal_lists as rules
from app.rules.scopes import Scope
from app.services.lists import Finder
from app.store import signal_lists

# The signals that the actor sees and that meet a filter, in its order; InvalidInput for what no index answers.
find = Finder(Scope.SIGNALS_READ, signal_lists.find, lambda _, wanted: rules.check(wanted))
