"""A Kubernetes ConfigMap may hold anything: only what was meant as a configuration is read."""

from __future__ import annotations

from pathlib import Path

from interlock.compiler.source_findings import refused_configuration
from interlock.compiler.sources.check import check_imported, import_sources
from interlock.compiler.sources.formats import Format, recognized
from interlock.dsl.source import Source

CORPUS = Path(__file__).parent / "corpus"
TEMPLATE = """---
apiVersion: v1
kind: ConfigMap
metadata: {name: templates}
data:
  page.html: |
    {% if error %}<h1>{{ error }}: }</h1>{% endif %}
  ca.crt: |
    -----BEGIN CERTIFICATE-----
    : [
  values.yaml: |
    replicas: 3
"""


def codes(format_: Format, text: str) -> list[str]:
    return sorted(finding.kind.code for finding in check_imported(import_sources(format_, [Source("c.yaml", text)])))


def test_a_configmap_of_templates_beside_resources_of_envoy_ai_gateway_is_not_read() -> None:
    """It was G001, this is no YAML, for a file that kubectl takes."""
    text = (CORPUS / "envoy-ai-gateway" / "canary.yaml").read_text("utf-8")
    assert codes("envoy-ai-gateway", text + TEMPLATE) == codes("envoy-ai-gateway", text)
    assert recognized(Source("c.yaml", text + TEMPLATE)) == "envoy-ai-gateway"


def test_resources_within_a_configmap_are_none_of_the_cluster() -> None:
    text = (CORPUS / "envoy-ai-gateway" / "canary.yaml").read_text("utf-8")
    held = "".join(f"    {line}\n" for line in text.splitlines())
    config_map = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: example}}\ndata:\n  routes.yaml: |\n{held}"
    assert codes("envoy-ai-gateway", f"{text}---\n{config_map}") == codes("envoy-ai-gateway", text)
    assert recognized(Source("c.yaml", config_map)) is None


def test_a_script_beside_the_configuration_of_a_proxy_is_not_read() -> None:
    for format_, stem in (("litellm", "configmap"), ("kong", "configmap")):
        text = (CORPUS / format_ / f"{stem}.yaml").read_text("utf-8")
        more = text.rstrip("\n") + "\n  start.sh: |\n    : [ {{ .Values.port }}\n    exec litellm\n"
        assert codes(format_, more) == codes(format_, text), format_  # type: ignore[arg-type]
        assert recognized(Source("c.yaml", more)) == format_


def test_a_configuration_within_a_configmap_that_is_broken_is_refused() -> None:
    text = "kind: ConfigMap\ndata:\n  config.yaml: |\n    model_list: [\n  notes.md: |\n    a: 1\n    b: 2\n"
    (found,) = import_sources("litellm", [Source("c.yaml", text)]).findings
    assert found.kind is refused_configuration.KIND
    assert found.message.startswith("this is no YAML")
    # Nothing else is there: it is said, whatever it was meant as.
    assert codes("litellm", "kind: ConfigMap\ndata:\n  c: |\n    a: [\n    b\n") == ["G001"]
