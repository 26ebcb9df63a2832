"""Tables that a runtime must refuse, and the class of what is wrong with each: one fault a case."""

from __future__ import annotations

TABLE = "kinds"
Case = dict[str, object]


def put(name: str, at: str, value: object, reason: str, seal: str = "both") -> Case:
    """``value`` is put at a JSON pointer; then ``both`` hashes are computed anew, the ``digest`` alone, or ``none``."""
    return {"name": name, "op": "set", "at": at, "value": value, "seal": seal, "reason": reason}


def drop(at: str, seal: str = "both") -> Case:
    """What is at a JSON pointer is removed."""
    return {"name": f"no {at}", "op": "remove", "at": at, "seal": seal, "reason": "structure"}


def replace(name: str, old: str, new: str) -> Case:
    """In the text of the file, ``old``, which occurs there once, is replaced; the hashes do not matter."""
    return {"name": name, "op": "replace", "old": old, "new": new, "reason": "json"}


def whole(name: str, text: str, reason: str = "json") -> Case:
    """The whole file's text."""
    return {"name": name, "op": "text", "text": text, "reason": reason}


def raw(name: str, data: str) -> Case:
    """The whole file's bytes, in hex."""
    return {"name": name, "op": "hex", "hex": data, "reason": "json"}


def nested(lists: int) -> list[object]:
    """Lists in one another; the innermost one is empty."""
    value: list[object] = []
    for _ in range(lists - 1):
        value = [value]
    return value


FIELDS = ("policy", "version", "digest", "attributes", "rows", "columns", "rules", "states", "invalid", "pools",
          "upstreams", "models", "source")  # fmt: skip
SEALS = {"version": "digest", "digest": "none"}
FORMAT = '"format":"interlock-table"'
VERSION = '"format_version":1'
POLICY = '"policy":"kinds"'
BETA, DEBUG, HINT, REGIONS, TIER, TOKENS = (f"/attributes/{i}" for i in (0, 1, 3, 7, 8, 9))

