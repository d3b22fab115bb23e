"""From a file to the exchange: every row exactly once in effect, whatever breaks off on the way."""
