"""The Interlock runtime: asks a compiled decision table where a request goes. Standard library only.

    table = load("claude_code.table.json")
    decision = table.decide({"input_tokens": 50_000, "home": "us_east", "session_id": "s-1"})
    while decision.fail is None:
        ...                     # send to decision.upstream with decision.model; done if that went well
        decision = table.after(decision, "overloaded")

``decide`` never raises, whatever the request holds. A ``Table`` may be shared between threads.
"""

from .decision import ERROR_CLASSES, Decision, Fail, Invalid
from .explanation import Condition, Earlier, Explanation, Holding, Other, Pick, Step
from .from_record import RecordError
from .hashing import murmur3_x86_32
from .load import load
from .recording import Record
from .shape import TableError
from .spec import Place
from .table import Table

__all__ = [
    "ERROR_CLASSES",
    "Condition",
    "Decision",
    "Earlier",
    "Explanation",
    "Fail",
    "Holding",
    "Invalid",
    "Other",
    "Pick",
    "Place",
    "Record",
    "RecordError",
    "Step",
    "Table",
    "TableError",
    "load",
    "murmur3_x86_32",
]
