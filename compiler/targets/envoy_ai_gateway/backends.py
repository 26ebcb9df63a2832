"""The upstreams of a policy as AIServiceBackend, Backend, BackendTLSPolicy and BackendSecurityPolicy."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from interlock.compiler.targets.addresses import host_advice, refused, served
from interlock.dsl.policy import Policy, Upstream
from interlock.dsl.record import record

Resource = dict[str, Any]

AI, EG, STANDARD = "aigateway.envoyproxy.io", "gateway.envoyproxy.io", "gateway.networking.k8s.io"
HOSTS = {"anthropic": "https://api.anthropic.com", "openai": "https://api.openai.com"}
_SCHEMAS = {
    "anthropic": "Anthropic",
    "openai": "OpenAI",
    "bedrock": "AWSAnthropic",
    "azure": "AzureOpenAI",
    "vertex": "GCPAnthropic",
    "vertex_ai": "GCPAnthropic",
}
"""In what form Envoy AI Gateway asks a provider. Anthropic's models at the clouds have forms of their own."""
_HOST = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


@record
class Place:
    """Where an upstream is: host, port, and whether it is encrypted; ``schema`` is the form in which it is asked, with
    the ``prefix`` of its paths."""

    host: str
    port: int
    tls: bool
    schema: str
    prefix: str | None


def place(upstream: Upstream) -> Place:
    """Where an upstream is, and how it is asked. Raises ``Unemittable``."""
    schema = _schema(upstream)
    if upstream.endpoint is not None and upstream.endpoint[0] == "env":
        return Place(filled(host_variable(upstream.endpoint[1])), 443, True, schema, None)
    url = HOSTS.get(upstream.provider) if upstream.endpoint is None else upstream.endpoint[1]
    if url is None and upstream.provider == "bedrock":
        return Place(f"bedrock-runtime.{aws_region(upstream)}.amazonaws.com", 443, True, schema, None)
    if url is None:
        raise refused(upstream, "nothing says where it is (write its `endpoint`)")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or parts.scheme not in ("http", "https") or parts.username or parts.query or parts.fragment:
        raise refused(upstream, f"`{url}` is no address like https://host")
    if not _HOST.fullmatch(host) or re.fullmatch(r"[0-9.]+", host):
        # Backends with addresses lose their priorities (docs/gateways/envoy-ai-gateway.md, 2).
        raise refused(upstream, f"`{host}` is no host name, and Envoy AI Gateway needs one ({host_advice(host)})")
    path = parts.path.rstrip("/")
    if path and schema not in ("OpenAI", "Anthropic"):
        raise refused(upstream, f"a backend in the form {schema} has no path `{path}`")
    tls = parts.scheme == "https"
    # What comes before `/messages` or `/chat/completions`; without it that is /v1.
    prefix = None if not path else path if schema == "OpenAI" else f"{path}/v1"
    return Place(host, port or (443 if tls else 80), tls, schema, prefix)


def _schema(upstream: Upstream) -> str:
    said = {"messages": "Anthropic", "chat_completions": "OpenAI"}
    own = [said[name] for name in said if name in upstream.supports]
    known = _SCHEMAS.get(upstream.provider) or (own[0] if len(own) == 1 else None)
    if known is None:
        raise refused(
            upstream,
            f"Envoy AI Gateway has no form for provider `{upstream.provider}` "
            "(if the endpoint speaks Anthropic's, write `supports messages`; if OpenAI's, `supports chat_completions`)",
        )
    return known


def filled(variable: str) -> str:
    """What stands for a variable that is filled in before the resources are applied: they themselves read none."""
    return f"${{{variable}}}"


def host_variable(endpoint: str) -> str:
    """The variable of a host, for an `endpoint` in a variable: a Backend has host and port apart."""
    return f"{endpoint}_HOST"


def aws_region(upstream: Upstream) -> str:
    """The region that requests to AWS are signed for, or what is filled in for it."""
    return upstream.region if _is_aws(upstream.region) else filled(aws_variable(upstream))


def aws_variable(upstream: Upstream) -> str:
    """The variable of that region, where the policy's is none of AWS's: `us`, say, of a profile over several."""
    words = [upstream.provider, upstream.account or "", upstream.region or "", "AWS_REGION"]
    return "_".join(re.sub(r"[^A-Z0-9]+", "_", word.upper()).strip("_") for word in words if word)


