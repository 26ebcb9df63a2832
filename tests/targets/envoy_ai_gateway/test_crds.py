"""Each resource that is written against the CRDs, which a cluster holds it against (crds.json)."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest

from tests.targets.envoy_ai_gateway.random_policies import answering, policy_text
from tests.targets.envoy_ai_gateway.test_emit import DEFAULT, NATIVE, OWN, ROOT
from tests.targets.envoy_ai_gateway.test_round_trip import documents_of

HERE = Path(__file__).parent
READY = sorted((ROOT / "stdlib_policies").glob("*.route"))
FORMS = (HERE / "forms.route").read_text("utf-8")
"""A policy with every form in which a provider is asked."""
WRITTEN = [
    *(pytest.param(text, id=name) for name, text in (("native", NATIVE), ("own", OWN), ("default", DEFAULT))),
    *(pytest.param(path.read_text("utf-8"), id=path.stem) for path in READY),
    pytest.param(FORMS, id="forms"),
]
NAME = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"


@cache
def kinds() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((HERE / "crds.json").read_text("utf-8"))["kinds"]
    return found


def faults(document: dict[str, Any]) -> Iterator[str]:
    """What a cluster would refuse, or drop."""
    kind = f"{document['apiVersion']} {document['kind']}"
    if kind not in kinds():
        yield f"{kind} is not among the CRDs"
        return
    for error in jsonschema.Draft202012Validator(kinds()[kind]).iter_errors(document["spec"]):
        yield f"{kind} {error.json_path}: {error.message[:300]}"
    # RFC 1123, and what a label may be.
    metadata = document["metadata"]
    if not re.fullmatch(NAME, metadata["name"]) or len(metadata["name"]) > 253:
        yield f"{kind}: `{metadata['name']}` is no name"
    for value in metadata.get("labels", {}).values():
        if not re.fullmatch(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?", value) or len(value) > 63:
            yield f"{kind}: `{value}` is no value of a label"


def filled(value: Any) -> Any:
    """A document with its variables filled in."""
    if isinstance(value, dict):
        return {key: each if key == "inline" else filled(each) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each) for each in value]
    return re.sub(r"\$\{[A-Z0-9_]+\}", "filled", value) if isinstance(value, str) else value


@pytest.mark.parametrize("text", WRITTEN)
def test_a_cluster_takes_every_resource(text: str) -> None:
    documents = documents_of(text)[1]
    assert [fault for document in documents for fault in faults(filled(document))] == []


@pytest.mark.parametrize("own", [False, True])
def test_a_cluster_takes_the_resources_of_random_policies(own: bool) -> None:
    for seed in range(30):
        text = policy_text(Random(seed))
        documents = documents_of(answering(text, Random(seed)) if own else text)[1]
        assert [fault for document in documents for fault in faults(document)] == [], seed


def test_every_kind_and_key_of_the_crds_is_written_by_some_policy() -> None:
    """What is in crds.json is what is needed: nothing there has not been held against a resource."""
    texts = [NATIVE, OWN, DEFAULT, FORMS, *(path.read_text("utf-8") for path in READY)]
    texts += [policy_text(Random(seed)) for seed in range(60)]
    left = {kind: copy.deepcopy(schema) for kind, schema in kinds().items()}
    for text in texts:
        for document in documents_of(text)[1]:
            cross_off(left[f"{document['apiVersion']} {document['kind']}"], document["spec"])
    assert [f"{kind} {place}" for kind, schema in left.items() for place in never_met(schema, "spec")] == []


def cross_off(schema: dict[str, Any], value: Any) -> None:
    for key, inner in value.items() if isinstance(value, dict) else ():
        schema["properties"][key]["met"] = True
        cross_off(schema["properties"][key], inner)
    for item in value if isinstance(value, list) else ():
        cross_off(schema["items"], item)


def never_met(schema: dict[str, Any], place: str) -> Iterator[str]:
    for key, inner in schema.get("properties", {}).items():
        if "met" not in inner:
            yield f"{place}.{key}"
        yield from never_met(inner, f"{place}.{key}")
    if "items" in schema:
        yield from never_met(schema["items"], f"{place}[]")


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("Backend", lambda spec: spec["endpoints"][0]["fqdn"].update(hostname="us_east.internal"), "does not match"),
        ("Backend", lambda spec: spec["endpoints"][0]["fqdn"].update(port="443"), "is not of type"),
        ("EnvoyExtensionPolicy", lambda spec: spec["lua"][0].update(inlined="x"), "inlined"),
        ("BackendTLSPolicy", lambda spec: spec.pop("validation"), "'validation' is a required property"),
        ("ClientTrafficPolicy", lambda spec: spec["connection"].update(bufferLimit="40 MB"), "bufferLimit"),
        ("EnvoyProxy", lambda spec: spec.update(luaValidation="Off"), "is not one of"),
        ("BackendTrafficPolicy", lambda spec: spec["timeout"]["tcp"].update(connectTimeout="2"), "does not match"),
    ],
)
def test_what_a_cluster_refuses_is_found(kind: str, change: Any, said: str) -> None:
    document = copy.deepcopy(next(d for d in documents_of(DEFAULT)[1] if d["kind"] == kind))
    change(document["spec"])
    assert any(said in fault for fault in faults(document)), list(faults(document))


def test_what_is_not_filled_in_is_refused() -> None:
    documents = documents_of((ROOT / "stdlib_policies" / "default.route").read_text("utf-8"))[1]
    found = [fault for document in documents for fault in faults(document)]
    assert {fault.split(":")[0] for fault in found} == {
        "gateway.envoyproxy.io/v1alpha1 Backend $.endpoints[0].fqdn.hostname",
        "gateway.networking.k8s.io/v1 BackendTLSPolicy $.validation.hostname",
    }
