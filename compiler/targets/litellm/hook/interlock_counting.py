"""`/v1/messages/count_tokens` goes where the policy sends the request that is counted: counting sends the whole prompt.

LiteLLM calls no hook for it; so a route of our own comes before its own, which names our deployment and goes on as
LiteLLM does: that deployment's provider counts, and where it cannot, LiteLLM estimates.
"""

# No `from __future__ import annotations`: FastAPI reads the annotations of a function within a function.

from collections.abc import Callable, Mapping
from typing import Annotated, Any

PATH = "/v1/messages/count_tokens"


def take_over_counting(group_of: Callable[[Mapping[str, str], Any, Any], str]) -> None:
    """Have counting ask ``group_of(headers, body, key)`` for the group of the deployment; what it raises, a
    ``ProxyException``, is the answer."""
    from fastapi import Depends, Request
    from litellm.proxy._types import ProxyException, UserAPIKeyAuth
    from litellm.proxy.anthropic_endpoints.endpoints import _anthropic_error_json_response, count_tokens
    from litellm.proxy.auth.user_api_key_auth import user_api_key_auth
    from litellm.proxy.common_utils.http_parsing_utils import _safe_set_request_parsed_body, read_request_body
    from litellm.proxy.proxy_server import app

    async def interlock_count_tokens(
        request: Request, user_api_key_dict: Annotated[UserAPIKeyAuth, Depends(user_api_key_auth)]
    ) -> Any:
        body = await read_request_body(request=request)
        try:
            group = group_of(request.headers, body, user_api_key_dict)
        except ProxyException as error:
            return _anthropic_error_json_response(error, request)
        _safe_set_request_parsed_body(request=request, parsed_body={**body, "model": group})
        return await count_tokens(request=request, user_api_key_dict=user_api_key_dict)

    app.add_api_route(PATH, interlock_count_tokens, methods=["POST"], include_in_schema=False, response_model=None)
    app.router.routes.insert(0, app.router.routes.pop())
