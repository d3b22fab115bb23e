"""The partner's side: a client of the exchange, what is kept with it, and the command line."""
