"""HTTP: tokens, health and the GraphQL endpoint."""
