"""Where backends are: provider, account, region and endpoint, as upstreams of a policy."""

from __future__ import annotations

import re

from interlock.compiler.sources.document import Mapping
from interlock.compiler.sources.draft import Names, quoted, word
from interlock.compiler.sources.envoy.objects import Object, Objects
from interlock.compiler.sources.envoy.routes import BackendRef
from interlock.compiler.sources.plan import Upstream
from interlock.dsl.source import Span

BACKEND = "AIServiceBackend"
UNKNOWN = "unknown"
"""The provider of a backend of which the files say nothing."""
_SCHEMAS = {
    "AWSBedrock": "bedrock",
    "AWSAnthropic": "bedrock",
    "AzureOpenAI": "azure",
    "GCPVertexAI": "vertex_ai",
    "GCPAnthropic": "vertex_ai",
}
_HOSTS = (
    (r"(^|\.)openai\.azure\.com$|\.cognitiveservices\.azure\.com$|\.services\.ai\.azure\.com$", "azure"),
    (r"(^|\.)openai\.com$", "openai"),
    (r"(^|\.)anthropic\.com$", "anthropic"),
    (r"^bedrock-(runtime|mantle)[.-].*\.amazonaws\.com$|\.amazonaws\.com$", "bedrock"),
    (r"aiplatform\.googleapis\.com$", "vertex_ai"),
    (r"generativelanguage\.googleapis\.com$", "gemini"),
    (r"(^|\.)mistral\.ai$", "mistral"),
    (r"(^|\.)groq\.com$", "groq"),
    (r"(^|\.)deepseek\.com$", "deepseek"),
    (r"(^|\.)cohere\.(ai|com)$", "cohere"),
    (r"(^|\.)x\.ai$", "xai"),
    (r"(^|\.)together\.(xyz|ai)$", "together_ai"),
    (r"(^|\.)openrouter\.ai$", "openrouter"),
)
_REGION = re.compile(
    r"(?:^|[.-])((?:us|eu|ap|ca|sa|me|af|il|mx)(?:-gov)?-(?:[a-z]+)-?\d)[.-]"
    r"|^([a-z]+-[a-z]+\d)-aiplatform\.googleapis\.com$"
)


class Places:
    """The upstreams of a configuration. ``upstreams`` has those that were asked for."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._names = Names()
        self._made: dict[tuple[str, str, str], Upstream] = {}
        self._secured: dict[tuple[str, str], Object] = {}
        for policy in objects.of("BackendSecurityPolicy"):
            for ref in policy.spec.list("targetRefs"):
                if isinstance(ref, Mapping) and (name := ref.text("name")) is not None:
                    self._secured[policy.namespace, name] = policy

    @property
    def upstreams(self) -> tuple[Upstream, ...]:
        """All that were asked for."""
        return tuple(self._made.values())

    def upstream(self, ref: BackendRef) -> str:
        """The name of the upstream that a backend is."""
        key = ("pool" if ref.pool else BACKEND, ref.namespace, ref.name)
        if key not in self._made:
            self._made[key] = self._upstream(ref)
        return self._made[key].name

    def provider(self, ref: BackendRef) -> str:
        """Who is asked at a backend; `unknown` where nothing says so."""
        backend = None if ref.pool else self._objects.find(BACKEND, ref.namespace, ref.name)
        schema = None if backend is None else backend.spec.mapping("schema").text("name")
        host = self.host(ref)
        found = _SCHEMAS.get(schema or "") or _provider(host)
        if found is not None:
            return found
        if schema == "Anthropic" and host is None:
            return "anthropic"
        if schema == "Cohere":
            return "cohere"
        # A host of one's own: whoever runs it.
        return "inference-pool" if ref.pool else host.split(".")[0] if host else UNKNOWN

    def host(self, ref: BackendRef) -> str | None:
        """The name of the host that a backend is at."""
        fqdn = self._endpoint(ref)
        return None if fqdn is None else fqdn[0]

    def backend_of(self, ref: BackendRef) -> Object | None:
        """The Backend (Envoy Gateway's) behind a backend of a rule, if it is among the files."""
        backend = None if ref.pool else self._objects.find(BACKEND, ref.namespace, ref.name)
        if backend is None:
            return None
        behind = backend.spec.mapping("backendRef")
        name = behind.text("name")
        return None if name is None else self._objects.find("Backend", behind.text("namespace") or ref.namespace, name)

    def is_missing(self, ref: BackendRef) -> bool:
        """Whether the Backend behind a backend of a rule is not there, though others are."""
        known = not ref.pool and self._objects.find(BACKEND, ref.namespace, ref.name) is not None
        return known and bool(self._objects.of("Backend")) and self.backend_of(ref) is None

    def _endpoint(self, ref: BackendRef) -> tuple[str, int | None, Span] | None:
        backend = self.backend_of(ref)
        for endpoint in () if backend is None else backend.spec.list("endpoints"):
            fqdn = endpoint.mapping("fqdn") if isinstance(endpoint, Mapping) else None
            host = None if fqdn is None else fqdn.scalar("hostname")
            if fqdn is not None and host is not None:
                port = fqdn.scalar("port")
                number = port.value if port is not None and type(port.value) is int else None
                return str(host.value).lower(), number, host.span
        return None

    def _upstream(self, ref: BackendRef) -> Upstream:
        security = None if ref.pool else self._secured.get((ref.namespace, ref.name))
        account, region = (None, None) if security is None else _account(security)
        found = self._endpoint(ref)
        endpoint, span = (None, None) if found is None else (_url(found[0], found[1]), found[2])
        if region is None and found is not None and (match := _REGION.search(found[0])) is not None:
            region = match[1] or match[2]
        declared = None if ref.pool else self._objects.find(BACKEND, ref.namespace, ref.name)
        return Upstream(
            self._names.give(ref.name),
            word(self.provider(ref)),
            None if account is None else word(account),
            None if region is None else word(region),
            endpoint,
            span,
            (),
            ref.span if declared is None else declared.span,
        )


def _account(security: Object) -> tuple[str | None, str | None]:
    """Whose account a BackendSecurityPolicy stands for, and in which region. The name of the secret tells accounts
    apart where nothing better does."""
    gcp, aws = security.spec.mapping("gcpCredentials"), security.spec.mapping("awsCredentials")
    if gcp.items:
        return gcp.text("projectName"), gcp.text("region")
    if aws.items:
        role = aws.mapping("oidcExchangeToken").text("awsRoleArn") or ""
        account = re.search(r":(\d{12}):", role)
        secret = aws.mapping("credentialsFile").mapping("secretRef").text("name")
        return (account[1] if account else secret), aws.text("region")
    for kind in ("apiKey", "azureAPIKey", "anthropicAPIKey"):
        name = security.spec.mapping(kind).mapping("secretRef").text("name")
        if name is not None:
            return name, None
    return security.spec.mapping("azureCredentials").text("tenantID"), None


def _provider(host: str | None) -> str | None:
    if host is None:
        return None
    return next((provider for pattern, provider in _HOSTS if re.search(pattern, host)), None)


def _url(host: str, port: int | None) -> str | None:
    """The endpoint as the language writes it. Whether a port other than 443 is encrypted another resource says."""
    if port != 443 or not re.fullmatch(r"[a-z0-9.-]+", host):
        return None
    return quoted(f"https://{host}")
