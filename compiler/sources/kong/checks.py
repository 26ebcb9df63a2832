"""What is wrong with a decK file as it is written: keys, values and what has to be there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from interlock.compiler.source_findings import misread_value, refused_configuration, repeated_key, unknown_key
from interlock.compiler.sources.document import Mapping, Node, Scalar, Sequence, written_twice
from interlock.compiler.sources.keys import check_keys
from interlock.compiler.sources.kong.config import Config, Plugin
from interlock.dsl.finding import Finding, Related
from interlock.dsl.nearest import nearest
from interlock.dsl.source import Span

_DECK, _KONG = "decK refuses the file", "Kong refuses the plugin"


@cache
def known_keys() -> dict[str, Any]:
    """The keys that decK and the plugins know, and of the plugins' keys the values."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("keys.json").read_text("utf-8"))
    return found


def check_text(config: Config) -> Iterator[Finding]:
    """Findings about keys and values."""
    known = known_keys()
    for lost, kept in written_twice(config.root):
        message = f"`{lost.value}` is written twice: what stands here is lost"
        related = (Related("this one counts", kept.span),)
        yield Finding(repeated_key.KIND, message, lost.span, "merge the two, or remove one", related)
    yield from check_keys(config.root, "the top level", known["file"], {}, _DECK)
    for service in config.services:
        yield from check_keys(service.node, "a service", known["service"], _elsewhere("service"), _DECK)
    for route in config.routes:
        yield from check_keys(route.node, "a route", known["route"], _elsewhere("route"), _DECK)
    for plugin in config.plugins:
        yield from check_keys(plugin.node, "a plugin", known["plugin"], _config_keys(plugin), _DECK)
        yield from _value(plugin.config, f"`{plugin.name}`", "config", known["config"][plugin.name], plugin)


def _elsewhere(section: str) -> dict[str, str]:
    """The keys of routes and services that are misplaced in the other one."""
    known = known_keys()
    others = {"service": ("route", "a route"), "route": ("service", "the service")}
    other, place = others[section]
    # `path` in a route is meant as `paths`, whatever a service has.
    return {key: place for key in known[other] if key not in known[section] and key != "path"}


def _config_keys(plugin: Plugin) -> dict[str, str]:
    known = known_keys()
    config = known["config"][plugin.name]["keys"]
    found = dict.fromkeys(config.get("balancer", {}).get("keys", ()), "`config.balancer`")
    found |= dict.fromkeys(config, "`config`")
    return {key: place for key, place in found.items() if key not in known["plugin"]}


def _value(node: Node, where: str, key: str, schema: Any, plugin: Plugin) -> Iterator[Finding]:
    """Findings about a value of a plugin's configuration and all within it. ``where`` is what holds it, for people."""
    if schema == "any" or (isinstance(node, Scalar) and node.value is None):
        return
    if isinstance(schema, str):
        schema = {"type": schema}
    if "keys" in schema:
        if not isinstance(node, Mapping):
            yield _refused(f"`{key}` of {where} is no mapping", node.span, f"write the keys of `{key}` below it")
            return
        here = where if key == "config" else f"`{key}`"
        model = node.key("model") if "model_alias" in schema["keys"] else None
        if model is not None:
            message = f"unknown key `model` in `model`: {_KONG}"
            yield Finding(unknown_key.KIND, message, model.span, "did you mean `name`?")
        known = {*schema["keys"], *(["model"] if model is not None else [])}
        yield from check_keys(node, here, known, _places(schema, plugin), _KONG)
        yield from _required(node, here, schema, plugin)
        for name, value in node.items:
            inner = schema["keys"].get(str(name.value))
            if inner is not None:
                yield from _value(value, here, str(name.value), inner, plugin)
    elif "items" in schema:
        if not isinstance(node, Sequence):
            yield _refused(f"`{key}` of {where} is no list", node.span, f"write `{key}: [ … ]`")
            return
        for item in node.items:
            yield from _value(item, where, key, schema["items"], plugin)
    elif not isinstance(node, Scalar):
        yield _refused(f"`{key}` of {where} is no single value", node.span, f"write one value for `{key}`")
    else:
        yield from _scalar(node, where, key, schema)


