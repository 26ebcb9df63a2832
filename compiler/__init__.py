"""From a Policy to a decision table, and what can be proved about it."""
