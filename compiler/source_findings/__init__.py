"""Findings about configurations of gateways as they are written, one file each."""
