"""Interlock in LiteLLM's proxy: each request goes where the table beside this file says, and so does each hop.

Written by `interlock emit litellm`, for litellm 1.106.2. A `CustomLogger` decides before the call. LiteLLM has no
extension point for what follows an error, and its fallback lists know no classes; so the one method of its router that
every failure comes to, before a stream as well as in one that has no content yet, is replaced for our requests.
"""

from __future__ import annotations

import inspect
import json
import logging
import os
import sys
from contextvars import ContextVar
from typing import Any
from urllib.parse import quote

from litellm.integrations.custom_logger import CustomLogger
from litellm.router import Router

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from interlock_attributes import attributes  # noqa: E402
from interlock_errors import UNAVAILABLE, error_class  # noqa: E402
from interlock_runtime import load  # noqa: E402

log = logging.getLogger("interlock")
if not log.handlers:  # LiteLLM leaves the root logger at WARNING
    log.addHandler(logging.StreamHandler())
    log.setLevel(logging.INFO)
    log.propagate = False

FAILED = "async_function_with_fallbacks_common_utils"
WANTED = (
    "self",
    "e",
    "disable_fallbacks",
    "fallbacks",
    "context_window_fallbacks",
    "content_policy_fallbacks",
    "model_group",
    "args",
    "kwargs",
    "include_fallback_errors",
)
if tuple(inspect.signature(getattr(Router, FAILED, lambda: None)).parameters) != WANTED:
    raise RuntimeError(
        "interlock: this hook is for litellm 1.106.2, whose router hands on errors in another way than this one"
    )

CALLS = frozenset(("anthropic_messages", "acompletion", "completion"))


class Walk:
    """A request under way. It ends with the table it began with."""

    def __init__(self, table: Any, decision: Any) -> None:
        self.table = table
        self.decision = decision
        self.tries = 0
        self.retries = {pool.name: pool.retry for pool in _pools(table)}

    @property
    def group(self) -> str:
        return f"interlock/{self.decision.upstream}/{self.decision.model}"

    def failed(self, class_: str | None) -> bool:
        """An error came. Whether to send the request again, to ``group``; no, if it goes to the client."""
        if class_ is None or self.decision.fail is not None:
            return False
        if class_ in UNAVAILABLE and self.tries < self.retries[self.decision.pool]:
            self.tries += 1
            return True
        self.tries = 0
        self.decision = self.table.after(self.decision, class_)
        log.info("%s", json.dumps({"interlock": "after", "class": class_, **self.decision.to_dict()}, sort_keys=True))
        return self.decision.fail is None


walking: ContextVar[Walk | None] = ContextVar("interlock_walk", default=None)
"""The walk of the request that this task serves."""


class Hook(CustomLogger):  # type: ignore[misc]  # LiteLLM is not there when this is checked
    def __init__(self) -> None:
        super().__init__()
        self._path = os.path.join(HERE, "table.json")
        self._stamp: object = self._stamp_now()
        self._table, self._declared = self._read()

    def _stamp_now(self) -> object:
        status = os.stat(self._path)
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _read(self) -> tuple[Any, Any]:
        with open(self._path, "rb") as file:
            data = file.read()
        return load(data), json.loads(data)["attributes"]

    def _current(self, router: Any) -> tuple[Any, Any]:
        """The table and its attributes, read anew where the file has changed. One that is refused, or that is gone,
        leaves the old one in place."""
        try:
            stamp = self._stamp_now()
            if stamp != self._stamp:
                self._stamp = stamp  # also of one that is refused: it is told once
                table, declared = self._read()
                missing = sorted(_groups(table) - set(router.model_names))
                if missing:
                    raise ValueError(f"config.yaml has no deployment {missing[0]}: restart the proxy with the new one")
                self._table, self._declared = table, declared
                log.info("interlock: table %s of policy %s is in place", table.version, table.policy)
        except Exception as error:
            log.error("interlock: the new table is refused, and the old one goes on: %s", error)
        return self._table, self._declared

    async def async_pre_call_hook(self, user_api_key_dict: Any, cache: Any, data: Any, call_type: Any) -> Any:
        walking.set(None)
        if str(getattr(call_type, "value", call_type)) not in CALLS:
            return data
        from litellm.proxy.proxy_server import llm_router

        _take_over(llm_router)
        table, declared = self._current(llm_router)
        asked = data.get("proxy_server_request") or {}
        own = [getattr(user_api_key_dict, "metadata", None), getattr(user_api_key_dict, "team_metadata", None)]
        body = asked.get("body") or data
        metadata = [*own, body.get("metadata")] if isinstance(body, dict) else own
        decision = table.decide(attributes(declared, asked.get("headers") or {}, body, metadata))
        log.info("%s", json.dumps({"interlock": "decide", **decision.to_dict()}, sort_keys=True))
        walk = Walk(table, decision)
        walking.set(walk)
        if decision.fail is not None:
            raise _fail(decision)
        # Not a client's to set; and with a list of fallbacks LiteLLM keeps the frames before the first content back,
        # so that an error among them can still be followed. The list itself is never walked.
        for key in ("disable_fallbacks", "context_window_fallbacks", "content_policy_fallbacks"):
            data.pop(key, None)
        data.update(model=walk.group, num_retries=0, fallbacks=[walk.group])
        return data

    async def async_post_call_response_headers_hook(self, *args: Any, **kwargs: Any) -> dict[str, str] | None:
        walk = walking.get()
        if walk is None:
            return None
        told = walk.decision.to_dict()
        names = ("policy", "version", "rule", "pool", "upstream", "model", "hop")
        return {
            f"x-interlock-{name}": quote(str(told[name]), safe="[]/:.,-_ ") for name in names if told[name] is not None
        }


def _take_over(router: Any) -> None:
    """Have what follows an error decided by the walk. A router that LiteLLM makes anew is taken over anew."""
    if FAILED in vars(router):
        return
    original = getattr(router, FAILED)

    async def failed(e: Exception, *rest: Any, **named: Any) -> Any:
        walk = walking.get()
        if walk is None:
            return await original(e, *rest, **named)
        given = dict(zip(WANTED[2:], rest, strict=False)) | named
        if not walk.failed(error_class(e)):
            if walk.decision.fail is not None and walk.decision.fail.status is not None:
                raise _fail(walk.decision) from e
            raise e
        again = {**given["kwargs"], "model": walk.group, "num_retries": 0, "fallbacks": [walk.group]}
        return await router.async_function_with_fallbacks(*given["args"], **again)

    setattr(router, FAILED, failed)


def _fail(decision: Any) -> Any:
    from fastapi import HTTPException

    message = decision.invalid.message if decision.invalid is not None else decision.fail.message
    return HTTPException(decision.fail.status, detail={"error": message or "no way on"})


def _pools(table: Any) -> list[Any]:
    return [state.pool for state in table.spec.states if hasattr(state, "pool")]


def _groups(table: Any) -> set[str]:
    return {f"interlock/{member.upstream.name}/{member.model}" for pool in _pools(table) for member in pool.members}


hook = Hook()
