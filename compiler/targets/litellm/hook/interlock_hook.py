"""Interlock in LiteLLM's proxy: each request goes where the table beside this file says, and so does each hop.

Written by `interlock emit litellm`, for litellm 1.106.2. A `CustomLogger` decides before the call. LiteLLM has no
extension point for what follows an error, and its fallback lists know no classes; so the two methods of its router
that send one request to one deployment are replaced for our requests by ones that walk.

`callbacks: interlock_hook.hook` routes; `interlock_hook.shadow` only says what it would do (interlock_shadow.py).
"""

from __future__ import annotations

import inspect
import logging
import os
import sys
from contextvars import ContextVar
from typing import Any

from litellm.integrations.custom_logger import CustomLogger
from litellm.router import Router

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from interlock_attributes import request_of  # noqa: E402
from interlock_errors import answer_of, error_class  # noqa: E402
from interlock_stream import opened  # noqa: E402
from interlock_table import Holder, Serving  # noqa: E402
from interlock_walk import Ended, Walk, told  # noqa: E402

log = logging.getLogger("interlock")
if not log.handlers:  # LiteLLM leaves the root logger at WARNING
    log.addHandler(logging.StreamHandler())
    log.setLevel(logging.INFO)
    log.propagate = False

SENDING = {
    "_ageneric_api_call_with_fallbacks_helper": ("self", "model", "original_generic_function", "kwargs"),
    "_acompletion": ("self", "model", "messages", "kwargs"),
}
"""The methods of the router that send a request to one deployment, with their parameters."""
for _name, _wanted in SENDING.items():
    if tuple(inspect.signature(getattr(Router, _name, lambda: None)).parameters) != _wanted:
        raise RuntimeError(f"interlock: this hook is for litellm 1.106.2, and the `Router.{_name}` here is another one")

CALLS = frozenset(("anthropic_messages", "acompletion", "completion"))
OURS = (
    "fallbacks",
    "context_window_fallbacks",
    "content_policy_fallbacks",
    "timeout",
    "stream_timeout",
    "request_timeout",
)
"""What a request may ask of LiteLLM's router, and not of ours."""


class OnTheWay:
    """A request that is ours, from the hook to the router's call."""

    def __init__(self, walk: Walk, serving: Serving, call: str, id_: object) -> None:
        self.walk, self.serving, self.call, self.id = walk, serving, call, id_
        self.sent = False

    @property
    def group(self) -> str:
        return group(self.walk.decision)


way: ContextVar[OnTheWay | None] = ContextVar("interlock_way", default=None)
"""The request that this task serves."""


def group(decision: Any) -> str:
    """The group of the deployment that a decision sends to."""
    return f"interlock/{decision.upstream}/{decision.model}"


class Hook(CustomLogger):  # type: ignore[misc]  # LiteLLM is not there when this is checked
    """Routes."""

    def __init__(self) -> None:
        super().__init__()
        # A table that cannot be read keeps the proxy from starting: nothing else would know where requests may go.
        self._holder = Holder(os.path.join(HERE, "table.json"))
        from interlock_counting import take_over_counting

        take_over_counting(self._counted)

    def serving(self) -> tuple[Serving, Any]:
        """The table for a request and the router for it. Raises a 500 where they do not fit together."""
        from litellm.proxy.proxy_server import llm_router

        try:
            return self._holder.current(lambda serving: _misfit(serving, llm_router)), llm_router
        except ValueError as error:
            log.error("interlock: no request can be served: %s", error)
            raise refusal(500, f"interlock: {error}") from error

    async def async_pre_call_hook(self, user_api_key_dict: Any, cache: Any, data: Any, call_type: Any) -> Any:
        way.set(None)
        call = str(getattr(call_type, "value", call_type))
        if call not in CALLS:
            if str(data.get("model")).startswith("interlock/"):  # a client that knows our groups
                raise refusal(404, f"interlock: no policy decides about {call}")
            return data
        serving, router = self.serving()
        _take_over(router)
        asked = data.get("proxy_server_request") or {}
        request = request_of(serving.declared, asked.get("headers"), asked.get("body") or data, user_api_key_dict)
        ours = OnTheWay(Walk(serving.table, self._holder.state, request), serving, call, data.get("litellm_call_id"))
        way.set(ours)
        if ours.walk.decision.fail is not None:
            raise _ended(ours, None)
        for name in OURS:
            data.pop(name, None)
        data.update(model=ours.group, num_retries=0, disable_fallbacks=True)
        return data

    def _counted(self, headers: Any, body: Any, key: Any) -> str:
        """The group of the deployment that counts the tokens of a request. Limits and breakers are not asked."""
        serving, _ = self.serving()
        decision = serving.table.decide(request_of(serving.declared, headers, body, key))
        if decision.fail is not None:
            raise refusal(decision.fail.status, _message(decision), told(decision))
        return group(decision)

    async def async_post_call_response_headers_hook(self, *args: Any, **kwargs: Any) -> dict[str, str] | None:
        ours = way.get()
        return None if ours is None else told(ours.walk.decision)


