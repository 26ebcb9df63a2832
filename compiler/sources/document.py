"""YAML and JSON with the place of every value, read as the gateways read them.

PyYAML resolves plain words by YAML 1.1 (``on`` is true), as LiteLLM does with its own file, and composes nodes with
marks. JSON is read by the same reader: it is YAML, but for the tabs between its tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from interlock.dsl.record import record
from interlock.dsl.source import Source, Span

MAX_NODES = 200_000
"""Values in one document, aliases followed: a few lines of YAML can stand for billions."""


class Malformed(Exception):
    """A document that cannot be read: what is wrong, and where."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


@record
class Scalar:
    """``value`` is what the gateway sees; ``span`` what is written."""

    value: str | int | float | bool | None
    span: Span


@record
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    span: Span


@record
class Mapping:
    """Keys in the order written; of a key that is written twice the last one counts, as in PyYAML."""

    items: tuple[tuple[Scalar, Node], ...]
    span: Span

    def get(self, name: str) -> Node | None:
        """The value of a key; None where it is missing or null."""
        found = next((value for key, value in reversed(self.items) if key.value == name), None)
        return None if isinstance(found, Scalar) and found.value is None else found

    def key(self, name: str) -> Scalar | None:
        """The key itself, or None."""
        return next((key for key, _ in reversed(self.items) if key.value == name), None)

    def mapping(self, name: str) -> Mapping:
        """The mapping under a key; an empty one where there is none."""
        found = self.get(name)
        return found if isinstance(found, Mapping) else Mapping((), self.span)

    def list(self, name: str) -> tuple[Node, ...]:
        """The items under a key; none where there is no list."""
        found = self.get(name)
        return found.items if isinstance(found, Sequence) else ()

    def scalar(self, *names: str) -> Scalar | None:
        """The first of some keys whose value is a scalar other than null."""
        return next((found for name in names if isinstance(found := self.get(name), Scalar)), None)

    def text(self, *names: str) -> str | None:
        """The first of some keys whose value is a scalar, as text."""
        found = self.scalar(*names)
        return None if found is None else str(found.value)


Node = Scalar | Sequence | Mapping


def read(source: Source) -> list[Node]:
    """The documents of a text, empty ones left out. Raises ``Malformed``."""
    import yaml

    text = source.text.replace("\t", " ") if is_json(source.text) else source.text
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
    try:
        nodes = []
        reader = _Reader(source, loader)
        while loader.check_node():
            nodes.append(reader.node(loader.get_node()))
        return [node for node in nodes if not (isinstance(node, Scalar) and node.value is None)]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = 0 if mark is None else min(mark.index, len(source.text))
        what = error.problem or error.context or "it cannot be read"
        raise Malformed(f"this is no YAML: {what}", Span(source, at, at)) from None
    except yaml.reader.ReaderError as error:
        at = min(error.position, len(source.text))
        raise Malformed("a character stands here that no YAML may have", Span(source, at, at)) from None
    except RecursionError:
        raise Malformed("values are nested too deeply", Span(source, 0, 0)) from None
    finally:
        loader.dispose()


def is_json(text: str) -> bool:
    """Whether a text is meant to be JSON: its first character opens an object or a list."""
    return text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def plain(node: Node) -> Any:
    """A value without its places, as ``json.loads`` would give it."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {str(key.value): plain(value) for key, value in node.items}


def walk(node: Node) -> Iterator[Node]:
    """A value and all within it, in the order written."""
    todo = [node]
    while todo:
        here = todo.pop()
        yield here
        if isinstance(here, Sequence):
            todo.extend(reversed(here.items))
        elif isinstance(here, Mapping):
            todo.extend(value for _, value in reversed(here.items))


def written_twice(node: Node) -> Iterator[tuple[Scalar, Scalar]]:
    """Keys that a mapping has twice: the one that is lost, and the one that counts."""
    for mapping in walk(node):
        if isinstance(mapping, Mapping):
            last: dict[object, Scalar] = {}
            for key, _ in mapping.items:
                if key.value in last:
                    yield last[key.value], key
                last[key.value] = key


def embedded(span: Span) -> Source:
    """The YAML in a block scalar (a Kubernetes ConfigMap has such), as a text in which every character stands where it
    stands in the file."""
    text, blank = span.source.text, re.compile(r"[^\n]")
    # The first line is the mark of the block (`|`); its text begins below.
    start = text.find("\n", span.start, span.end)
    start = span.end if start < 0 else start
    inside = text[start : span.end]
    return Source(
        span.source.name, blank.sub(" ", text[:start]) + inside + blank.sub(" ", text[span.end :]), span.source.key
    )


class _Reader:
    """From PyYAML's nodes to ours."""

    def __init__(self, source: Source, loader: Any) -> None:
        self._source = source
        self._loader = loader
        self._left = MAX_NODES
        self._json = is_json(source.text)

    def node(self, node: Any) -> Node:
        import yaml

        span = self._span(node)
        self._left -= 1
        if self._left < 0:
            raise Malformed(f"this file stands for more than {MAX_NODES:,} values", span)
        if isinstance(node, yaml.ScalarNode):
            return Scalar(self._value(node, span), span)
        if isinstance(node, yaml.SequenceNode):
            return Sequence(tuple(self.node(item) for item in node.value), span)
        merged: list[tuple[Scalar, Node]] = []
        items: list[tuple[Scalar, Node]] = []
        for key, value in node.value:
            if key.tag == "tag:yaml.org,2002:merge":
                into = self.node(value)
                # Of several mappings that are merged the first counts, and own keys count before all.
                for mapping in reversed(into.items if isinstance(into, Sequence) else (into,)):
                    if isinstance(mapping, Mapping):
                        merged.extend(mapping.items)
                continue
            name = self.node(key)
            if not isinstance(name, Scalar):
                raise Malformed("a key is a word, not a list or a mapping", name.span)
            items.append((name, self.node(value)))
        own = {key.value for key, _ in items}
        first = {key.value: (key, value) for key, value in merged if key.value not in own}
        return Mapping((*first.values(), *items), span)

    def _value(self, node: Any, span: Span) -> str | int | float | bool | None:
        import yaml

        if node.style is None and self._json and re.fullmatch(r"-?\d+(\.\d+)?[eE][+-]?\d{1,3}", node.value):
            return float(node.value)  # which YAML 1.1 takes for a text
        try:
            value = self._loader.construct_object(node)
        except (yaml.constructor.ConstructorError, ValueError):
            raise Malformed("this value cannot be read", span) from None
        return value if value is None or isinstance(value, str | int | float | bool) else str(value)

    def _span(self, node: Any) -> Span:
        start, end = node.start_mark.index, node.end_mark.index
        text = self._source.text[start:end]
        return Span(self._source, start, start + len(text.rstrip()))
