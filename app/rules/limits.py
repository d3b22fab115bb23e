"""How much one request may ask for, send, and take."""

from app.errors import InvalidInput, Refusal

# --- HTTP -----------------------------------------------------------------------------------------------------------

# Bytes of a request's head: the longest query string, the longest token, and as much again for the rest.
MAX_HEAD_BYTES = 32 * 1024

# Headers of a request. Browsers and proxies together send about 40.
MAX_HEADERS = 100

# Seconds until a head must have arrived, from the answer to the request before it; keep-alive ends after 5.
HEAD_SECONDS = 10.0

# Bytes of a request body: 1,000 drafts of 5 KB each. Longer files are sent in parts.
MAX_BODY_BYTES = 5 * 1024 * 1024

# Seconds until a body must have arrived. A client that sends slower than this holds a connection for nothing.
BODY_SECONDS = 30.0

# Bytes of the query string of a GET. Proxies commonly cut at 8 to 32 KiB, so longer documents need POST.
MAX_QUERY_STRING_BYTES = 16 * 1024

# Characters of an `Accept` header; the longest of common clients has about 150.
MAX_ACCEPT_LENGTH = 1_024

# --- Documents ------------------------------------------------------------------------------------------------------

# Bytes of one GraphQL document in UTF-8. Values belong into variables.
MAX_DOCUMENT_BYTES = 128 * 1024

# Tokens of one document. Parsing and validating take up to 15 µs per token, and nothing else runs
# meanwhile: 150 ms at the most.
MAX_DOCUMENT_TOKENS = 10_000

# Comments of one document; they are skipped, but cost as much as a token.
MAX_DOCUMENT_COMMENTS = 1_000

# Operations and fragments of one document. A thousand small ones take a third of a second to validate.
MAX_DEFINITIONS = 100

# Levels of fields. The standard introspection query has 15.
MAX_DEPTH = 15

# Fields of one operation, fragments expanded.
MAX_FIELDS = 2_000

# Spreads and inline fragments of one operation, fragments expanded: without fields of their own, they still cost.
MAX_SPREADS = 1_000

# Aliases of one operation, fragments expanded. Aliases are how one field is asked for many times.
MAX_ALIASES = 50

# Directives as written in one document.
MAX_DIRECTIVES = 50

# Fields at the root of a query, fragments expanded: they run side by side, each with a connection of its own.
MAX_ROOT_QUERIES = 50

# Fields at the root of a mutation: they run one after the other, each a transaction, under one deadline.
MAX_ROOT_MUTATIONS = 10

# Selection sets inside each other, fragments included. Far beyond what the depth allows to be of use; it keeps the
# walks from exhausting Python's stack.
MAX_NESTING = 100

# Errors told about one document or its variables; the first ones are what people read.
MAX_ERRORS = 20

# Errors of fields in one answer; a list of 1,000 items could have as many.
MAX_FIELD_ERRORS = 100

# Units of work for comparing fields that answer under one name; each pair costs two. The library's own default of
# 500,000 takes a second. Raise it if an honest document is refused.
OVERLAP_BUDGET = 20_000

# --- Input ----------------------------------------------------------------------------------------------------------

# Items of any list in arguments and variables: drafts, values to match, links, feedback, ids.
MAX_LIST_ITEMS = 1_000


def check_page(first: int) -> None:
    """Raises: InvalidInput for a page of no items, or of too many."""
    if not 1 <= first <= MAX_LIST_ITEMS:
        raise InvalidInput(f"A page has 1 to {MAX_LIST_ITEMS:,} items.", field="first", reason=Refusal.OUT_OF_RANGE)


# Values in all variables together: 1,000 drafts of 200 values each.
MAX_VARIABLE_VALUES = 200_000

# Levels of objects and lists in the variables. No input type nests this deep.
MAX_VARIABLE_DEPTH = 32

# Characters of an operation's name.
MAX_OPERATION_NAME_LENGTH = 128

# --- Time -----------------------------------------------------------------------------------------------------------

# Seconds until an operation is stopped. An upload of 1,000 drafts takes well under one.
QUERY_SECONDS = 10.0
MUTATION_SECONDS = 30.0

# Seconds for each check of readiness; whoever asks does so every few seconds.
CHECK_SECONDS = 2.0

# --- Subscriptions --------------------------------------------------------------------------------------------------

# Signals, events of a case or findings of one event. Of each subscription one event is in memory.
MAX_EVENT_ITEMS = 100

# Bytes of a message on a WebSocket, as of the body of a request.
MAX_MESSAGE_BYTES = MAX_BODY_BYTES

# Characters of the id of an operation on a socket. Clients send a UUID or a number.
MAX_OPERATION_ID_LENGTH = 128

# Seconds until a client that opened a socket must have said who it is.
SOCKET_INIT_SECONDS = 5.0

# Sockets of one address that have not said yet who they are.
MAX_NEW_SOCKETS = 20

# Sockets and event streams of one client at a time, in one process.
MAX_CLIENT_STREAMS = 100

# Operations of one socket at a time.
MAX_SOCKET_OPERATIONS = 50

# Seconds after which a socket without any operation is closed.
SOCKET_IDLE_SECONDS = 300.0

# Seconds until a message must have gone out to a client that does not take what was sent before; and until what is
# closed is cut off, as the client may not take that either.
SEND_SECONDS = 15.0
CLOSE_SECONDS = 5.0

# Seconds between two signs of life to a client that nothing is sent to. Proxies commonly give up after 60.
PING_SECONDS = 20.0

# --- Kept documents -------------------------------------------------------------------------------------------------

# A parsed document takes about 150 bytes of memory per byte of text: 75 MB when the cache is full.
MAX_KEPT_DOCUMENTS = 1_000
MAX_KEPT_BYTES = 512 * 1024
# Statements of the read engine, and their bytes in memory together: a few for each document that is kept.
MAX_KEPT_PLANS = 4_000
MAX_KEPT_PLAN_BYTES = 64 * 1024 * 1024
# Bytes of one document that is worth keeping; the larger ones are rarely sent twice.
MAX_KEPT_DOCUMENT_BYTES = 16 * 1024