def _misfit(serving: Serving, router: Any) -> str | None:
    """Why the proxy cannot serve a table, if it cannot: its deployments are those of config.yaml as it was read."""
    there = {entry["model_name"]: entry["litellm_params"] for entry in router.get_model_list() or ()}
    for name, (model, endpoint) in sorted(serving.deployments.items()):
        if name not in there:
            return f"config.yaml has no deployment {name}: restart the proxy with the new one"
        if (there[name].get("model"), there[name].get("api_base")) != (model, endpoint):
            return f"the deployment {name} has another model or endpoint: restart the proxy with the new config.yaml"
    return None


def _take_over(router: Any) -> None:
    """Have each request of ours walk. A router that LiteLLM makes anew is taken over anew."""
    if "_acompletion" in vars(router):
        return
    generic, completion = router._ageneric_api_call_with_fallbacks_helper, router._acompletion

    async def sending(model: str, original_generic_function: Any, **kwargs: Any) -> Any:
        rest = {"original_generic_function": original_generic_function}
        return await _walked(generic, model, rest, kwargs, "litellm_metadata")

    async def completing(model: str, messages: Any, **kwargs: Any) -> Any:
        return await _walked(completion, model, {"messages": messages}, kwargs, "metadata")

    router._ageneric_api_call_with_fallbacks_helper, router._acompletion = sending, completing


async def _walked(original: Any, model: str, rest: dict[str, Any], kwargs: dict[str, Any], metadata: str) -> Any:
    ours = way.get()
    # What is asked of the router within our call, by other hooks say, is not ours.
    if ours is None or ours.sent or model != ours.group:
        return await original(model=model, **rest, **kwargs)
    ours.sent = True
    walk = ours.walk

    async def send(decision: Any) -> Any:
        about = {**(kwargs.get(metadata) or {}), "model_group": group(decision), "attempted_fallbacks": decision.hop}
        about["spend_logs_metadata"] = {**(about.get("spend_logs_metadata") or {}), "interlock": walk.record()}
        named = {**rest, **kwargs, metadata: about}
        timeouts = ours.serving.timeouts[decision.upstream]
        return await opened(lambda: original(model=group(decision), **named), timeouts, bool(kwargs.get("stream")))

    try:
        answer = await walk.run(send, error_class)
    except Ended as ended:
        raise _ended(ours, ended.error) from ended.error
    log.info("%s", walk.line("served", call=ours.id))
    return answer


def _ended(ours: OnTheWay, error: Exception | None) -> Exception:
    """What the client gets where no upstream served the request: the policy's `fail`, or the provider's error."""
    decision = ours.walk.decision
    if decision.fail is not None and decision.fail.status is not None:
        log.info("%s", ours.walk.line("failed", call=ours.id))
        return refusal(decision.fail.status, _message(decision), told(decision))
    log.info("%s", ours.walk.line("returned", call=ours.id))
    if error is None:
        return refusal(529, "overloaded", told(decision))
    answer = answer_of(error)
    if ours.call == "anthropic_messages" and answer is not None:
        return refusal(answer.status, answer.body, {**answer.headers, **told(decision)})
    return refusal(504, str(error), told(decision)) if type(error).__name__ == "TimedOut" else error


def _message(decision: Any) -> str:
    return (decision.invalid.message if decision.invalid is not None else decision.fail.message) or "no way on"


def refusal(status: int, message: str, headers: dict[str, str] | None = None) -> Exception:
    """What the proxy answers with this status; a message that is the JSON of an Anthropic error stays as it is."""
    from litellm.proxy._types import ProxyException

    type_ = "invalid_request_error" if status < 500 else "api_error"
    made: Exception = ProxyException(message=message, type=type_, param=None, code=status, headers=headers or {})
    return made


def __getattr__(name: str) -> Any:
    """The callbacks that a configuration may name, made when they are asked for."""
    if name == "hook":
        return Hook()
    if name == "shadow":
        from interlock_shadow import Shadow

        return Shadow(os.path.join(HERE, "table.json"))
    raise AttributeError(f"interlock_hook has no {name!r}: hook and shadow are what there is")
