"""Interlock measured beside other ways of answering the same question; see README.md."""