def variables_of(upstream: Upstream) -> dict[str, str]:
    """What is filled in before an upstream's resources are applied, with what each variable holds."""
    found = {}
    where = place(upstream)
    if upstream.endpoint is not None and upstream.endpoint[0] == "env":
        name = upstream.endpoint[1]
        found[host_variable(name)] = f"the host of `{name}` alone, which {upstream.name} is asked at, port 443 with TLS"
    if where.schema == "AWSAnthropic" and not _is_aws(upstream.region):
        found[aws_variable(upstream)] = f"the region of AWS that requests to {upstream.name} are signed for"
    return found


def _is_aws(region: str | None) -> TypeGuard[str]:
    return region is not None and re.fullmatch(r"[a-z]{2}(-gov)?-[a-z]+-\d", region) is not None


def slugs(names: list[str]) -> dict[str, str]:
    """Names of Kubernetes (RFC 1123), each its own, for names of a policy. The same names give the same."""
    found: dict[str, str] = {}
    for name in names:
        base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50].strip("-") or "x"
        given, count = base, 1
        while given in found.values():
            count += 1
            given = f"{base}-{count}"
        found[name] = given
    return found


def backends(policy: Policy, names: Mapping[str, str]) -> list[Resource]:
    """The resources of all upstreams that a pool serves from. Raises ``Unemittable``."""
    return [each for upstream in served(policy) for each in _of(upstream, names[upstream.name])]


def secret(upstream: Upstream) -> str:
    """The name of the Secret that holds an upstream's credentials."""
    words = [upstream.provider] if upstream.account is None else [upstream.provider, upstream.account]
    return slugs([" ".join(words)]).popitem()[1]


def secret_keys(upstream: Upstream) -> str:
    """The key of the Secret that Envoy AI Gateway reads."""
    return {"AWSAnthropic": "credentials", "GCPAnthropic": "service_account.json"}.get(_schema(upstream), "apiKey")


def resource(api: str, kind: str, name: str, spec: Resource) -> Resource:
    """A resource of Kubernetes; its namespace is the one that it is applied in."""
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, "spec": spec}


def _of(upstream: Upstream, name: str) -> Iterator[Resource]:
    where = place(upstream)
    schema: Resource = {"name": where.schema}
    if where.prefix is not None:
        schema["prefix"] = where.prefix
    there = {"name": name, "kind": "Backend", "group": EG}
    yield resource(f"{AI}/v1beta1", "AIServiceBackend", name, {"schema": schema, "backendRef": there})
    fqdn = {"hostname": where.host, "port": where.port}
    yield resource(f"{EG}/v1alpha1", "Backend", name, {"endpoints": [{"fqdn": fqdn}]})
    if where.tls:
        tls = {
            "targetRefs": [{"group": EG, "kind": "Backend", "name": name}],
            "validation": {"wellKnownCACertificates": "System", "hostname": where.host},
        }
        yield resource(f"{STANDARD}/v1", "BackendTLSPolicy", name, tls)
    target = {"targetRefs": [{"group": AI, "kind": "AIServiceBackend", "name": name}]}
    yield resource(f"{AI}/v1beta1", "BackendSecurityPolicy", name, target | _credentials(upstream, where.schema))


def _credentials(upstream: Upstream, schema: str) -> Resource:
    ref = {"secretRef": {"name": secret(upstream)}}
    match schema:
        case "Anthropic":
            return {"type": "AnthropicAPIKey", "anthropicAPIKey": ref}
        case "AzureOpenAI":
            return {"type": "AzureAPIKey", "azureAPIKey": ref}
        case "AWSAnthropic":
            aws = {"region": aws_region(upstream), "credentialsFile": ref}
            return {"type": "AWSCredentials", "awsCredentials": aws}
        case "GCPAnthropic":
            if upstream.account is None or upstream.region is None:
                raise refused(upstream, "write its `account`, the project, and its `region`")
            project = {"projectName": upstream.account, "region": upstream.region, "credentialsFile": ref}
            return {"type": "GCPCredentials", "gcpCredentials": project}
        case _:
            return {"type": "APIKey", "apiKey": ref}
