"""A callback beside the hook, in the gateway's own environment: what LiteLLM puts into its spend logs, a line each."""

from __future__ import annotations

import json
import os
from typing import Any

from litellm.integrations.custom_logger import CustomLogger


class Watching(CustomLogger):  # type: ignore[misc]  # LiteLLM is not there when this is checked
    """Writes `spend.jsonl` beside itself."""

    async def async_log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:
        from litellm.proxy.spend_tracking.spend_tracking_utils import get_logging_payload

        row = get_logging_payload(kwargs, response_obj, start_time, end_time)
        said = {"metadata": json.loads(row["metadata"]), "model_group": row["model_group"]}
        said |= {"call": kwargs["litellm_call_id"], "process": os.getpid()}
        with open(os.path.join(os.path.dirname(__file__), "spend.jsonl"), "a", encoding="utf-8") as file:
            file.write(json.dumps(said) + "\n")


watching = Watching()
