"""Where targets are asked: provider, account, region and endpoint, as upstreams of a policy."""

from __future__ import annotations

import re
from collections.abc import Iterable

from interlock.compiler.sources.draft import Names, word
from interlock.compiler.sources.endpoints import Accounts, endpoint_of, host_word
from interlock.compiler.sources.plan import Upstream
from interlock.compiler.sources.portkey.checks import known_keys
from interlock.compiler.sources.portkey.config import Target
from interlock.dsl.credentials import credentials
from interlock.dsl.record import record
from interlock.dsl.source import Span

AS_ASKED = "as-asked"
"""The provider of a configuration that leaves it to the request."""
_REGIONS = ("aws_region", "vertex_region", "oracle_region")
_ACCOUNTS = (
    *("vertex_project_id", "resource_name", "azure_foundry_url", "openai_project", "openai_organization"),
    *("aws_role_arn", "workers_ai_account_id", "fireworks_account_id", "snowflake_account"),
)
_KEYS = ("api_key", "aws_access_key_id", "vertex_service_account_json")


@record
class _Where:
    """What tells the places of targets apart. ``key`` is only compared, never shown."""

    provider: str
    account: str | None
    key: str | None
    region: str | None
    endpoint: str | None
    timeout: int | None


class Upstreams:
    """The upstreams of a configuration, in the order in which they are asked for."""

    def __init__(self, targets: Iterable[Target]) -> None:
        """``targets``: all that are asked themselves."""
        self._names = Names()
        self._made: dict[_Where, Upstream] = {}
        wheres = [_where(target) for target in targets]
        self._accounts = Accounts((where.provider, where.key, where.endpoint) for where in wheres)

    @property
    def all(self) -> tuple[Upstream, ...]:
        """All that were asked for."""
        return tuple(self._made.values())

    def of(self, target: Target) -> str:
        """The name of the upstream that a target is asked at."""
        where = _where(target)
        if where not in self._made:
            called = _named(where.key) if where.key is not None else ""
            account = self._accounts.of(
                where.provider, where.account, where.key, called, host_word(where.endpoint or "")
            )
            endpoint, span = _endpoint(target)
            # Virtual keys are often named after their provider.
            provider = "" if account is not None and account.startswith(word(where.provider)) else where.provider
            parts = (provider, where.region or "", account or "")
            self._made[where] = Upstream(
                self._names.give("-".join(part for part in parts if part)),
                word(where.provider),
                account,
                word(where.region) if where.region else None,
                endpoint,
                span,
                (("first_token", where.timeout),) if where.timeout else (),
                target.span,
            )
        return self._made[where].name


def provider_of(target: Target) -> str:
    """The provider of a target; of a virtual key, or a provider of the model catalog, the one that its name starts
    with, if there is one."""
    said = target.node.text("provider")
    if said is not None and not said.startswith("@"):
        return said
    slug = slug_of(target)
    if slug is None:
        return AS_ASKED
    parts = re.split(r"[^a-z0-9]+", slug.lower())
    known = {provider.replace("-", ""): provider for provider in known_keys()["providers"]}
    known |= {
        "azure": "azure-openai",
        "vertex": "vertex-ai",
        "gemini": "google",
        "aws": "bedrock",
        "claude": "anthropic",
    }
    joined = ["".join(parts[:2]), *parts]
    return next((known[part] for part in joined if part in known), slug)


def slug_of(target: Target) -> str | None:
    """The name of a virtual key, or of a provider of the model catalog, by which a target is asked."""
    said, virtual = target.node.text("provider"), target.node.text("virtual_key")
    if said is not None and said.startswith("@"):
        return said[1:].split("/")[0] or None
    if virtual is not None:
        return virtual
    model = target.settings.model
    if said is None and model is not None and str(model.value).startswith("@"):
        return str(model.value)[1:].split("/")[0] or None
    return None


def _where(target: Target) -> _Where:
    node, host = target.node, target.settings.host
    slug, account = slug_of(target), node.text(*_ACCOUNTS)
    for said in (slug, account):
        if said is not None and credentials(said):
            slug = account = None
    return _Where(
        provider_of(target),
        slug or account,
        node.text(*_KEYS),
        node.text(*_REGIONS),
        None if host is None else str(host.value),
        target.settings.timeout,
    )


def _named(key: str) -> str:
    """A name for a credential: that of its variable, which says more than a number; never the credential."""
    found = re.fullmatch(r"[^A-Za-z]*((?:[A-Z]+_)+[A-Z0-9]+|(?:env|process\.env|secrets?)[.:/]?\w+)[^A-Za-z]*", key)
    return word(found[1]) if found is not None and not credentials(key) else "key"


def _endpoint(target: Target) -> tuple[str | None, Span | None]:
    """The endpoint as the language writes it. One that holds a credential, or is no URL, is left out."""
    found = target.settings.host
    if found is None:
        return None, None
    return endpoint_of(str(found.value)), found.span
