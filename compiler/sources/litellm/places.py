"""Where deployments are asked: provider, account, region and endpoint, as upstreams of a policy."""

from __future__ import annotations

from interlock.compiler.sources.document import Scalar
from interlock.compiler.sources.draft import Names, word
from interlock.compiler.sources.endpoints import Accounts, endpoint_of, host_word
from interlock.compiler.sources.litellm.config import Config, Deployment
from interlock.compiler.sources.litellm.providers import provider_of
from interlock.compiler.sources.plan import Upstream
from interlock.dsl.credentials import credentials
from interlock.dsl.record import record
from interlock.dsl.source import Span

_ENVIRONMENT = "os.environ/"
_REGION = ("aws_region_name", "vertex_location", "vertex_ai_location", "region_name")
_ACCOUNT = ("vertex_project", "vertex_ai_project", "aws_profile_name", "aws_role_name", "organization")
_KEY = ("api_key", "aws_access_key_id", "vertex_credentials", "litellm_credential_name")


@record
class _Where:
    """What tells the places of deployments apart. ``key`` is only compared, never shown."""

    provider: str
    account: str | None
    key: str | None
    region: str | None
    endpoint: str | None
    timeout: int | None


class Places:
    """The upstreams of a configuration. ``upstreams`` has them in the order of the file."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._names = Names()
        self._made: dict[_Where, Upstream] = {}
        wheres = [self._where(deployment) for deployment in config.deployments]
        self._accounts = Accounts(((w.provider, w.account), w.key, w.endpoint) for w in wheres)

    @property
    def upstreams(self) -> tuple[Upstream, ...]:
        """All that were asked for."""
        return tuple(self._made.values())

    def upstream(self, deployment: Deployment) -> str:
        """The name of the upstream that a deployment is asked at."""
        where = self._where(deployment)
        if where not in self._made:
            self._made[where] = self._upstream(where, deployment)
        return self._made[where].name

    def _upstream(self, where: _Where, deployment: Deployment) -> Upstream:
        endpoint, span = _endpoint(deployment)
        who = (where.provider, where.account)
        account = self._accounts.of(who, where.account, where.key, _named(where.key), _host(where.endpoint))
        parts = [where.provider, where.region or "", account or ""]
        return Upstream(
            self._names.give("-".join(part for part in parts if part)),
            word(where.provider),
            account,
            word(where.region) if where.region else None,
            endpoint,
            span,
            (("total", where.timeout),) if where.timeout else (),
            deployment.span,
        )

    def _where(self, deployment: Deployment) -> _Where:
        params = deployment.params
        provider = provider_of(deployment.model, params.text("custom_llm_provider"))
        account, region = params.text(*_ACCOUNT), params.text(*_REGION)
        if account is not None and (account.startswith(_ENVIRONMENT) or not credentials(account)):
            account = account.removeprefix(_ENVIRONMENT)
        region = None if region is None else region.removeprefix(_ENVIRONMENT)
        endpoint = params.text("api_base", "base_url")
        return _Where(provider, account, params.text(*_KEY), region, endpoint, _timeout(self._config, deployment))


def _endpoint(deployment: Deployment) -> tuple[str | None, Span | None]:
    """The endpoint as the language writes it. One that holds a credential, or is no URL, is left out."""
    found = deployment.params.scalar("api_base", "base_url")
    if found is None:
        return None, None
    text = str(found.value)
    if text.startswith(_ENVIRONMENT):
        return f"env {word(text.removeprefix(_ENVIRONMENT)).replace('-', '_')}", found.span
    return endpoint_of(text), found.span


def _named(key: str | None) -> str:
    """A name for a credential: that of its variable, which says more than a number; never the credential."""
    return key.removeprefix(_ENVIRONMENT) if key is not None and key.startswith(_ENVIRONMENT) else "key"


def _host(endpoint: str | None) -> str | None:
    """What tells an endpoint apart, in a word: the first label of its host."""
    if endpoint is None:
        return None
    if endpoint.startswith(_ENVIRONMENT):
        return endpoint.removeprefix(_ENVIRONMENT)
    return host_word(endpoint)


def _timeout(config: Config, deployment: Deployment) -> int | None:
    """Milliseconds that one attempt may take; None where nobody has said so (LiteLLM then waits for 6,000 s)."""
    said = deployment.params.scalar("timeout", "request_timeout")
    said = said or config.root.mapping("litellm_settings").scalar("request_timeout")
    said = said or config.root.mapping("router_settings").scalar("timeout")
    return None if said is None else _milliseconds(said)


def _milliseconds(said: Scalar) -> int | None:
    if isinstance(said.value, bool):
        return None
    try:
        seconds = float(said.value or 0)
    except ValueError:
        return None
    return round(seconds * 1000) if 0 < seconds < 10**9 else None
