"""The deployments of a place as the members of a pool: weights, retries and what keeps a session where it is."""

from __future__ import annotations

from math import gcd

from interlock.compiler.sources.document import Scalar, plain
from interlock.compiler.sources.litellm.config import DEFAULT_RETRIES, Config, Deployment
from interlock.compiler.sources.litellm.names import NameTable
from interlock.compiler.sources.litellm.places import Places
from interlock.compiler.sources.litellm.walk import Place
from interlock.compiler.sources.plan import MAX_RETRIES, Attribute, Member, Remark
from interlock.dsl.record import record
from interlock.dsl.source import Span

MAX_WEIGHT = 100

CALL = Attribute(
    "call_id",
    "string",
    'per turn from gateway "litellm_call_id"',
    "LiteLLM picks a deployment of a group at random for every call.",
)
SESSION = Attribute(
    "session_id",
    "string?",
    'per session from header "x-claude-code-session-id"',
    "`session_affinity` keeps a session at its deployment. Other `*-session-id` headers and `metadata` do as well.",
)
KEY = Attribute(
    "api_key_hash",
    "string",
    'per session from gateway "user_api_key_hash"',
    "`deployment_affinity` keeps all that comes with one key at one deployment.",
)


@record
class Group:
    """What a place asks: its members, what they are picked by, and how often one tries again. ``unweighted`` are
    deployments that are never picked, because they have no weight beside others that have one."""

    members: tuple[Member, ...]
    sticky: Attribute | None
    retry: int
    retry_span: Span | None
    remarks: tuple[Remark, ...]


class Groups:
    """The places of a configuration as pools."""

    def __init__(self, config: Config, names: NameTable, places: Places) -> None:
        self._config = config
        self._names = names
        self._places = places

    def group(self, place: Place) -> Group:
        """What a place asks."""
        deployments = [d for d in self._names.members(place.group) if d.order == place.level]
        weights, exact = weights_of(deployments)
        members: dict[tuple[str, str], Member] = {}
        for deployment, weight in zip(deployments, weights, strict=True):
            if not weight:
                continue
            key = (self._places.upstream(deployment), deployment.model)
            before = members.get(key)
            weight += before.weight if before is not None else 0
            members[key] = Member(*key, min(weight, MAX_WEIGHT), before.span if before else deployment.span)
        remarks = []
        span = deployments[0].name_span
        if not exact:
            remarks.append(Remark(f"the weights of `{place.group}` are rounded to 1 to {MAX_WEIGHT}", span))
        retry, retry_span, agreed = self._retries(place, deployments)
        if retry > MAX_RETRIES:
            retry = MAX_RETRIES
            remarks.append(Remark(f"more than {MAX_RETRIES} retries are no policy's", retry_span or span))
        if not agreed:
            remarks.append(Remark(f"`{place.group}` tries again more often after some errors than after others", span))
        if retry and len(members) > 1:
            remarks.append(Remark(f"each retry of `{place.group}` picks a deployment afresh", span))
        sticky = self._sticky(place.group) if len(members) > 1 else None
        return Group(tuple(members.values()), sticky, retry, retry_span, tuple(remarks))

    def _sticky(self, group: str) -> Attribute:
        own = self._config.value("model_group_affinity_config")
        checks = own.get(group) if isinstance(own, dict) else None
        checks = checks if isinstance(checks, list) else self._config.value("optional_pre_call_checks")
        checks = checks if isinstance(checks, list) else []
        if "session_affinity" in checks or "prompt_caching" in checks:
            return SESSION
        return KEY if "deployment_affinity" in checks else CALL

    def _retries(self, place: Place, deployments: list[Deployment]) -> tuple[int, Span | None, bool]:
        """How often a place tries again after an unavailable upstream, what says so, and whether that is so after all
        such errors and at all its deployments. One that is asked by its id does not, unless a policy of retries says
        so."""
        found = self._config.setting("num_retries")
        default = self._config.number("num_retries", DEFAULT_RETRIES)
        span = None if found is None else found[0].span
        by_id = self._names.is_id(place.group)
        own = {0 if by_id else _number(d.params.scalar("num_retries"), default) for d in deployments}
        first = next((said for d in deployments if (said := d.params.scalar("num_retries"))), None)
        counts = set(own)
        policy = self._config.value("model_group_retry_policy")
        policy = policy.get(place.retried_as) if isinstance(policy, dict) else None
        policy = policy if isinstance(policy, dict) else self._config.value("retry_policy")
        if isinstance(policy, dict):
            classes = ("RateLimit", "InternalServer", "ServiceUnavailable", "Timeout")
            by_class = [policy.get(f"{name}ErrorRetries", policy.get("DefaultRetries")) for name in classes]
            counts = {n for count in by_class for n in ({count} if isinstance(count, int) else own)}
            setting = self._config.setting("model_group_retry_policy") or self._config.setting("retry_policy")
            span = setting[0].span if setting else span
        elif first is not None:
            span = first.span
        return max(0, max(counts, default=default)), span, len(counts) == 1


def weights_of(deployments: list[Deployment]) -> tuple[list[int], bool]:
    """How often each deployment of a level is picked, as whole numbers, and whether they are exact. By `weight`, where
    any has one, else by `rpm`, else by `tpm`, else all alike."""
    for name in ("weight", "rpm", "tpm"):
        said = [_weight(d, name) for d in deployments]
        if any(said):
            return _scaled(said)
    return [1] * len(deployments), True


def _weight(deployment: Deployment, name: str) -> float:
    # Only the limits may stand beside `litellm_params` as well.
    found = deployment.params.scalar(name) or (deployment.entry.scalar(name) if name != "weight" else None)
    value = None if found is None else found.value
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else 0.0


def _scaled(weights: list[float]) -> tuple[list[int], bool]:
    for scale in (1, 10, 100, 1000):
        whole = [round(weight * scale) for weight in weights]
        divisor = gcd(*whole) or 1
        small = [weight // divisor for weight in whole]
        same = all(abs(n - w * scale) < 1e-9 for n, w in zip(whole, weights, strict=True))
        if same and max(small) <= MAX_WEIGHT:
            return small, True
    most = max(weights)
    return [max(1, round(weight / most * MAX_WEIGHT)) if weight else 0 for weight in weights], False


def _number(said: Scalar | None, default: int) -> int:
    value = None if said is None else plain(said)
    return value if isinstance(value, int) and not isinstance(value, bool) else default
