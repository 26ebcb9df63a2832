"""Whatever stands in a configuration: findings and policies, no traceback, nothing that gets out of a comment, and no
credential in anything that is written."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, get_args

import pytest
import yaml

from interlock.compiler.pipeline import front
from interlock.compiler.sources.check import Imported, check_imported, import_sources, policy_of, policy_text
from interlock.compiler.sources.formats import Format
from interlock.dsl.source import Source

FOLDER = Path(__file__).parent / "corpus"
FORMATS: list[Format] = [format_ for format_ in get_args(Format) if format_ in ("litellm", "kong", "portkey")]
FILES = [
    (format_, path)
    for format_ in FORMATS
    for path in sorted((FOLDER / format_).glob("*"))
    if path.suffix in (".yaml", ".yml", ".json") and path.stem != "broken"
]
each_file = pytest.mark.parametrize(("format_", "path"), FILES, ids=lambda value: getattr(value, "stem", value))

ODD: tuple[object, ...] = (
    None, True, -1, 0, 1.5, 1e300, 10**30, "", "x", "a/b", "*", "a*b*", "(", "{}", [], {}, [None], [[]], [{}], {"": ""},
    {"model": None}, [1, "a"], {"x": [{"y": 1}]}, "os.environ/", "$", "x" * 5000, "a\nrule b -> c", "a\r\n}\npool p {",
    "# x", 'a"b\\', "\u2028\u0085x", "\x7f\u200e", "-> fail", "sonnet",
)  # fmt: skip
KEY = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789"


def places_in(node: object) -> Iterator[tuple[Any, Any]]:
    """Every place in a document where something stands."""
    if isinstance(node, dict | list):
        for key in node if isinstance(node, dict) else range(len(node)):
            yield node, key
            yield from places_in(node[key])


def read(path: Path) -> Any:
    """What stands in a file."""
    text = path.read_text("utf-8")
    return json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)


def written(path: Path, document: object) -> str:
    """A document as the file has it: JSON or YAML."""
    if path.suffix == ".json":
        return json.dumps(document, indent=1, ensure_ascii=False)
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def survives(format_: Format, text: str) -> Imported:
    """Everything that is done with a configuration is done."""
    found = import_sources(format_, [Source("config.yaml", text)])
    check_imported(found)
    if found.draft is not None:
        syntax = [f for f in policy_of(found).findings if f.kind.code.startswith("T")]
        assert not syntax, [finding.message for finding in syntax]
    text_of_policy, refused = policy_text(found)
    assert text_of_policy is not None or refused
    if text_of_policy is not None:
        again = front("policy.route", text=text_of_policy)
        assert not again.findings, [finding.message for finding in again.findings]
    return found


@each_file
def test_anything_anywhere(format_: Format, path: Path) -> None:
    random = Random(path.stem)
    document = read(path)
    for _ in range(25):
        changed = copy.deepcopy(document)
        for _ in range(random.choice((1, 1, 2, 5))):
            places = list(places_in(changed))
            if not places:
                break
            where, key = random.choice(places)
            if isinstance(where, dict) and random.random() < 0.3:
                where[str(random.choice(ODD))] = where.pop(key)
            elif random.random() < 0.15:
                del where[key]
            else:
                where[key] = copy.deepcopy(random.choice(ODD))
        survives(format_, written(path, changed))


@each_file
def test_text_that_is_broken(format_: Format, path: Path) -> None:
    random = Random(path.stem)
    text = path.read_text("utf-8")
    for _ in range(25):
        at = random.randrange(len(text))
        put = random.choice(
            ["\t", "\0", "{", "]", ":", "- ", "\n", "&a ", "*a", "<<: *a", '"', "'", "%", "!!x ", "\ud7ff"]
        )
        survives(format_, text[:at] + put + text[at + random.choice((0, 1, 40)) :])


LISTS = "model_list: [{model_name: a, litellm_params: {model: anthropic/b}}]\n"
WHOLE = {
    "nested deeply": LISTS + "x: " + "[" * 3000 + "]" * 3000,
    "nested deeply in blocks": LISTS + "".join("  " * n + "y:\n" for n in range(400)),
    "aliases of aliases": "a0: &a0 [x, x]\n"
    + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    + "model_list: *a39\n",
    "an alias in itself": "model_list: &a [*a]\n",
    "a merge of itself": "model_list: [&a {<<: *a}]\n",
    "keys that are lists": "model_list: [{? [a] : b}]\n",
    "keys written twice": LISTS * 3,
    "tabs": "model_list:\n\t- model_name: a\n",
    "nothing": "",
    "a list": "- a\n",
    "several documents": LISTS + "---\n" + LISTS,
    "a number as a name": "model_list: [{model_name: 1, litellm_params: {model: 2}}]\n",
    "a date": "model_list: [{model_name: 2024-01-01, litellm_params: {model: 2024-13-45}}]\n",
    "thousands of groups": "model_list:\n"
    + "".join(f"- {{model_name: g{n}, litellm_params: {{model: anthropic/m{n}}}}}\n" for n in range(300)),
    "plugins everywhere": "plugins: [ai-proxy, {name: [ai-proxy]}, {name: ai-proxy, config: 5}]\n",
    "a plugin of itself": "services: [&s {name: s, plugins: [{name: ai-proxy, service: *s, config: {model: *s}}]}]\n",
    "an expression that is none": "routes: [{name: r, paths: ['~/(((', '~/[', '~(?i)/a\\d+?|$|^', '~', '/']}]\n"
    "plugins: [{name: ai-proxy, config: {model: {provider: openai, name: a}}}]\n",
    "hundreds of routes": "plugins: [{name: ai-proxy, config: {model: {provider: openai, name: a}}}]\nroutes:\n"
    + "".join(f"- {{name: r{n}, paths: [/a{n}], headers: {{x-{n}: [a]}}}}\n" for n in range(200)),
    "more targets than anybody waits for": '{"strategy": {"mode": "fallback"}, "targets": ['
    + ", ".join('{"virtual_key": "x"}' for _ in range(300))
    + "]}",
    "more alternatives than can be written": '{"strategy": {"mode": "conditional", "default": "a", "conditions": ['
    + '{"query": {"$or": ['
    + ", ".join('{"metadata.a": "x", "metadata.b": {"$like": 1}}' for _ in range(1000))
    + ']}, "then": "a"}]}, "targets": [{"name": "a", "virtual_key": "x"}]}',
    "targets within each other": '{"strategy": {"mode": "fallback"}, "targets": [' * 60 + "{}" + "]}" * 60,
    "conditions within each other": '{"strategy": {"mode": "conditional", "default": "a", "conditions": [{"then": "a", '
    + '"query": '
    + '{"$or": [' * 60
    + '{"metadata.a": "b"}'
    + "]}" * 60
    + '}]}, "targets": [{"name": "a", "provider": "openai", "api_key": "$K"}]}',
    "more ways than can be written": '{"strategy": {"mode": "fallback"}, "targets": ['
    + ", ".join(
        '{"strategy": {"mode": "conditional", "default": "a", "conditions": [{"query": {"metadata.a'
        + str(n)
        + '": "b"}, "then": "b"}]}, "targets": [{"name": "a", "virtual_key": "x"}, {"name": "b", "virtual_key": "y"}]}'
        for n in range(12)
    )
    + "]}",
    "a file that includes itself": LISTS + "include: [config.yaml, /, '', 5]\n",
}


@pytest.mark.parametrize("title", WHOLE)
def test_whole_files(title: str) -> None:
    for format_ in FORMATS:
        survives(format_, WHOLE[title])


@each_file
def test_no_credential_is_written(format_: Format, path: Path) -> None:
    random = Random(path.stem)
    document = read(path)
    places = list(places_in(document))
    for where, key in random.sample(places, min(20, len(places))):
        before = where[key]
        if isinstance(before, dict | list):
            continue
        where[key] = KEY
        found = survives(format_, written(path, document))
        where[key] = before
        told = [part for f in check_imported(found) for part in (f.message, f.help, *f.notes)]
        told += [other.message for f in check_imported(found) for other in f.related]
        assert "abcdefghij" not in json.dumps([*told, policy_text(found)[0]])
