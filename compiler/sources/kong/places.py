"""Where targets are asked: provider, account, region and endpoint, as upstreams of a policy."""

from __future__ import annotations

import re
from collections.abc import Iterable

from interlock.compiler.sources.document import Mapping, Scalar
from interlock.compiler.sources.draft import Names, word
from interlock.compiler.sources.endpoints import Accounts, endpoint_of, host_word
from interlock.compiler.sources.kong.balancer import Target
from interlock.compiler.sources.plan import Upstream
from interlock.dsl.credentials import credentials
from interlock.dsl.record import record
from interlock.dsl.source import Span

_KEYS = (
    "header_value",
    "param_value",
    "aws_access_key_id",
    "azure_client_id",
    "azure_client_secret",
    "gcp_service_account_json",
)
_REFERENCE = re.compile(
    r'^(?:bearer\s+)?(?:\{vault://(?P<vault>[^}]+)\}|\$\{\{\s*env\s+"?(?P<env>\w+)"?\s*\}\})$', re.I
)

Timeouts = tuple[tuple[str, int], ...]


@record
class _Where:
    """What tells the places of targets apart. ``key`` is only compared, never shown."""

    provider: str
    account: str | None
    region: str | None
    key: str | None
    endpoint: str | None
    timeouts: Timeouts


class Places:
    """The upstreams of a configuration."""

    def __init__(self, targets: Iterable[tuple[Target, Timeouts]]) -> None:
        """``targets`` are all of the configuration."""
        self._names = Names()
        self._made: dict[_Where, Upstream] = {}
        wheres = [_where(target, timeouts) for target, timeouts in targets]
        self._accounts = Accounts((where.provider, where.key, where.endpoint) for where in wheres)

    @property
    def upstreams(self) -> tuple[Upstream, ...]:
        """All that were asked for."""
        return tuple(self._made.values())

    def upstream(self, target: Target, timeouts: Timeouts) -> str:
        """The name of the upstream that a target is asked at."""
        where = _where(target, timeouts)
        if where not in self._made:
            called = _named(where.key) if where.key is not None else ""
            account = self._accounts.of(where.provider, where.account, where.key, called, _host(where.endpoint))
            endpoint, span = _endpoint(target)
            parts = (where.provider, where.region or "", account or "")
            self._made[where] = Upstream(
                self._names.give("-".join(part for part in parts if part)),
                word(where.provider),
                account,
                word(where.region) if where.region else None,
                endpoint,
                span,
                timeouts,
                target.span,
            )
        return self._made[where].name


def _where(target: Target, timeouts: Timeouts) -> _Where:
    options = target.node.mapping("model").mapping("options")
    auth = target.node.mapping("auth")
    bedrock, gemini = options.mapping("bedrock"), options.mapping("gemini")
    account = options.text("azure_instance") or gemini.text("project_id")
    account = account or options.mapping("databricks").text("workspace_instance_id")
    return _Where(
        target.provider,
        None if account is None or credentials(account) else _plain(account),
        _plain(bedrock.text("aws_region") or gemini.text("location_id")),
        auth.text(*_KEYS) or bedrock.text("aws_assume_role_arn"),
        options.text("upstream_url") or gemini.text("api_endpoint"),
        timeouts,
    )


def place_of(target: Target) -> object:
    """What tells the place of a target apart from others: only to be compared."""
    return _where(target, ())


def reference(text: str) -> str | None:
    """The name of the variable or the secret that a text stands for, if it stands for one."""
    found = _REFERENCE.match(text.strip())
    return None if found is None else found["env"] or found["vault"]


def _plain(text: str | None) -> str | None:
    return None if text is None else (reference(text) or text)


def _named(key: str) -> str:
    """A name for a credential: that of its variable, which says more than a number; never the credential."""
    return word(reference(key) or "key")


def _endpoint(target: Target) -> tuple[str | None, Span | None]:
    """The endpoint as the language writes it. One that holds a credential, or is no URL, is left out."""
    options: Mapping = target.node.mapping("model").mapping("options")
    found: Scalar | None = options.scalar("upstream_url")
    if found is None:
        return None, None
    text = str(found.value)
    named = reference(text)
    if named is not None:
        return f"env {word(named).replace('-', '_')}", found.span
    return endpoint_of(text), found.span


def _host(endpoint: str | None) -> str | None:
    """What tells an endpoint apart, in a word: the first label of its host."""
    if endpoint is None:
        return None
    if (named := reference(endpoint)) is not None:
        return named
    return host_word(endpoint if "://" in endpoint else f"//{endpoint}")  # a bare host will do in some places
