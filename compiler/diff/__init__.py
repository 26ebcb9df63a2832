"""Two versions of a policy compared by what they do."""
