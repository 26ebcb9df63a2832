"""The standard modules (std/) and ready-made policies, as data."""
