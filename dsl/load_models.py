"""Models that a policy names and no module declares: from the file of model facts, if ``std/models`` is imported.

They become a module of their own, of declarations as anybody might have written them. So whatever looks at models,
points at them or counts them needs to know nothing of where they are from.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from interlock.dsl import syntax
from interlock.dsl.parse import parse
from interlock.dsl.source import Source

NAME = "std/models"
"""What findings and tables call the module that is made: that of what people import."""


def undeclared(modules: Sequence[syntax.Module]) -> tuple[str, ...]:
    """The models that pools serve and nothing declares, each once, sorted. One whose declaration cannot be read
    counts as declared."""
    named: set[str] = set()
    declared: set[str] = set()
    for module in modules:
        declared |= module.broken
        for declaration in module.declarations:
            if isinstance(declaration, syntax.Model):
                declared.add(declaration.name.text)
            elif isinstance(declaration, syntax.Pool):
                named.update(m.model.text for m in declaration.members if isinstance(m, syntax.Serve))
    return tuple(sorted(named - declared))


def model_facts(names: Sequence[str], imported: bool, file: str | None) -> tuple[syntax.Module | None, tuple[str, ...]]:
    """The module that declares those of ``names`` which the file of model facts knows (none unless ``imported``), and
    all names that the file knows where that leaves some undeclared. Raises ``BadModels``."""
    from interlock.dsl.model_data import BadModels, declaration, read_models  # with its JSON, for who needs it

    # What is not imported need not be there.
    with contextlib.nullcontext() if imported else contextlib.suppress(BadModels):
        known = read_models(file)
        found = [known.facts(name) for name in names if name in known] if imported else []
        left = known.names if len(found) < len(names) else ()
        if not found:
            return None, left
        module, findings = parse(Source(NAME, "\n".join(declaration(facts.name, facts) for facts in found), NAME))
        assert not findings, findings
        return module, left
    return None, ()
