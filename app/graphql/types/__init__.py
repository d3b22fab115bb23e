"""The nouns that clients see."""
