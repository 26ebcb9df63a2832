"""The command line; the only room that writes text for people."""
