"""Every runtime over the same tables and requests, beside what one would use instead in its language."""
