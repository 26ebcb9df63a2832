"""The language: from policy text to a resolved Policy."""
