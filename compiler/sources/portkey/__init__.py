"""Portkey: a gateway config as a policy. `docs/gateways/portkey.md` says how Portkey routes and how we know."""