REFUSE: dict[str, list[Case]] = {
    "json": [
        whole("empty", ""),
        whole("cut off", '{"format":"interlock-table"'),
        whole("a list", "[]"),
        whole("null", "null"),
        whole("more after the end", "{} {}"),
        whole("a byte order mark", "\ufeff{}"),
        whole("NaN", '{"a": NaN}'),
        whole("an open list", "["),
        raw("no UTF-8", "7b2261223a22ff227d"),
        raw("a surrogate in UTF-8", "7b2261223a22eda080227d"),
        replace("an integral float", '"format_version":1', '"format_version":1.0'),
        replace("an exponent", '"format_version":1', '"format_version":1e0'),
        replace("a key twice", POLICY, f"{POLICY},{POLICY}"),
        replace("a key twice, once with escapes", POLICY, POLICY + r',"polic\u0079":"kinds"'),
        replace("a lone surrogate", POLICY, r'"policy":"\ud800"'),
        replace("17 deep", VERSION, VERSION + ',"more":' + "[" * 16 + "]" * 16),
        replace("100 deep", VERSION, VERSION + ',"more":' + "[" * 99 + "]" * 99),
        replace("5,000 deep", VERSION, VERSION + ',"more":' + '[{"":' * 2_500 + "0" + "}]" * 2_500),
        replace("5,000 open lists", VERSION, VERSION + ',"more":' + "[" * 5_000),
    ],
    # What is wrong besides does not matter: `json` comes first.
    "json_first": [
        *(replace(f"{fault} and {told}", old, f'{new},"more":{value}')
          for old, news in (
              (FORMAT, {"another format": '"format":"other"', "no format": '"less":0'}),
              (VERSION, {"a newer version": '"format_version":2', "a version that is text": '"format_version":"1"',
                         "another digest": VERSION}),
          )
          for told, new in news.items()
          for fault, value in (
              ("a lone surrogate", r'"\ud800"'), ("a lone surrogate within", r'[{"a":["b\uDFFFc"]}]'),
              ("a lone surrogate in a key", r'{"\ud83d\uD83D\ude80":0}'), ("a fraction", "[1.5]"),
              ("a key twice", '{"a":0,"a":0}'), ("17 deep", "[" * 16 + "]" * 16),
          )),
        replace("a lone surrogate as the format", FORMAT, r'"format":"\ud800"'),
        replace("a lone surrogate as the version of the format", VERSION, r'"format_version":"\udfff"'),
        replace("a lone surrogate as the digest", '"digest":"', r'"digest":"\ud800'),
        replace("a lone surrogate, and a field is missing", POLICY, r'"more":"\ud800"'),
    ],
    "format": [
        whole("an empty object", "{}", "format"),
        put("another format", "/format", "other", "format"),
        put("a newer version", "/format_version", 2, "version"),
        put("version 0", "/format_version", 0, "version"),
        put("true for 1", "/format_version", True, "version"),
        put("a version that is text", "/format_version", "1", "version"),
    ],
    "digest": [
        put("another policy", "/policy", "other", "digest", "none"),
        put("another version", "/version", "0" * 64, "digest", "digest"),
        put("another digest", "/digest", "0" * 64, "digest", "none"),
        put("content that is not the version's", "/policy", "other", "digest", "digest"),
        put("another place", "/source/rules/0/doc", "changed", "digest", "none"),
        put("another state", "/columns/0/1", 1, "digest", "none"),
        put("a digest that is no text", "/digest", None, "structure", "none"),
        put("a version that is no text", "/version", 5, "structure", "digest"),
    ],
    "fields": [
        *(drop(f"/{name}", SEALS.get(name, "both")) for name in FIELDS),
        put("an unknown field", "/more", None, "structure"),
        put("an unknown field 16 deep", "/more", nested(15), "structure"),
        put("an unknown field of an attribute", f"{BETA}/more", 1, "structure"),
        put("an unknown field of a place", "/source/policy/more", 1, "structure"),
        put("another type's field", f"{BETA}/cuts", [], "structure"),
        *map(drop, (f"{BETA}/default", f"{BETA}/absent", "/states/4/next", "/pools/0/maglev", "/upstreams/0/limit",
                    "/models/0/prices", "/source/rules", "/source/policy/doc")),
    ],
    "types": [
        *(put(f"{value!r} at {at}", at, value, "structure")
          for at, value in (
              ("/policy", 5), ("/rows", {}), ("/rows/0", 5), ("/columns/0/0", True), ("/invalid", None),
              ("/rules/0", None),
              ("/invalid", "0"), (f"{BETA}/optional", 0), (f"{BETA}/type", "float"), (f"{BETA}/stability", "never"),
              ("/states/0", None), ("/states/4/next/0", "1"), ("/source", None), ("/pools/0/retry", None),
              (f"{TOKENS}/default", "5"), (f"{REGIONS}/default", "us_east"), (f"{BETA}/true", None),
          )),
        put("null where a row must be", f"{DEBUG}/absent", None, "structure"),
        put("a row where null must be", f"{BETA}/absent", 0, "structure"),
        put("an open enum without other", f"{HINT}/other", None, "structure"),
        put("a closed enum with other", f"{TIER}/other", 0, "structure"),
        put("an optional set", f"{REGIONS}/optional", True, "structure"),
        put("a Maglev table for one member", "/pools/0/maglev", [0] * 3, "structure"),
    ],
    "order": [
        put("rows that are alike", "/rows/1", "3fef", "structure"),
        put("rules that are alike", "/rules/1", "quiet", "structure"),
        put("values that are alike", f"{TIER}/values/1", "free", "structure"),
        put("attributes out of order", f"{BETA}/name", "zz", "structure"),
        put("columns out of order", "/columns/0/0", 2, "structure"),
        put("cuts out of order", f"{TOKENS}/cuts/0", 1000, "structure"),
        put("too few rows for the cuts", f"{TOKENS}/cuts", [7], "structure"),
        put("too few classes of errors", "/states/4/next", [None] * 6, "structure"),
        put("no member", "/pools/0/members", [], "structure"),
        put("capabilities out of order", "/models/0/supports", ["b", "a"], "structure"),
        put("too few places", "/source/rules", [], "structure"),
        put("upper-case hex", "/rows/0", "A", "structure"),
        put("a leading zero", "/rows/0", "01", "structure"),
        put("hex with a newline", "/rows/0", "1\n", "structure"),
        put("an empty row", "/rows/0", "", "structure"),
    ],
    "bounds": [
        put("a rule that there is none of", "/columns/13/0", 14, "bounds"),
        put("a state that there is none of", "/columns/0/1", 99, "bounds"),
        put("a negative index", "/columns/0/1", -1, "bounds"),
        put("an index of 2^31", "/invalid", 2**31, "bounds"),
        put("an index of 2^32", "/invalid", 2**32, "bounds"),
        put("a row that there is none of", f"{BETA}/true", 99, "bounds"),
        put("a row with a bit too many", "/rows/0", "4000", "bounds"),
        put("a row of 2^64", "/rows/0", "1" + "0" * 16, "bounds"),
        put("an upstream that there is none of", "/pools/0/members/0/upstream", 1, "bounds"),
        put("a weight of 0", "/pools/0/members/0/weight", 0, "bounds"),
        put("a weight of 101", "/pools/0/members/0/weight", 101, "bounds"),
        put("a negative retry", "/pools/0/retry", -1, "bounds"),
        put("a retry of 2^53", "/pools/0/retry", 2**53, "bounds"),
        put("a bound of -2^53", f"{TOKENS}/lo", -(2**53), "bounds"),
        put("a cut at lo", f"{TOKENS}/cuts/0", 0, "bounds"),
        put("a cut above hi", f"{TOKENS}/cuts/2", 1001, "bounds"),
        put("a default of another enum", f"{TIER}/default", "other", "bounds"),
        put("a default set of another enum", f"{REGIONS}/default", ["other"], "bounds"),
        put("status 399", "/states/0/fail/status", 399, "bounds"),
        put("status 600", "/states/0/fail/status", 600, "bounds"),
        put("line 0", "/source/policy/start/0", 0, "bounds"),
        put("a file that there is none of", "/source/policy/file", 1, "bounds"),
    ],
}  # fmt: skip
