"""Kong: a decK file as a policy. `docs/gateways/kong.md` says how Kong routes and how we know."""
