"""Envoy AI Gateway: its Kubernetes resources, read as a policy."""
