"""Configurations of gateways as policies: one folder a gateway, and what they share."""
