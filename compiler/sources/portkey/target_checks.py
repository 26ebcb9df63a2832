"""Targets that no request comes to, or not after the errors that providers make; settings that are hard to believe."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.compiler.source_findings import (
    dead_entry,
    fallback_never_fires,
    misread_value,
    refused_configuration,
    uncovered_error,
    unknown_target,
)
from interlock.compiler.sources.portkey.condition_checks import check_query
from interlock.compiler.sources.portkey.config import Target, number
from interlock.compiler.sources.portkey.upstreams import provider_of
from interlock.compiler.sources.portkey.ways import provider_said
from interlock.dsl.finding import Finding, Related
from interlock.dsl.nearest import nearest
from interlock.dsl.source import Span

_EXPECTED = (429, 500, 502, 503, 504)
_NOTES = {
    500: "500 is also what Portkey makes of a connection that fails",
    408: "408 is what Portkey makes of a `request_timeout` that is over",
    529: "529 is what Anthropic answers when it is overloaded",
}
_LEAST_TIMEOUT = 1000


def check_targets(root: Target) -> Iterator[Finding]:
    """Findings about a target and all within it."""
    for target in root.all():
        yield from _settings(target)
        match target.mode:
            case "conditional":
                yield from _conditional(target)
            case "fallback":
                yield from _fallback(target)
            case "loadbalance":
                yield from _balanced(target)
            case "single":
                for other in (target.targets or ())[1:2]:
                    message = "with the mode `single` the first target is asked alone, and this never"
                    help_ = "set the mode `fallback`, or remove the target"
                    yield Finding(dead_entry.KIND, message, other.span, help_)
            case None:
                yield from _leaf(target)


def _conditional(target: Target) -> Iterator[Finding]:
    named: dict[str, Target] = {}
    for each in target.targets or ():
        if each.name is not None and each.name in named:
            message = f"`{each.name}` is the name of two targets: this one is never chosen"
            related = (Related("this one is", named[each.name].span),)
            yield Finding(dead_entry.KIND, message, each.span, "give it a name of its own", related)
        elif each.name is not None:
            named[each.name] = each
    asked = [(condition.then, condition.then_span) for condition in target.conditions or ()]
    if target.default is not None:
        said = target.strategy.scalar("default")
        asked.append((target.default, target.span if said is None else said.span))
    for name, span in asked:
        if name not in named:
            close = nearest(name, named)
            help_ = f"did you mean `{close}`?" if close else f'give the target that is meant `"name": "{name}"`'
            message = f"there is no target `{name}`: every request that comes to it is answered 400"
            yield Finding(unknown_target.KIND, message, span, help_)
    if target.default is None and target.conditions is not None:
        message = "there is no `default`: a request that meets no condition is answered 400"
        key = target.strategy.key("conditions")
        span = target.span if key is None else key.span
        yield Finding(unknown_target.KIND, message, span, 'add `"default"` with the name of a target', level="warning")
    chosen = {name for name, _ in asked}
    for each in target.targets or ():
        if each.name is None:
            message, help_ = "this target is never chosen: it has no `name`", "give it one, or remove it"
            yield Finding(dead_entry.KIND, message, each.span, help_)
        elif each.name not in chosen:
            message = f"`{each.name}` is never chosen: no condition names it, and it is not the default"
            yield Finding(dead_entry.KIND, message, each.span, "name it in `then` or `default`, or remove it")
    for condition in target.conditions or ():
        yield from check_query(condition.query)


def _fallback(target: Target) -> Iterator[Finding]:
    targets, codes = target.targets or (), target.codes
    key = target.strategy.key("on_status_codes")
    if len(targets) == 1:
        message = "this fallback has one target, and falls back to nothing"
        help_ = "add a second one, or set the mode `single`"
        mode = target.strategy.scalar("mode")
        span = target.span if mode is None else mode.span
        yield Finding(fallback_never_fires.KIND, message, span, help_, level="warning")
    if codes is None or key is None:
        return
    yield from _codes(target)
    if not codes:
        message = "`on_status_codes` is empty: requests never fall back"
        yield Finding(fallback_never_fires.KIND, message, key.span, "write the codes, or leave the key out for all")
        return
    leaves = [leaf for each in targets[:-1] for leaf in each.all() if leaf.mode is None]
    expected = list(_EXPECTED)
    if any(provider_of(leaf) == "anthropic" for leaf in leaves):
        expected.append(529)
    if any(leaf.settings.timeout for leaf in leaves):
        expected.append(408)
    missing = sorted(code for code in expected if code not in codes)
    if leaves and missing:
        listed = " and ".join(part for part in (", ".join(map(str, missing[:-1])), str(missing[-1])) if part)
        notes = tuple(_NOTES[code] for code in missing if code in _NOTES)
        message = f"requests do not fall back on {listed}"
        yield Finding(uncovered_error.KIND, message, key.span, f"add {listed} to `on_status_codes`", notes=notes)


def _codes(target: Target) -> Iterator[Finding]:
    for item in target.strategy.list("on_status_codes"):
        code = number(item)
        if code is None or code == 246:
            continue
        if 200 <= code < 300:
            message = f"{code} is no error: requests that were answered well go to the next target too"
            yield Finding(misread_value.KIND, message, item.span, "remove it")
        elif not 100 <= code <= 599 or code != int(code):
            message = f"{code} is no status that a provider answers"
            yield Finding(misread_value.KIND, message, item.span, "write a status, such as 429", level="warning")


def _balanced(target: Target) -> Iterator[Finding]:
    targets = target.targets or ()
    idle = [each for each in targets if each.weight == 0]
    if targets and len(idle) == len(targets):
        message = "every weight is 0: no target is asked, and the request is answered 500"
        yield Finding(misread_value.KIND, message, _weight(idle[0]), "give one of them a weight")
        return
    for each in idle:
        message = f"`{each.shown}` has the weight 0: it gets no request, and is no spare for the others either"
        help_ = "set the mode `fallback` if it is to be asked when the others fail, or remove it"
        yield Finding(dead_entry.KIND, message, _weight(each), help_)


def _leaf(target: Target) -> Iterator[Finding]:
    if target.path != "config" and not provider_said(target):
        message = "this target names no provider: a request that comes to it is answered 500, and no other is tried"
        yield Finding(refused_configuration.KIND, message, target.span, 'add `"provider"`', level="error")


def _settings(target: Target) -> Iterator[Finding]:
    timeout = number(target.node.get("request_timeout"))
    said = target.node.scalar("request_timeout")
    if timeout is None or said is None:
        return
    if timeout == 0:
        message, help_ = "`request_timeout` of 0 sets none", "write milliseconds, or leave it out"
        yield Finding(misread_value.KIND, message, said.span, help_, level="warning")
    elif timeout < _LEAST_TIMEOUT:
        message = f"`request_timeout` is in milliseconds: nobody answers within {timeout} of them"
        help_ = f"write {int(timeout * 1000)} if seconds are meant" if timeout >= 1 else "write milliseconds"
        yield Finding(misread_value.KIND, message, said.span, help_, level="warning")


def _weight(target: Target) -> Span:
    said = target.node.scalar("weight")
    return target.span if said is None else said.span
