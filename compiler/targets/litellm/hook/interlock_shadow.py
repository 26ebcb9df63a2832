"""Shadow mode: LiteLLM routes by its own configuration, and the policy only says what it would do.

`callbacks: interlock_hook.shadow` in a configuration that is not ours. Nothing of a request is changed, and whatever
goes wrong here is only logged.
"""

from __future__ import annotations

import json
import logging
from contextvars import ContextVar
from typing import Any

from interlock_attributes import request_of
from interlock_table import Holder, Serving
from interlock_walk import Walk
from litellm.integrations.custom_logger import CustomLogger

log = logging.getLogger("interlock")
CALLS = frozenset(("anthropic_messages", "acompletion", "completion"))


class Deciding:
    """What the policy says of a request; ``failed`` if an attempt of LiteLLM's has."""

    def __init__(self, walk: Walk, serving: Serving, id_: object) -> None:
        self.walk, self.serving, self.id = walk, serving, id_
        self.failed = False


deciding: ContextVar[Deciding | None] = ContextVar("interlock_shadow", default=None)
"""The request that this task serves."""


class Shadow(CustomLogger):  # type: ignore[misc]  # LiteLLM is not there when this is checked
    """Decides, records and compares. ``compared`` requests were served by LiteLLM's first choice, and of these
    ``differ`` would have gone elsewhere; ``unsure`` were served after an error, or failed: the policy would have walked
    too, nobody knows where to."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.compared = self.differ = self.unsure = 0
        self._holder: Holder | None = None
        try:
            self._holder = Holder(path)
        except Exception as error:
            log.error("interlock: shadow mode is off, the table in %s is refused: %s", path, error)

    async def async_pre_call_hook(self, user_api_key_dict: Any, cache: Any, data: Any, call_type: Any) -> Any:
        deciding.set(None)
        if self._holder is not None and str(getattr(call_type, "value", call_type)) in CALLS:
            try:
                serving = self._holder.current(lambda _: None)
                asked = data.get("proxy_server_request") or {}
                request = request_of(
                    serving.declared, asked.get("headers"), asked.get("body") or data, user_api_key_dict
                )
                deciding.set(Deciding(Walk(serving.table, None, request), serving, data.get("litellm_call_id")))
            except Exception:
                log.exception("interlock: shadow mode failed for this request")
        return data

    async def async_post_call_failure_deployment_hook(self, *args: Any, **kwargs: Any) -> None:
        made = deciding.get()
        if made is not None:
            made.failed = True

    async def async_post_call_response_headers_hook(
        self,
        data: Any,
        user_api_key_dict: Any,
        response: Any,
        request_headers: Any = None,
        litellm_call_info: Any = None,
    ) -> dict[str, str] | None:
        return self._told(response, litellm_call_info or {})

    async def async_post_call_failure_hook(self, *args: Any, **kwargs: Any) -> None:
        self._told(None, {})

    def _told(self, response: Any, info: Any) -> dict[str, str] | None:
        """Compare and log, once for a request."""
        made = deciding.get()
        if made is None:
            return None
        deciding.set(None)
        try:
            return self._compared(made, response, info)
        except Exception:
            log.exception("interlock: shadow mode failed for this request")
            return None

    def _compared(self, made: Deciding, response: Any, info: Any) -> dict[str, str]:
        from litellm.proxy.proxy_server import llm_router

        id_ = info.get("model_id") or (info.get("model_info") or {}).get("id")
        deployment = None if response is None else llm_router.get_deployment(model_id=id_ or "")
        params = None if deployment is None else deployment.litellm_params
        chosen = None if params is None else (str(params.model), params.api_base)
        agrees = None if chosen is None or made.failed else agree(chosen, made.walk.decision, made.serving)
        if agrees is None:
            self.unsure += 1
        else:
            self.compared += 1
            self.differ += not agrees
        counts = {"compared": self.compared, "differ": self.differ, "unsure": self.unsure}
        line = {
            "interlock": "shadow",
            "call": made.id,
            "agrees": agrees,
            "chosen": None if chosen is None else {"model": chosen[0], "endpoint": chosen[1]},
            "counts": counts,
            "record": made.walk.record(),
        }
        log.info("%s", json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":")))
        said = {None: "unsure", True: "yes", False: "no"}[agrees]
        told = ", ".join(f"{name}={count}" for name, count in counts.items())
        return {"x-interlock-shadow": said, "x-interlock-shadow-counts": told}


def agree(chosen: tuple[str, str | None], decision: Any, serving: Serving) -> bool:
    """Whether LiteLLM chose what the policy would: the same provider and model and, where both name one, endpoint."""
    if decision.fail is not None:
        return False
    model, endpoint = serving.deployments[f"interlock/{decision.upstream}/{decision.model}"]
    if chosen[0] != model:
        return False
    return chosen[1] is None or endpoint is None or chosen[1].rstrip("/") == endpoint.rstrip("/")
