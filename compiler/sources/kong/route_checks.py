"""What is wrong with routes: what Kong refuses, and what it takes for something else than was meant."""

from __future__ import annotations

import re
from collections.abc import Iterator

from interlock.compiler.source_findings import misread_value, refused_configuration
from interlock.compiler.sources.document import Scalar
from interlock.compiler.sources.kong.config import Config, Plugin, Route, texts
from interlock.compiler.sources.kong.router import conditions
from interlock.dsl.finding import Finding

_REFUSED = "Kong refuses the route"
_AS_EXPRESSION = re.compile(r"[\\\[\](){}^$|*?]")


def check_routes(config: Config) -> Iterator[Finding]:
    """Findings about routes, and about where plugins stand in them."""
    for route in config.routes:
        yield from _conditions(route)
        for path in texts(route.node, "paths"):
            yield from _path(path)
    for plugin in (*config.plugins, *config.others):
        yield from _nested(plugin)


def _conditions(route: Route) -> Iterator[Finding]:
    found = conditions(route)
    key = route.node.key("expression")
    if route.node.get("expression") is None and not found:
        message = f"`{route.shown}` has neither `paths` nor `hosts`, `methods` or `headers`: {_REFUSED}"
        yield Finding(refused_configuration.KIND, message, route.span, "say which requests it is for: `paths: [/]`")
    elif key is not None and route.node.get("expression") is not None and found:
        message = f"`expression` cannot stand beside `{found[0]}`: {_REFUSED}"
        yield Finding(refused_configuration.KIND, message, key.span, "write all of it into the expression")


def _path(path: Scalar) -> Iterator[Finding]:
    text = str(path.value)
    if not text.startswith(("/", "~/")) and "${{" not in text:
        help_ = f"write `~/{text.lstrip('~^/')}`" if _AS_EXPRESSION.search(text) else f"write `/{text}`"
        message = f"`{text}` starts neither with `/` nor with `~/`: {_REFUSED}"
        yield Finding(refused_configuration.KIND, message, path.span, help_)
    elif text.startswith("/") and _AS_EXPRESSION.search(text) and "${{" not in text:
        message = f"`{text}` is compared as it is written: only what starts with `~` is a regular expression"
        help_ = f"write `{text.rstrip('*')}`" if re.fullmatch(r"[^*]*\*", text) else f"write `~{text}`"
        yield Finding(misread_value.KIND, message, path.span, help_)


def _nested(plugin: Plugin) -> Iterator[Finding]:
    """decK takes no plugin that names again what it stands in."""
    kind = plugin.nested
    key = None if kind is None or plugin.node.get(kind) is None else plugin.node.key(kind)
    if kind is not None and key is not None:
        message = f"`{kind}` in a plugin that stands within a {kind.replace('_', ' ')}: decK refuses the file"
        yield Finding(refused_configuration.KIND, message, key.span, "remove it, or move the plugin to the top level")
