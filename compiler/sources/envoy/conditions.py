"""The conditions of matches as predicates of the language, and the attributes that they ask for."""

from __future__ import annotations

import re

from interlock.compiler.sources.draft import Names, quoted, word
from interlock.compiler.sources.envoy.expressions import Pattern, patterns
from interlock.compiler.sources.envoy.routes import MODEL_HEADER, Header, Match
from interlock.compiler.sources.envoy.secret_checks import is_credential
from interlock.compiler.sources.plan import Attribute, Remark
from interlock.compiler.sources.secrets import is_secret
from interlock.dsl.record import record
from interlock.dsl.source import Span

MODEL = Attribute(
    "model", "string", 'per session from body "/model"', f"The model in the body: Envoy's `{MODEL_HEADER}`."
)
_RESERVED = ("and", "or", "not", "in", "like", "has", "contains", "sample", "true", "false", "per", "rising", "from")
_MORE = ("default", "error", "model", "request_id", "host", "gateway")


@record
class Condition:
    """A match as a predicate, None where every request matches; ``models`` are the only ones that can match, None
    where any other can as well."""

    when: str | None
    models: tuple[str, ...] | None


class Conditions:
    """The conditions of one configuration. ``attributes`` has what they ask for, ``remarks`` what they do not say."""

    def __init__(self) -> None:
        self._names = Names([*_RESERVED, *_MORE])
        self._headers: dict[str, Attribute] = {}
        self._opaque: dict[tuple[str, str], Attribute] = {}
        self.remarks: list[Remark] = []

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """The attributes that were asked for, the model first."""
        return (MODEL, *self._headers.values(), *self._opaque.values())

    def header(self, name: str, span: Span, *, session: bool = False) -> str:
        """The attribute of a header. ``session``: it stays the same throughout one."""
        if name == MODEL_HEADER:
            return MODEL.name
        if name not in self._headers:
            given = self._names.give(word(name).replace("-", "_"))
            note = f"The header `{name}`."
            self._headers[name] = Attribute(given, "string?", f"per turn from header {quoted(name)}", note, span)
        found = self._headers[name]
        if session:
            options = found.options.replace("per turn", "per session")
            self._headers[name] = Attribute(found.name, found.type, options, found.note, found.span)
        return found.name

    def of(self, match: Match) -> Condition:
        """The predicate of a match."""
        models: tuple[str, ...] | None = None
        tests = []
        for header in match.headers:
            if _holds_credential(header):
                tests.append(self._credential(header))
                found: tuple[str, ...] | None = None
            elif header.exact:
                tests.append(f"{self.header(header.name, header.span)} == {quoted(header.value)}")
                found = (header.value,)
            else:
                test, found = self._expression(header)
                tests.append(test)
            if header.name == MODEL_HEADER:
                models = found if models is None else tuple(m for m in models if found is None or m in found)
        return Condition(" and ".join(tests) or None, models)

    def _credential(self, header: Header) -> str:
        """Whether a header has the credential that stands in the file, which a policy must not show."""
        key = header.name, header.value
        if key not in self._opaque:
            given = self._names.give(f"{word(header.name).replace('-', '_')}_is_known")
            note = f"Whether the header `{header.name}` is the one that the route asks for."
            source = f"per session from gateway {quoted(f'{header.name}, credential {len(self._opaque) + 1}')}"
            self._opaque[key] = Attribute(given, "bool?", source, note, header.span)
            text = f"the credential that is asked for in `{header.name}` is not shown: here an attribute says it"
            self.remarks.append(Remark(text, header.span))
        return self._opaque[key].name

    def _expression(self, header: Header) -> tuple[str, tuple[str, ...] | None]:
        found = patterns(header.value)
        if found is None:
            return self._unknown(header), None
        name = self.header(header.name, header.span)
        exact = tuple(dict.fromkeys(p.parts[0] for p in found if len(p.parts) == 1))
        tests = [_like(name, p) for p in found if len(p.parts) > 1]
        if len(exact) == 1:
            tests.insert(0, f"{name} == {quoted(exact[0])}")
        elif exact:
            tests.insert(0, f"{name} in [{', '.join(map(quoted, exact))}]")
        only = exact if len(exact) == len(tests) or not any(len(p.parts) > 1 for p in found) else None
        return (tests[0] if len(tests) == 1 else f"({' or '.join(tests)})"), only

    def _unknown(self, header: Header) -> str:
        key = header.name, header.value
        if key not in self._opaque:
            given = self._names.give(f"{word(header.name).replace('-', '_')}_matches")
            note = f"Whether the header `{header.name}` matches an expression that the language has not."
            source = f"per turn from gateway {quoted(header.name + ' ~ ' + header.value)}"
            self._opaque[key] = Attribute(given, "bool?", source, note, header.span)
            text = f"`{header.value}` is no list of texts with `.*` in them: whether it matches is here an attribute"
            self.remarks.append(Remark(text, header.span))
        return self._opaque[key].name


def _holds_credential(header: Header) -> bool:
    carries = re.fullmatch(r"(proxy-)?authorization|.*api-?key|.*token|.*secret", header.name) is not None
    bare = re.sub(r"(?i)^(bearer|basic)\s+", "", header.value)
    return is_credential(header.value) or (carries and is_secret(bare))


def _like(name: str, pattern: Pattern) -> str:
    test = f"{name} like {quoted('*'.join(pattern.parts))}"
    # A `like` takes nothing for a star as well.
    return f"({test} and {name} != {quoted(''.join(pattern.parts))})" if pattern.some else test