def _scalar(node: Scalar, where: str, key: str, schema: dict[str, Any]) -> Iterator[Finding]:
    if isinstance(node.value, str) and _later(node.value):
        return
    if "enum" in schema:
        if node.value in schema["enum"]:
            return
        close = nearest(str(node.value), schema["enum"])
        help_ = f"did you mean `{close}`?" if close else f"there are {', '.join(schema['enum'])}"
        if node.value == "http_529":
            help_ = "Kong has no criterion for 529: ask a provider that answers with it last"
        yield _refused(f"`{node.value}` is no value of `{key}`", node.span, help_)
    elif schema["type"] in ("integer", "number"):
        value = node.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield _refused(f"`{key}` of {where} is no number", node.span, f"write a number without quotes: `{key}: 1`")
        elif schema["type"] == "integer" and isinstance(value, float) and not value.is_integer():
            yield _refused(f"`{key}` of {where} is no whole number", node.span, "write one without a fraction")
        elif not schema.get("minimum", value) <= value <= schema.get("maximum", value):
            bounds = f"{schema['minimum']} to {schema['maximum']}"
            yield _refused(f"`{key}` of {where} is out of its range", node.span, f"write a number of {bounds}")
    elif schema["type"] == "boolean" and not isinstance(node.value, bool):
        yield _refused(f"`{key}` of {where} is neither true nor false", node.span, "write `true` or `false`")
    elif schema["type"] == "string" and not isinstance(node.value, str):
        yield _refused(f"`{key}` of {where} is no text", node.span, f'write it in quotes: `{key}: "…"`')
    elif isinstance(node.value, str) and "{vault://" in node.value and not node.value.startswith("{vault://"):
        message = f"`{key}` is sent as it is written: a reference to a vault is looked up only where it is all there is"
        yield Finding(misread_value.KIND, message, node.span, "put all of the value into the secret")


def _required(node: Mapping, where: str, schema: dict[str, Any], plugin: Plugin) -> Iterator[Finding]:
    if plugin.node.get("partials") is not None:
        return  # a partial has the rest
    for name in schema.get("required", ()):
        if node.get(name) is None:
            span = plugin.span if node is plugin.config else node.span
            yield _refused(f"{where} has no `{name}`", _start(span), f"add `{name}`")


def _places(schema: dict[str, Any], plugin: Plugin) -> dict[str, str]:
    """Where keys are read that are often written one level too high or too low."""
    config = known_keys()["config"][plugin.name]["keys"]
    found: dict[str, str] = dict.fromkeys(config, "`config`")
    for name in ("model", "balancer", "auth"):
        found |= dict.fromkeys(config.get(name, {}).get("keys", ()), f"`config.{name}`")
    if "targets" in config:
        target = config["targets"]["items"]["keys"]
        found |= dict.fromkeys(target, "an entry of `targets`")
        found |= dict.fromkeys(target["model"]["keys"], "`model` of a target")
        found |= dict.fromkeys(target["model"]["keys"]["options"]["keys"], "`model.options` of a target")
    else:
        found |= dict.fromkeys(config["model"]["keys"]["options"]["keys"], "`config.model.options`")
    found |= dict.fromkeys(config.get("balancer", {}).get("keys", ()), "`config.balancer`")
    return {key: place for key, place in found.items() if key not in schema["keys"]}


def _refused(message: str, span: Span, help_: str) -> Finding:
    return Finding(refused_configuration.KIND, f"{message}: {_KONG}", span, help_)


def _start(span: Span) -> Span:
    """The first line of a place: all of a target is too much to point at."""
    end = span.source.text.find("\n", span.start, span.end)
    return span if end < 0 else Span(span.source, span.start, end)


def _later(text: str) -> bool:
    """Whether decK puts something else here when the file is applied."""
    return "${{" in text
