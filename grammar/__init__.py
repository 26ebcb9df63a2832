"""The grammar of the Interlock language, as data."""
