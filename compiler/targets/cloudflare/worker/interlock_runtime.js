// Interlock's runtime for TypeScript, in one file. Made by runtimes/typescript/shell/bundle.mjs; do not edit.
// SHA-256 of src/ahead.ts src/attributes.ts src/breaker.ts src/bucket.ts src/check.ts src/classify.ts src/decision.ts src/explain.ts src/hash.ts src/index.ts src/json.ts src/live.ts src/load.ts src/members.ts src/needs.ts src/pools.ts src/prefixes.ts src/quick.ts src/quote.ts src/record.ts src/rows.ts src/serving.ts src/shape.ts src/span.ts src/spec.ts src/table.ts src/utf8.ts src/values.ts src/walks.ts: 0c29c0cb5d21f51562ef769f65a5202f6e5be06bba3c9a8bcd77e3cf3e5e3940
// src/shape.ts
var TableError = class extends Error {
  constructor(message, reason = "structure") {
    super(message);
    this.reason = reason;
  }
  reason;
  name = "TableError";
};
var MAX = Number.MAX_SAFE_INTEGER;
function object(value, at) {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TableError(`${at}: must be an object`);
  return value;
}
function fields(value, at, names) {
  const item = object(value, at);
  for (const name of names) if (!(name in item)) throw new TableError(`${at}: field '${name}' is missing`);
  for (const name of Object.keys(item)) {
    if (!names.includes(name)) throw new TableError(`${at}: unknown field ${JSON.stringify(name.slice(0, 80))}`);
  }
  return item;
}
function someFields(value, at, names) {
  const item = object(value, at);
  return fields(
    item,
    at,
    names.filter((name) => name in item)
  );
}
function list(value, at, size) {
  if (!Array.isArray(value)) throw new TableError(`${at}: must be a list`);
  if (size !== void 0 && value.length !== size)
    throw new TableError(`${at}: must have ${size} items, has ${value.length}`);
  return value;
}
function items(value, at, read, size) {
  return list(value, at, size).map((item, i) => read(item, `${at}[${i}]`));
}
function text(value, at) {
  if (typeof value !== "string") throw new TableError(`${at}: must be a string`);
  return value;
}
function textOrNull(value, at) {
  return value === null ? null : text(value, at);
}
function bool(value, at) {
  if (typeof value !== "boolean") throw new TableError(`${at}: must be true or false`);
  return value;
}
function choice(value, at, choices) {
  if (!choices.includes(text(value, at))) throw new TableError(`${at}: must be one of ${choices.join(", ")}`);
  return value;
}
function integer(value, at, lo = -MAX, hi = MAX) {
  if (typeof value !== "number" && typeof value !== "bigint") throw new TableError(`${at}: must be an integer`);
  if (!(lo <= value && value <= hi)) throw new TableError(`${at}: must lie in ${lo}..=${hi}`, "bounds");
  return Number(value);
}
function index(value, at, size, of) {
  if (typeof value !== "number" && typeof value !== "bigint") throw new TableError(`${at}: must be an index into ${of}`);
  if (!(0 <= value && value < size))
    throw new TableError(`${at}: index out of bounds, ${of} has ${size} entries`, "bounds");
  return Number(value);
}
function rising(values, at, what, order) {
  for (let i = 1; i < values.length; i++) {
    if (order(values[i - 1], values[i]) >= 0)
      throw new TableError(`${at}[${i}]: ${what} must be in strictly rising order`);
  }
}
function distinct(values, at, what) {
  if (new Set(values).size !== values.length) throw new TableError(`${at}: ${what} must be distinct`);
}
function amounts(value, at, names) {
  const item = someFields(value, at, names);
  for (const name of Object.keys(item)) integer(item[name], `${at}.${name}`, 0);
}

// src/json.ts
var TOKEN = /[ \t\n\r]*(?:("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9][0-9]*)(?![0-9.eE]))|(true|false|null)|([[\]{},:]))/y;
var SPACE = /[ \t\n\r]*/y;
var DEPTH = 16;
function isLone(text2) {
  for (let i = 0; i < text2.length; i++) {
    const c = text2.charCodeAt(i);
    if (c < 55296 || c > 57343) continue;
    if (c > 56319) return true;
    const next = text2.charCodeAt(++i);
    if (!(next >= 56320 && next <= 57343)) return true;
  }
  return false;
}
function parse(source) {
  let at = 0;
  const fail = (message) => {
    const line = source.slice(0, at).split("\n").length;
    const column = at - source.lastIndexOf("\n", at - 1);
    throw new TableError(`line ${line}, column ${column}: ${message}`, "json");
  };
  const token = () => {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(source) ?? fail("is no JSON that a table may hold (numbers must be integers)");
    at = TOKEN.lastIndex;
    return found;
  };
  const string = (found) => {
    const text2 = JSON.parse(found[1]);
    if (isLone(text2)) fail("a string has a lone surrogate");
    return text2;
  };
  const value = (found, depth) => {
    if (found[1] !== void 0) return string(found);
    if (found[2] !== void 0) {
      const number = Number(found[2]);
      return Number.isSafeInteger(number) ? number + 0 : BigInt(found[2]);
    }
    if (found[3] !== void 0) return JSON.parse(found[3]);
    if (depth === DEPTH && (found[4] === "[" || found[4] === "{")) fail(`is nested more than ${DEPTH} deep`);
    if (found[4] === "[") {
      const list2 = [];
      let next = token();
      if (next[4] === "]") return list2;
      for (; ; ) {
        list2.push(value(next, depth + 1));
        const end = token()[4];
        if (end === "]") return list2;
        if (end !== ",") fail("expected ',' or ']'");
        next = token();
      }
    }
    if (found[4] === "{") {
      const object2 = /* @__PURE__ */ Object.create(null);
      let next = token();
      if (next[4] === "}") return object2;
      for (; ; ) {
        if (next[1] === void 0) fail("expected a key");
        const key = string(next);
        if (key in object2) fail(`the key ${JSON.stringify(key.slice(0, 80))} is there twice`);
        if (token()[4] !== ":") fail("expected ':'");
        object2[key] = value(token(), depth + 1);
        const end = token()[4];
        if (end === "}") return object2;
        if (end !== ",") fail("expected ',' or '}'");
        next = token();
      }
    }
    return fail("expected a value");
  };
  const whole = value(token(), 0);
  SPACE.lastIndex = at;
  SPACE.exec(source);
  at = SPACE.lastIndex;
  if (at !== source.length) fail("there is more after the end");
  return whole;
}
function byCodePoint(a, b) {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    let x = a.charCodeAt(i);
    let y = b.charCodeAt(i);
    if (x === y) continue;
    if (x >= 55296 && x < 57344) x += 65536;
    if (y >= 55296 && y < 57344) y += 65536;
    return x - y;
  }
  return a.length - b.length;
}
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const object2 = value;
    const keys = Object.keys(object2).sort(byCodePoint);
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(object2[key])}`).join(",")}}`;
  }
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

// src/utf8.ts
var DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
function decoded(bytes) {
  return DECODER.decode(bytes);
}
function utf8(text2) {
  const bytes = new Uint8Array(text2.length * 3);
  let n = 0;
  for (let i = 0; i < text2.length; i++) {
    let c = text2.charCodeAt(i);
    if (c < 128) {
      bytes[n++] = c;
      continue;
    }
    if (c < 2048) {
      bytes[n++] = 192 | c >> 6;
    } else {
      if (c >= 55296 && c < 56320) {
        c = 65536 + (c - 55296 << 10) + (text2.charCodeAt(++i) - 56320);
        bytes[n++] = 240 | c >> 18;
        bytes[n++] = 128 | c >> 12 & 63;
      } else {
        bytes[n++] = 224 | c >> 12;
      }
      bytes[n++] = 128 | c >> 6 & 63;
    }
    bytes[n++] = 128 | c & 63;
  }
  return bytes.subarray(0, n);
}

// src/hash.ts
function mix(k) {
  k = Math.imul(k, 3432918353);
  return Math.imul(k << 15 | k >>> 17, 461845907);
}
function mixed(h, block) {
  h ^= mix(block);
  return Math.imul(h << 13 | h >>> 19, 5) + 3864292196 | 0;
}
function finalized(h, length) {
  h ^= length;
  h = Math.imul(h ^ h >>> 16, 2246822507);
  h = Math.imul(h ^ h >>> 13, 3266489909);
  return (h ^ h >>> 16) >>> 0;
}
function murmur3(text2, seed) {
  const { length } = text2;
  let h = seed | 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const a = text2.charCodeAt(i);
    const b = text2.charCodeAt(i + 1);
    const c = text2.charCodeAt(i + 2);
    const d = text2.charCodeAt(i + 3);
    if ((a | b | c | d) > 127) return ofBytes(utf8(text2), seed);
    h = mixed(h, a | b << 8 | c << 16 | d << 24);
  }
  let rest2 = 0;
  for (let shift = 0; i < length; i++, shift += 8) {
    const code = text2.charCodeAt(i);
    if (code > 127) return ofBytes(utf8(text2), seed);
    rest2 |= code << shift;
  }
  return finalized(h ^ mix(rest2), length);
}
function ofBytes(bytes, seed) {
  const { length } = bytes;
  let h = seed | 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    h = mixed(h, bytes[i] | bytes[i + 1] << 8 | bytes[i + 2] << 16 | bytes[i + 3] << 24);
  }
  let rest2 = 0;
  for (let shift = 0; i < length; i++, shift += 8) rest2 |= bytes[i] << shift;
  return finalized(h ^ mix(rest2), length);
}
function constants(count, root) {
  const found = new Int32Array(count);
  for (let candidate = 2, n = 0; n < count; candidate++) {
    let prime = true;
    for (let d = 2; d * d <= candidate; d++) if (candidate % d === 0) prime = false;
    if (prime) {
      const value = root === 2 ? Math.sqrt(candidate) : Math.cbrt(candidate);
      found[n++] = (value - Math.floor(value)) * 2 ** 32 | 0;
    }
  }
  return found;
}
var K = constants(64, 3);
var H = constants(8, 2);
function sha256(bytes) {
  const length = bytes.length;
  const padded = new Uint8Array((length + 8 >> 6) + 1 << 6);
  padded.set(bytes);
  padded[length] = 128;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(padded.length - 4, length << 3 >>> 0);
  const state2 = H.slice();
  const w = new Int32Array(64);
  const turn = (x, by) => x >>> by | x << 32 - by;
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getInt32(at + i * 4);
    for (let i = 16; i < 64; i++) {
      const a2 = w[i - 15];
      const b2 = w[i - 2];
      const s0 = turn(a2, 7) ^ turn(a2, 18) ^ a2 >>> 3;
      const s1 = turn(b2, 17) ^ turn(b2, 19) ^ b2 >>> 10;
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = state2;
    for (let i = 0; i < 64; i++) {
      const t1 = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + K[i] + w[i] | 0;
      const t2 = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c) | 0;
      h = g;
      g = f;
      f = e;
      e = d + t1 | 0;
      d = c;
      c = b;
      b = a;
      a = t1 + t2 | 0;
    }
    const next = [a, b, c, d, e, f, g, h];
    for (let i = 0; i < 8; i++) state2[i] += next[i];
  }
  return Array.from(state2, (x) => (x >>> 0).toString(16).padStart(8, "0")).join("");
}

// src/attributes.ts
var COMMON = ["name", "type", "optional", "default", "stability", "error", "source"];
var FURTHER = {
  bool: ["false", "true", "absent"],
  int: ["lo", "hi", "cuts", "rows", "absent"],
  enum: ["enum", "open", "values", "rows", "other", "absent"],
  string: ["literals", "rows", "other", "absent", "patterns", "samples"],
  set: ["enum", "open", "values", "elements"]
};
function attribute(value, at, rows) {
  const given = object(value, at);
  if (!("type" in given)) throw new TableError(`${at}: field 'type' is missing`);
  const kind = choice(given["type"], `${at}.type`, Object.keys(FURTHER));
  const item = fields(given, at, [...COMMON, ...FURTHER[kind]]);
  const name = text(item["name"], `${at}.name`);
  const optional = bool(item["optional"], `${at}.optional`);
  choice(item["stability"], `${at}.stability`, ["per session", "rising", "per turn"]);
  if (item["error"] !== null) integer(item["error"], `${at}.error`, 0);
  if (item["source"] !== null) {
    const source = fields(item["source"], `${at}.source`, ["kind", "name"]);
    choice(source["kind"], `${at}.source.kind`, ["header", "body", "metadata", "gateway"]);
    text(source["name"], `${at}.source.name`);
  }
  if (kind === "set" && optional) throw new TableError(`${at}.optional: must be false for a set`);
  const mayBeAbsent = optional && item["default"] === null;
  const when = "where the attribute is optional and has no default";
  const absent2 = kind === "set" ? null : rowIf(mayBeAbsent, item["absent"], `${at}.absent`, when, rows);
  return { name, kind, optional, absent: absent2, ...READERS[kind](item, at, rows) };
}
function rowIf(so, value, at, when, rows) {
  if (so !== (value !== null)) {
    throw new TableError(`${at}: must be ${so ? "a row" : "null"}; it is a row exactly ${when}`);
  }
  return so ? index(value, at, rows, "rows") : null;
}
function pair(item, at, rows) {
  return {
    holds: index(item["holds"], `${at}.holds`, rows, "rows"),
    fails: index(item["fails"], `${at}.fails`, rows, "rows")
  };
}
function draft() {
  return {
    default: null,
    rows: [],
    other: null,
    lo: 0,
    hi: 0,
    cuts: [],
    isOpen: true,
    isEnum: false,
    values: [],
    patterns: [],
    samples: [],
    elements: []
  };
}
var READERS = {
  bool(item, at, rows) {
    const made = draft();
    if (item["default"] !== null) made.default = bool(item["default"], `${at}.default`);
    made.rows = ["false", "true"].map((name) => index(item[name], `${at}.${name}`, rows, "rows"));
    return made;
  },
  int(item, at, rows) {
    const made = draft();
    const lo = made.lo = integer(item["lo"], `${at}.lo`);
    const hi = made.hi = integer(item["hi"], `${at}.hi`, lo);
    made.cuts = items(item["cuts"], `${at}.cuts`, (v, where) => integer(v, where, lo + 1, hi));
    rising(made.cuts, `${at}.cuts`, "cuts", (a, b) => a - b);
    if (item["default"] !== null) made.default = integer(item["default"], `${at}.default`, lo, hi);
    made.rows = rowList(item["rows"], `${at}.rows`, rows, made.cuts.length + 1);
    return made;
  },
  enum(item, at, rows) {
    const made = { ...draft(), ...valuesOf(item, at), isEnum: true };
    made.default = textOrNull(item["default"], `${at}.default`);
    if (made.default !== null && !made.isOpen && !made.values.includes(made.default)) {
      throw new TableError(`${at}.default: must be one of the values`, "bounds");
    }
    made.rows = rowList(item["rows"], `${at}.rows`, rows, made.values.length);
    made.other = rowIf(made.isOpen, item["other"], `${at}.other`, "in an open enum", rows);
    return made;
  },
  string(item, at, rows) {
    const made = draft();
    made.default = textOrNull(item["default"], `${at}.default`);
    made.values = items(item["literals"], `${at}.literals`, text);
    rising(made.values, `${at}.literals`, "literals", byCodePoint);
    made.rows = rowList(item["rows"], `${at}.rows`, rows, made.values.length);
    made.other = index(item["other"], `${at}.other`, rows, "rows");
    made.patterns = items(item["patterns"], `${at}.patterns`, (v, where) => {
      const found = fields(v, where, ["pieces", "holds", "fails"]);
      const pieces = items(found["pieces"], `${where}.pieces`, text);
      if (pieces.length < 2) throw new TableError(`${where}.pieces: must have at least 2 items, has ${pieces.length}`);
      return { pieces, ...pair(found, where, rows) };
    });
    made.samples = items(item["samples"], `${at}.samples`, (v, where) => {
      const found = fields(v, where, ["salt", "seed", "below", "holds", "fails"]);
      const salt = textOrNull(found["salt"], `${where}.salt`);
      const seed = integer(found["seed"], `${where}.seed`, 0, 2 ** 32 - 1);
      if (seed !== (salt === null ? 0 : murmur3(salt, 0))) throw new TableError(`${where}.seed: is not the salt's`);
      return { salt, seed, below: integer(found["below"], `${where}.below`, 0, 1e4), ...pair(found, where, rows) };
    });
    return made;
  },
  set(item, at, rows) {
    const made = { ...draft(), ...valuesOf(item, at) };
    made.isEnum = item["enum"] !== null || !made.isOpen || made.values.length > 0;
    if (item["default"] !== null) {
      const values = items(list(item["default"], `${at}.default`), `${at}.default`, text);
      if (!made.isOpen && !values.every((v) => made.values.includes(v))) {
        throw new TableError(`${at}.default: may hold only the values`, "bounds");
      }
      made.default = sorted(values);
    }
    made.elements = items(item["elements"], `${at}.elements`, (v, where) => {
      const found = fields(v, where, ["value", "holds", "fails"]);
      return { value: text(found["value"], `${where}.value`), ...pair(found, where, rows) };
    });
    const elements = made.elements.map((element) => element.value);
    rising(elements, `${at}.elements`, "values", byCodePoint);
    return made;
  }
};
function valuesOf(item, at) {
  textOrNull(item["enum"], `${at}.enum`);
  const values = items(item["values"], `${at}.values`, text);
  distinct(values, `${at}.values`, "values");
  return { values, isOpen: bool(item["open"], `${at}.open`) };
}
function rowList(value, at, rows, size) {
  return items(value, at, (v, where) => index(v, where, rows, "rows"), size);
}
function sorted(values) {
  return [...new Set(values)].sort(byCodePoint);
}

// src/pools.ts
var SLOTS = 4099;
function pool(value, at, keys, upstreams, models) {
  const item = fields(value, at, ["name", "family", "members", "maglev", "sticky", "retry"]);
  text(item["family"], `${at}.family`);
  const members = items(item["members"], `${at}.members`, (v, where) => {
    const found = fields(v, where, ["upstream", "model", "weight"]);
    integer(found["weight"], `${where}.weight`, 1, 100);
    const upstream2 = upstreams[index(found["upstream"], `${where}.upstream`, upstreams.length, "upstreams")];
    const model2 = models[index(found["model"], `${where}.model`, models.length, "models")];
    return { name: `${upstream2.name}/${model2}`, upstream: upstream2, model: model2 };
  });
  if (members.length === 0) throw new TableError(`${at}.members: must have at least 1 item`);
  const names = members.map((member) => member.name);
  rising(names, `${at}.members`, "members", byCodePoint);
  let maglev = null;
  if (members.length > 1) {
    const entry = (v, where) => index(v, where, members.length, "members");
    const entries = items(item["maglev"], `${at}.maglev`, entry, SLOTS);
    maglev = members.length <= 256 ? Uint8Array.from(entries) : Uint32Array.from(entries);
  } else if (item["maglev"] !== null) {
    throw new TableError(`${at}.maglev: must be null for a pool of one member`);
  }
  const sticky = textOrNull(item["sticky"], `${at}.sticky`);
  if (sticky !== null && !keys.has(sticky)) {
    throw new TableError(`${at}.sticky: must be the name of an attribute that is no set`);
  }
  const retry = integer(item["retry"], `${at}.retry`, 0);
  return { name: text(item["name"], `${at}.name`), members, maglev, sticky, retry };
}
function upstream(value, at) {
  const item = fields(value, at, [
    "name",
    "family",
    "provider",
    "account",
    "region",
    "endpoint",
    "supports",
    "timeouts",
    "limit",
    "breaker"
  ]);
  text(item["family"], `${at}.family`);
  if (item["endpoint"] !== null) {
    const endpoint = someFields(item["endpoint"], `${at}.endpoint`, ["url", "env"]);
    if (Object.keys(endpoint).length !== 1) throw new TableError(`${at}.endpoint: must have either 'url' or 'env'`);
    for (const name of Object.keys(endpoint)) text(endpoint[name], `${at}.endpoint.${name}`);
  }
  rising(items(item["supports"], `${at}.supports`, text), `${at}.supports`, "capabilities", byCodePoint);
  amounts(item["timeouts"], `${at}.timeouts`, ["connect", "first_token", "total"]);
  return {
    name: text(item["name"], `${at}.name`),
    provider: text(item["provider"], `${at}.provider`),
    account: textOrNull(item["account"], `${at}.account`),
    region: textOrNull(item["region"], `${at}.region`),
    limit: item["limit"] === null ? null : limit(item["limit"], `${at}.limit`),
    breaker: item["breaker"] === null ? null : breaker(item["breaker"], `${at}.breaker`)
  };
}
function limit(value, at) {
  const item = fields(value, at, ["count", "per", "burst", "status"]);
  return {
    count: integer(item["count"], `${at}.count`, 0),
    periodMs: choice(item["per"], `${at}.per`, ["s", "min"]) === "s" ? 1e3 : 6e4,
    burst: integer(item["burst"], `${at}.burst`, 0),
    status: item["status"] === null ? null : integer(item["status"], `${at}.status`, 400, 599)
  };
}
function breaker(value, at) {
  const item = fields(value, at, ["share", "requests", "window_ms", "probe_ms"]);
  const amount = (name) => integer(item[name], `${at}.${name}`, 0);
  return {
    share: amount("share"),
    requests: amount("requests"),
    windowMs: amount("window_ms"),
    probeMs: amount("probe_ms")
  };
}

// src/rows.ts
var MOST_MADE = 1 << 20;
var MOST_WORK = 1 << 27;
var Rows = class {
  constructor(columns) {
    this.columns = columns;
  }
  columns;
  /** Where each row begins in `#words`; one more entry says where the next one will. */
  #starts = new Int32Array(64);
  #words = new Int32Array(64);
  #count = 0;
  get count() {
    return this.#count;
  }
  /** Bytes that the rows take. */
  get bytes() {
    return this.#starts.byteLength + this.#words.byteLength;
  }
  /** Adds the row with these digits (lower-case hex without leading zeros), and gives its number. */
  add(hex) {
    const at = this.#room(hex === "0" ? 0 : hex.length + 7 >> 3);
    for (let end = hex.length, w = at; w < this.#starts[this.#count]; end -= 8) {
      this.#words[w++] = Number.parseInt(hex.slice(Math.max(0, end - 8), end), 16);
    }
    return this.#count - 1;
  }
  /** Whether a row has a column. */
  has(row, column) {
    const at = this.#starts[row] + (column >> 5);
    return at < this.#starts[row + 1] && (this.#words[at] >>> (column & 31) & 1) === 1;
  }
  /** The lowest column that the first `many` of these rows all have; -1 if there is none. */
  lowest(rows, many) {
    if (many === 0) return this.columns > 0 ? 0 : -1;
    const words = this.#words;
    const starts = this.#starts;
    let length = this.columns;
    for (let i = 0; i < many; i++) length = Math.min(length, starts[rows[i] + 1] - starts[rows[i]]);
    const a = starts[rows[0]];
    const b = many > 1 ? starts[rows[1]] : a;
    const c = many > 2 ? starts[rows[2]] : a;
    const d = many > 3 ? starts[rows[3]] : a;
    const e = many > 4 ? starts[rows[4]] : a;
    const f = many > 5 ? starts[rows[5]] : a;
    const g = many > 6 ? starts[rows[6]] : a;
    const h = many > 7 ? starts[rows[7]] : a;
    for (let w = 0; w < length; w++) {
      let bits = words[a + w] & words[b + w] & words[c + w] & words[d + w];
      bits &= words[e + w] & words[f + w] & words[g + w] & words[h + w];
      for (let i = 8; bits !== 0 && i < many; i++) bits &= words[starts[rows[i]] + w];
      if (bits !== 0) return w * 32 + 31 - Math.clz32(bits & -bits);
    }
    return -1;
  }
  /** What makes rows ahead, while a table is loaded. */
  maker() {
    const made = /* @__PURE__ */ new Map();
    let left = this.#starts[this.#count] + MOST_MADE;
    let work = MOST_WORK;
    return {
      and: (rows) => {
        if (rows.length === 1) return rows[0];
        work -= rows.length * ((this.columns >> 5) + 1);
        if (work < 0) return -1;
        const words = this.#and(rows);
        const name = words.join();
        const known = made.get(name);
        if (known !== void 0) return known;
        left -= words.length + 1;
        if (left < 0) return -1;
        const at = this.#room(words.length);
        this.#words.set(words, at);
        made.set(name, this.#count - 1);
        return this.#count - 1;
      }
    };
  }
  #and(rows) {
    if (rows.length === 0) return this.#all();
    let length = Infinity;
    for (const row of rows) length = Math.min(length, this.#starts[row + 1] - this.#starts[row]);
    const words = new Int32Array(length).fill(-1);
    for (const row of rows) {
      const first = this.#starts[row];
      for (let w = 0; w < length; w++) words[w] &= this.#words[first + w];
    }
    while (length > 0 && words[length - 1] === 0) length--;
    return words.subarray(0, length);
  }
  /** The row with all columns. */
  #all() {
    const words = new Int32Array(this.columns + 31 >> 5).fill(-1);
    if (this.columns & 31) words[words.length - 1] = 2 ** (this.columns & 31) - 1;
    return words;
  }
  /** Makes room for a row of so many words; where it begins. */
  #room(many) {
    const at = this.#starts[this.#count];
    if (at + many > this.#words.length) this.#words = longer(this.#words, at + many);
    if (this.#count + 2 > this.#starts.length) this.#starts = longer(this.#starts, this.#count + 2);
    this.#starts[++this.#count] = at + many;
    return at;
  }
};
function longer(old, least) {
  const made = new Int32Array(Math.max(least, old.length * 2));
  made.set(old);
  return made;
}

// src/spec.ts
var ERROR_CLASSES = Object.freeze([
  "overloaded",
  "rate_limited",
  "server_error",
  "timeout",
  "unreachable",
  "context_overflow",
  "refused"
]);

// src/check.ts
var FIELDS = [
  "format",
  "format_version",
  "policy",
  "version",
  "digest",
  "attributes",
  "rows",
  "columns",
  "rules",
  "states",
  "invalid",
  "pools",
  "upstreams",
  "models",
  "source"
];
function check(table) {
  const rules = items(table["rules"], "rules", text);
  distinct(rules, "rules", "names");
  const rows = rowsOf(table["rows"], limited(table["columns"], "columns", 1e5).length);
  limited(table["attributes"], "attributes", 1e4);
  const attributes = items(table["attributes"], "attributes", (v, at) => attribute(v, at, rows.count));
  rising(
    attributes.map((a) => a.name),
    "attributes",
    "names",
    byCodePoint
  );
  const upstreams = items(table["upstreams"], "upstreams", upstream);
  distinct(
    upstreams.map((u) => u.name),
    "upstreams",
    "names"
  );
  const models = items(table["models"], "models", model);
  distinct(models, "models", "names");
  const keys = new Set(attributes.filter((a) => a.kind !== "set").map((a) => a.name));
  const pools = items(table["pools"], "pools", (v, at) => pool(v, at, keys, upstreams, models));
  distinct(
    pools.map((p) => p.name),
    "pools",
    "names"
  );
  const count = list(table["states"], "states").length;
  const states = items(table["states"], "states", (v, at) => state(v, at, pools, count));
  return {
    policy: text(table["policy"], "policy"),
    version: table["version"],
    attributes,
    rows,
    columns: columnsOf(table["columns"], rules.length, count),
    rules,
    states,
    invalid: index(table["invalid"], "invalid", count, "states"),
    pools,
    upstreams,
    places: placesOf(table["source"], { rules, attributes, pools, upstreams, models })
  };
}
function limited(value, at, most) {
  const found = list(value, at);
  if (found.length > most) throw new TableError(`${at}: has ${found.length} items, the limit is ${most}`, "limit");
  return found;
}
function rowsOf(value, columns) {
  const rows = new Rows(columns);
  const listed = limited(value, "rows", 1e6);
  listed.forEach((item, i) => {
    const at = `rows[${i}]`;
    if (typeof item !== "string" || !/^(0|[1-9a-f][0-9a-f]*)$/.test(item)) {
      throw new TableError(`${at}: must be a string of lower-case hex without leading zeros`);
    }
    const bits = (item.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(item[0], 16)));
    if (bits > columns) {
      throw new TableError(`${at}: has a bit at or above the number of columns, ${columns}`, "bounds");
    }
    rows.add(item);
  });
  distinct(listed, "rows", "rows");
  return rows;
}
function columnsOf(value, rules, states) {
  const columns = items(value, "columns", (v, at) => {
    const pair2 = list(v, at, 2);
    return [index(pair2[0], `${at}[0]`, rules, "rules"), index(pair2[1], `${at}[1]`, states, "states")];
  });
  for (let i = 1; i < columns.length; i++) {
    if (columns[i - 1][0] > columns[i][0]) throw new TableError(`columns[${i}]: must be in rule order`);
  }
  return columns;
}
function state(value, at, pools, count) {
  if (typeof value === "object" && value !== null && "fail" in value) {
    const item2 = fields(fields(value, at, ["fail"])["fail"], `${at}.fail`, ["status", "message"]);
    const status = integer(item2["status"], `${at}.fail.status`, 400, 599);
    return { fail: Object.freeze({ status, message: textOrNull(item2["message"], `${at}.fail.message`) }) };
  }
  const item = fields(value, at, ["pool", "next"]);
  const next = (to, where) => to === null ? null : index(to, where, count, "states");
  return {
    pool: pools[index(item["pool"], `${at}.pool`, pools.length, "pools")],
    next: items(item["next"], `${at}.next`, next, ERROR_CLASSES.length)
  };
}
function model(value, at) {
  const item = fields(value, at, ["name", "context", "prices", "supports"]);
  if (item["context"] !== null) integer(item["context"], `${at}.context`, 0);
  amounts(item["prices"], `${at}.prices`, ["input", "output", "cache_read", "cache_write"]);
  rising(items(item["supports"], `${at}.supports`, text), `${at}.supports`, "capabilities", byCodePoint);
  return text(item["name"], `${at}.name`);
}
function placesOf(value, lists) {
  const item = fields(value, "source", ["files", "policy", ...Object.keys(lists)]);
  const files = items(item["files"], "source.files", text);
  const part = (v, at) => integer(v, at, 1);
  const place = (v, at) => {
    const found = fields(v, at, ["doc", "file", "start", "end"]);
    return Object.freeze({
      file: files[index(found["file"], `${at}.file`, files.length, "source.files")],
      start: Object.freeze(items(found["start"], `${at}.start`, part, 2)),
      end: Object.freeze(items(found["end"], `${at}.end`, part, 2)),
      doc: textOrNull(found["doc"], `${at}.doc`)
    });
  };
  place(item["policy"], "source.policy");
  for (const [name, of] of Object.entries(lists)) items(item[name], `source.${name}`, place, of.length);
  return items(item["rules"], "source.rules", place);
}

// src/classify.ts
function rowsOf2(attribute2, value) {
  const rows = [];
  if (attribute2.kind !== "set") rows.push(classOf(attribute2, value));
  for (const pattern of attribute2.patterns) rows.push(isLike(value, pattern.pieces) ? pattern.holds : pattern.fails);
  for (const sample of attribute2.samples) rows.push(isSampled(value, sample) ? sample.holds : sample.fails);
  for (const element of attribute2.elements) {
    rows.push(value.includes(element.value) ? element.holds : element.fails);
  }
  return rows;
}
function classOf(attribute2, value) {
  if (value === null) return attribute2.absent;
  switch (attribute2.kind) {
    case "bool":
      return attribute2.rows[value === true ? 1 : 0];
    case "int":
      return attribute2.rows[attribute2.cuts.filter((cut) => cut <= value).length];
    default:
      return attribute2.rows[attribute2.values.indexOf(value)] ?? attribute2.other;
  }
}
function isLike(value, pieces) {
  if (typeof value !== "string") return false;
  const first = pieces[0];
  const last = pieces[pieces.length - 1];
  const end = value.length - last.length;
  if (end < first.length || !value.startsWith(first) || !value.endsWith(last)) return false;
  let at = first.length;
  for (let i = 1; i < pieces.length - 1; i++) {
    const found = value.indexOf(pieces[i], at);
    if (found < 0) return false;
    at = found + pieces[i].length;
  }
  return at <= end;
}
function isSampled(value, sample) {
  return typeof value === "string" && murmur3(value, sample.seed) % 1e4 < sample.below;
}

// src/quote.ts
var WORD = /^[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*$/;
var RESERVED = ["and", "or", "not", "in", "like", "has", "contains", "sample", "true", "false"];
var HIDDEN = /["\\\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u200b-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]/gu;
var SHORT = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "	": "\\t" };
function literal(text2, isEnum) {
  return isEnum && WORD.test(text2) && !RESERVED.includes(text2) ? text2 : quoted(text2);
}
function quoted(text2) {
  return `"${escaped(text2)}"`;
}
function quotedPattern(pieces) {
  return `"${pieces.map((piece) => escaped(piece).replaceAll("*", "\\*")).join("*")}"`;
}
function escaped(text2) {
  return text2.replace(HIDDEN, (c) => SHORT[c] ?? `\\u{${c.codePointAt(0).toString(16).toUpperCase()}}`);
}

// src/needs.ts
var NOTHING = "false";
function needs(rows, attribute2, column, value) {
  const found = [];
  const { name } = attribute2;
  const pair2 = (item, text2, holds) => {
    const ifHolds = rows.has(item.holds, column);
    const ifFails = rows.has(item.fails, column);
    if (ifHolds && ifFails) return;
    if (ifHolds) found.push({ text: text2(), isMet: holds() });
    else if (ifFails) found.push({ text: `not ${text2()}`, isMet: !holds() });
    else found.push({ text: NOTHING, isMet: false });
  };
  for (const pattern of attribute2.patterns) {
    pair2(
      pattern,
      () => `${name} like ${quotedPattern(pattern.pieces)}`,
      () => isLike(value, pattern.pieces)
    );
  }
  for (const sample of attribute2.samples) {
    pair2(
      sample,
      () => sampled(name, sample),
      () => isSampled(value, sample)
    );
  }
  for (const element of attribute2.elements) {
    pair2(
      element,
      () => `${name} contains ${literal(element.value, attribute2.isEnum)}`,
      () => value.includes(element.value)
    );
  }
  if (attribute2.kind !== "set") {
    const text2 = onValue(rows, attribute2, column);
    if (text2 !== null) found.push({ text: text2, isMet: rows.has(classOf(attribute2, value), column) });
  }
  return found;
}
function sampled(name, sample) {
  const salt = sample.salt === null ? "" : `, ${quoted(sample.salt)}`;
  return `sample(${name}${salt}) < ${sample.below / 100}%`;
}
function onValue(rows, attribute2, column) {
  const { name } = attribute2;
  const taken = attribute2.rows.map((row) => rows.has(row, column));
  if (attribute2.other !== null) taken.push(rows.has(attribute2.other, column));
  const mayBeAbsent = attribute2.absent !== null;
  const isAbsent = attribute2.absent !== null && rows.has(attribute2.absent, column);
  if (!taken.includes(false)) return mayBeAbsent && !isAbsent ? `has ${name}` : null;
  if (!taken.includes(true)) return isAbsent ? `not has ${name}` : NOTHING;
  switch (attribute2.kind) {
    case "bool":
      if (mayBeAbsent && taken[0] !== isAbsent) return taken[0] ? `${name} == false` : `${name} != false`;
      return taken[0] ? `not ${name}` : name;
    case "int":
      return onInt(attribute2, taken, isAbsent);
    default:
      return onListed(attribute2, taken, isAbsent);
  }
}
function runs(attribute2, taken, which) {
  const found = [];
  let start = attribute2.lo;
  taken.forEach((is, i) => {
    const end = i < attribute2.cuts.length ? attribute2.cuts[i] - 1 : attribute2.hi;
    if (is === which) {
      if (i > 0 && taken[i - 1] === which) found[found.length - 1][1] = end;
      else found.push([start, end]);
    }
    start = end + 1;
  });
  return found;
}
function onInt(attribute2, taken, isAbsent) {
  const { name, lo, hi } = attribute2;
  const yes = ([first, last]) => {
    if (first === last) return `${name} == ${first}`;
    if (first === lo) return `${name} < ${last + 1}`;
    if (last === hi) return `${name} >= ${first}`;
    return `${name} in ${first}..${last + 1}`;
  };
  const no = ([first, last]) => {
    if (first === last) return `${name} != ${first}`;
    if (first === lo || last === hi) return `not ${yes([first, last])}`;
    return `${name} not in ${first}..${last + 1}`;
  };
  const inside = runs(attribute2, taken, true);
  const outside = runs(attribute2, taken, false);
  const isNegated = isAbsent || outside.length < inside.length && attribute2.absent === null;
  return isNegated ? outside.map(no).join(" and ") : inside.map(yes).join(" or ");
}
function onListed(attribute2, taken, isAbsent) {
  const { name, values, absent: absent2 } = attribute2;
  const hasOther = attribute2.other !== null;
  const many = values.filter((_, i) => taken[i]).length;
  const isNegated = hasOther ? taken[values.length] : isAbsent || values.length - many < many - 1 && absent2 === null;
  const texts = values.filter((_, i) => taken[i] !== isNegated).map((value) => literal(value, attribute2.kind === "enum"));
  const among = (one, several) => texts.length === 1 ? `${name} ${one} ${texts[0]}` : `${name} ${several} [${texts.join(", ")}]`;
  if (!isNegated) {
    const yes = among("==", "in");
    return hasOther && isAbsent ? `not has ${name} or ${yes}` : yes;
  }
  const no = among("!=", "not in");
  return hasOther && absent2 !== null && !isAbsent ? `has ${name} and ${no}` : no;
}

// src/decision.ts
var Decision = class _Decision {
  /** The policy's name. */
  policy;
  /** The table's version, 64 hex digits. */
  version;
  /** The deciding rule; null if none did. */
  rule;
  pool;
  upstream;
  provider;
  account;
  region;
  model;
  /** How many hops came before, from 0. */
  hop;
  /** The end of the walk: there is nowhere to send the request to. Its `status` is null where the client gets the error
   * that was met, whose class is the message. */
  fail;
  /** What is wrong with the request. */
  invalid;
  // Kept out of sight, so that no key of a request is logged with its decision.
  #node;
  #keys;
  /** @internal Use `Table.decide`. Without a site it is a fail. */
  constructor(policy, version, rule, site, hop, fail, invalid, node, keys) {
    this.policy = policy;
    this.version = version;
    this.rule = rule;
    if (site === null) {
      this.pool = this.upstream = this.provider = this.account = this.region = this.model = null;
    } else {
      this.pool = site.pool;
      this.upstream = site.upstream;
      this.provider = site.provider;
      this.account = site.account;
      this.region = site.region;
      this.model = site.model;
    }
    this.hop = hop;
    this.fail = fail;
    this.invalid = invalid;
    this.#node = node;
    this.#keys = keys;
  }
  /** @internal Where the walk stands, null at its end. Throws `TypeError` if it is no decision of `decide` or `after`. */
  static node(decision) {
    if (typeof decision !== "object" || decision === null || !(#node in decision))
      throw new TypeError("it is no decision of a table (a copy of one does not do)");
    return decision.#node;
  }
  /** @internal */
  static keys(decision) {
    return decision.#keys;
  }
  /** @internal The same walk, ended. */
  static failed(decision, fail) {
    const { policy, version, rule, hop, invalid } = decision;
    return new _Decision(policy, version, rule, null, hop, fail, invalid, null, null);
  }
};

// src/walks.ts
var RETURNED = Object.freeze(
  Object.fromEntries(ERROR_CLASSES.map((name) => [name, Object.freeze({ status: null, message: name })]))
);
var NO_RULE = Object.freeze({ status: 500, message: null });
var Walks = class {
  /** The names of the attributes by which pools of several members are sticky, and which attributes they are. */
  sticky;
  stickyAt;
  #spec;
  #nodes;
  constructor(spec) {
    const names = new Set(spec.pools.filter((pool2) => pool2.maglev !== null).map((pool2) => pool2.sticky));
    const all = spec.attributes.map((attribute2) => attribute2.name);
    this.stickyAt = all.flatMap((name, i) => names.has(name) ? [i] : []);
    this.sticky = this.stickyAt.map((i) => all[i]);
    this.#spec = spec;
    this.#nodes = nodesOf(spec, this.sticky);
  }
  /** The keys in the legal values of a request. */
  keysOf(values) {
    return this.stickyAt.map((i) => values[i]);
  }
  /** Whether the decision of a state, or one that can follow, depends on keys. */
  isKeyed(state2) {
    const node = this.#nodes[state2];
    return node.fail === null && node.isKeyed;
  }
  /** The decision of a rule that leads to a state. */
  start(rule, state2, keys, invalid = null) {
    const node = this.#nodes[state2];
    const { policy, version } = this.#spec;
    if (node.fail !== null) return new Decision(policy, version, rule, null, 0, node.fail, invalid, null, null);
    return new Decision(policy, version, rule, siteOf(node, keys), 0, null, invalid, node, keys);
  }
  /** The decision where no rule decides. */
  nowhere() {
    return new Decision(this.#spec.policy, this.#spec.version, null, null, 0, NO_RULE, null, null, null);
  }
  /** Throws `TypeError` for what is no decision of this table. */
  checkOwn(decision) {
    Decision.node(decision);
    if (decision.version !== this.#spec.version) {
      throw new TypeError("the decision is another table's: a walk ends with the table it began with");
    }
  }
  /** The decision after an error. Throws `TypeError`. */
  after(decision, error) {
    this.checkOwn(decision);
    const { policy, version, rule, hop, invalid } = decision;
    const at = ERROR_CLASSES.indexOf(error);
    if (at < 0) throw new TypeError(`${quoted2(error)} is no error class; these are: ${ERROR_CLASSES.join(", ")}`);
    const node = Decision.node(decision);
    if (node === null || node.fail !== null) return decision;
    const to = node.next[at];
    if (to === null) return Decision.failed(decision, RETURNED[error]);
    if (to.fail !== null) return Decision.failed(decision, to.fail);
    const keys = Decision.keys(decision);
    return new Decision(policy, version, rule, siteOf(to, keys), hop + 1, null, invalid, to, keys);
  }
};
var OVERLOADED = RETURNED.overloaded;
function slotOf(key) {
  return murmur3(key, 0) % SLOTS;
}
function keyOf(value) {
  return value === null || value === void 0 ? "" : String(value);
}
function memberOf(pool2, key) {
  return pool2.members[pool2.maglev === null ? 0 : pool2.maglev[slotOf(key)]];
}
function siteOf(node, keys) {
  const maglev = node.pool.maglev;
  if (maglev === null) return node.sites[0];
  const key = keys === null || node.key < 0 ? "" : keyOf(keys[node.key]);
  return node.sites[maglev[slotOf(key)]];
}
function nodesOf(spec, sticky) {
  const sites = /* @__PURE__ */ new Map();
  const nodes = spec.states.map((state2) => {
    if ("fail" in state2) return { fail: state2.fail };
    const { pool: pool2 } = state2;
    let known = sites.get(pool2);
    if (known === void 0) sites.set(pool2, known = pool2.members.map((member) => siteFor(pool2, member)));
    const key = pool2.maglev === null || pool2.sticky === null ? -1 : sticky.indexOf(pool2.sticky);
    return { fail: null, pool: pool2, sites: known, key, next: [], isKeyed: key >= 0 };
  });
  const before = nodes.map(() => []);
  const keyed = [];
  spec.states.forEach((state2, i) => {
    const node = nodes[i];
    if (node.fail !== null || "fail" in state2) return;
    if (node.isKeyed) keyed.push(i);
    for (const to of state2.next) {
      node.next.push(to === null ? null : nodes[to]);
      if (to !== null) before[to].push(node);
    }
  });
  const number = new Map(nodes.map((node, i) => [node, i]));
  for (const i of keyed) {
    for (const node of before[i]) {
      if (node.isKeyed) continue;
      node.isKeyed = true;
      keyed.push(number.get(node));
    }
  }
  return nodes;
}
function siteFor(pool2, member) {
  const { name, provider, account, region } = member.upstream;
  return { pool: pool2.name, upstream: name, provider, account, region, model: member.model };
}
function quoted2(error) {
  return typeof error === "string" ? JSON.stringify(error.slice(0, 80)) : `a ${typeof error}`;
}

// src/explain.ts
function explain(spec, judged) {
  const { decision, column, values } = judged;
  const deciding = spec.columns[column];
  const rule = deciding === void 0 ? spec.rules.length : deciding[0];
  const state2 = values === null ? spec.invalid : deciding === void 0 ? null : deciding[1];
  const keyFor = (pool2) => {
    if (values === null || pool2.sticky === null) return "";
    return keyOf(values[spec.attributes.findIndex((attribute2) => attribute2.name === pool2.sticky)]);
  };
  return {
    decision,
    earlier: values === null ? [] : earlier(spec, values, rule),
    matched: values === null || deciding === void 0 ? [] : conditions(spec, values, column, () => true),
    walk: state2 === null ? [] : walk(spec, state2, keyFor),
    pick: state2 === null ? null : pick(spec, state2, keyFor),
    place: deciding === void 0 ? null : spec.places[rule]
  };
}
function conditions(spec, values, column, wanted) {
  return spec.attributes.flatMap(
    (attribute2, i) => needs(spec.rows, attribute2, column, values[i]).filter((need) => wanted(need.isMet)).map((need) => ({ attribute: attribute2.name, value: values[i], needs: need.text }))
  );
}
function earlier(spec, values, rules) {
  const made = [];
  let column = 0;
  for (let rule = 0; rule < rules; rule++) {
    const lists = [];
    for (; column < spec.columns.length && spec.columns[column][0] === rule; column++) {
      lists.push(conditions(spec, values, column, (isMet) => !isMet));
    }
    made.push({ rule: spec.rules[rule], unmet: told(lists) });
  }
  return made;
}
function told(lists) {
  const sets = lists.map((list2) => new Set(list2.map(nameOf)));
  const least = [];
  const kept = /* @__PURE__ */ new Set();
  const order = [...sets.keys()].sort((a, b) => sets[a].size - sets[b].size);
  for (const i of order) {
    const set = sets[i];
    if (least.some((other) => other.size < set.size && isSubset(other, set))) continue;
    kept.add(i);
    if (!least.some((other) => other.size === set.size && isSubset(other, set))) least.push(set);
  }
  const firsts = /* @__PURE__ */ new Map();
  lists.forEach(([first], i) => {
    if (kept.has(i) && first !== void 0 && !firsts.has(nameOf(first))) firsts.set(nameOf(first), first);
  });
  return [...firsts.values()];
}
function nameOf(condition) {
  return JSON.stringify([condition.attribute, condition.needs]);
}
function isSubset(some, all) {
  for (const item of some) if (!all.has(item)) return false;
  return true;
}
function walk(spec, start, keyFor) {
  const order = "fail" in spec.states[start] ? [] : [start];
  const steps = [];
  const numbers = new Map(order.map((state2, i) => [state2, i]));
  for (const at of order) {
    const state2 = spec.states[at];
    if ("fail" in state2) continue;
    const next = /* @__PURE__ */ new Map();
    state2.next.forEach((to, i) => {
      const target = to === null ? null : spec.states[to];
      let told2 = null;
      if (target !== null && "fail" in target) {
        told2 = target.fail;
      } else if (to !== null) {
        if (!numbers.has(to)) numbers.set(to, order.push(to) - 1);
        told2 = numbers.get(to);
      }
      const name = JSON.stringify(told2 === null || typeof told2 === "number" ? told2 : [told2.status, told2.message]);
      if (!next.has(name)) next.set(name, { classes: [], to: told2 });
      next.get(name).classes.push(ERROR_CLASSES[i]);
    });
    const member = memberOf(state2.pool, keyFor(state2.pool));
    const { name: pool2, retry } = state2.pool;
    steps.push({ pool: pool2, upstream: member.upstream.name, model: member.model, retry, next: [...next.values()] });
  }
  return steps;
}
function pick(spec, at, keyFor) {
  const state2 = spec.states[at];
  if ("fail" in state2 || state2.pool.maglev === null) return null;
  const { pool: pool2 } = state2;
  const key = keyFor(pool2);
  const slots = pool2.members.map(() => 0);
  for (const member of state2.pool.maglev) slots[member]++;
  return {
    sticky: pool2.sticky,
    key,
    slot: slotOf(key),
    member: memberOf(pool2, key).name,
    shares: pool2.members.map((member, i) => ({ member: member.name, slots: slots[i] }))
  };
}

// src/prefixes.ts
var MOST_CELLS = 1 << 20;
var ASCII = 128;
var Prefixes = class _Prefixes {
  /** Of each state, which prefixes a string that leads to it begins with. */
  holding;
  /** Where state s goes by a character of class c: `#next[s * #width + c]`; -1 where no longer prefix begins so. */
  #next;
  #width;
  /** The class of a character; 0 for one that no prefix has. */
  #ascii = new Int32Array(ASCII);
  #others = /* @__PURE__ */ new Map();
  /** null where these would take too much memory. */
  static of(prefixes) {
    const characters = /* @__PURE__ */ new Set();
    let states = 1;
    for (const prefix of prefixes) {
      states += prefix.length;
      for (let at = 0; at < prefix.length; at++) characters.add(prefix.charCodeAt(at));
      if (states * (characters.size + 1) > MOST_CELLS) return null;
    }
    return new _Prefixes(prefixes, characters, states);
  }
  constructor(prefixes, characters, most) {
    let classes = 0;
    for (const code of characters) {
      if (code < ASCII) this.#ascii[code] = ++classes;
      else this.#others.set(code, ++classes);
    }
    this.#width = classes + 1;
    const next = new Int32Array(most * this.#width).fill(-1);
    const own2 = [[]];
    const parents = [0];
    prefixes.forEach((prefix, i) => {
      let state2 = 0;
      for (let at = 0; at < prefix.length; at++) {
        const cell = state2 * this.#width + this.#class(prefix.charCodeAt(at));
        if (next[cell] < 0) {
          next[cell] = own2.push([]) - 1;
          parents.push(state2);
        }
        state2 = next[cell];
      }
      own2[state2].push(i);
    });
    this.#next = next.slice(0, own2.length * this.#width);
    const holding2 = [];
    own2.forEach((here, state2) => holding2.push(state2 === 0 ? here : [...holding2[parents[state2]], ...here]));
    this.holding = holding2;
  }
  /** The state that a string leads to. */
  state(text2) {
    const next = this.#next;
    const width = this.#width;
    let state2 = 0;
    for (let at = 0; at < text2.length; at++) {
      const to = next[state2 * width + this.#class(text2.charCodeAt(at))];
      if (to < 0) break;
      state2 = to;
    }
    return state2;
  }
  #class(code) {
    return code < ASCII ? this.#ascii[code] : this.#others.get(code) ?? 0;
  }
};

// src/ahead.ts
var LEFT = -1;
var BOOL = 0;
var INT = 1;
var ENUM = 2;
var STRING = 3;
var SET = 4;
var KINDS = { bool: BOOL, int: INT, enum: ENUM, string: STRING, set: SET };
function prepared(attribute2, maker, isKey) {
  const { name, kind, lo, hi, cuts, rows, isOpen, elements } = attribute2;
  const whole = (value) => maker.and(rowsOf2(attribute2, value));
  const standIn = attribute2.default === null ? LEFT : whole(attribute2.default);
  const nothing = kind === "set" ? whole([]) : LEFT;
  const mayBeAbsent = attribute2.absent !== null;
  const strings = kind === "string" ? stringsOf(attribute2, maker) : NO_STRINGS;
  return {
    name,
    kind: KINDS[kind],
    missing: attribute2.default !== null ? standIn : kind === "set" ? nothing : mayBeAbsent ? whole(null) : LEFT,
    standIn,
    no: kind === "bool" ? rows[0] : LEFT,
    yes: kind === "bool" ? rows[1] : LEFT,
    lo,
    hi,
    cuts: Float64Array.from(cuts),
    rows: Int32Array.from(rows),
    ...bucketsOf(lo, hi, cuts),
    known: kind === "set" ? elementsOf(attribute2) : new Map(attribute2.values.map((value, i) => [value, rows[i]])),
    other: attribute2.other ?? LEFT,
    ...strings,
    samples: attribute2.samples,
    elements,
    isOpen,
    nothing,
    single: kind === "set" ? singles(elements, whole) : NO_ROWS,
    present: new Uint8Array(elements.length),
    isKey
  };
}
var NO_ROWS = new Int32Array(0);
var NO_STRINGS = { prefixes: null, byState: NO_ROWS, patterns: [] };
var FEW_CUTS = 4;
var MOST_SINGLES = 256;
var MOST_BUCKETS = 1024;
function bucketsOf(lo, hi, cuts) {
  if (cuts.length <= FEW_CUTS || !Number.isSafeInteger(hi - lo)) return { scale: 0, starts: NO_ROWS };
  let size = 1;
  while ((hi - lo) / size >= MOST_BUCKETS) size *= 2;
  const starts = [];
  let cut = 0;
  for (let bucket = 0; bucket <= Math.floor((hi - lo) / size); bucket++) {
    while (cut < cuts.length && cuts[cut] <= lo + bucket * size) cut++;
    starts.push(cut);
  }
  starts.push(cuts.length);
  return { scale: 1 / size, starts: Int32Array.from(starts) };
}
function elementsOf(attribute2) {
  const known = /* @__PURE__ */ new Map();
  if (!attribute2.isOpen) for (const value of attribute2.values) known.set(value, LEFT);
  attribute2.elements.forEach(({ value }, i) => {
    if (attribute2.isOpen || known.has(value)) known.set(value, i);
  });
  return known;
}
function singles(elements, whole) {
  if (elements.length > MOST_SINGLES) return NO_ROWS;
  const rows = elements.map(({ value }) => whole([value]));
  return rows.includes(LEFT) ? NO_ROWS : Int32Array.from(rows);
}
function stringsOf(attribute2, maker) {
  const { samples, values, rows } = attribute2;
  const isPrefix = (pattern) => pattern.pieces.length === 2 && pattern.pieces[1] === "";
  const simple = attribute2.patterns.filter(isPrefix);
  let patterns = attribute2.patterns.filter((pattern) => !isPrefix(pattern));
  let prefixes = Prefixes.of(simple.map((pattern) => pattern.pieces[0]));
  const patternRows = (prefixes?.holding ?? []).map((holding2) => {
    const held = new Set(holding2);
    return maker.and(simple.map((pattern, i) => held.has(i) ? pattern.holds : pattern.fails));
  });
  const byState = patternRows.map((row) => row < 0 ? LEFT : maker.and([attribute2.other, row]));
  if (byState.includes(LEFT)) prefixes = null;
  if (prefixes === null) patterns = [...attribute2.patterns];
  const known = /* @__PURE__ */ new Map();
  values.forEach((value, i) => {
    const all = [rows[i]];
    if (prefixes !== null) all.push(patternRows[prefixes.state(value)]);
    for (const pattern of patterns) all.push(isLike(value, pattern.pieces) ? pattern.holds : pattern.fails);
    for (const sample of samples) all.push(isSampled(value, sample) ? sample.holds : sample.fails);
    known.set(value, maker.and(all));
  });
  return { prefixes, byState: Int32Array.from(byState), patterns, known };
}

// src/members.ts
var own = Object.prototype.hasOwnProperty;
var ROOT = Object.prototype;
function memberOf2(request, name) {
  return own.call(request, name) ? request[name] : void 0;
}
function memberAt(request, name, place) {
  switch (place) {
    case 0: {
      const found = request[name];
      return found === void 0 || ROOT[name] === void 0 ? found : memberOf2(request, name);
    }
    case 1: {
      const found = request[name];
      return found === void 0 || ROOT[name] === void 0 ? found : memberOf2(request, name);
    }
    case 2: {
      const found = request[name];
      return found === void 0 || ROOT[name] === void 0 ? found : memberOf2(request, name);
    }
    case 3: {
      const found = request[name];
      return found === void 0 || ROOT[name] === void 0 ? found : memberOf2(request, name);
    }
    case 4: {
      const found = request[name];
      return found === void 0 || ROOT[name] === void 0 ? found : memberOf2(request, name);
    }
    case 5: {
      const found = request[name];
      return found === void 0 || ROOT[name] === void 0 ? found : memberOf2(request, name);
    }
    case 6: {
      const found = request[name];
      return found === void 0 || ROOT[name] === void 0 ? found : memberOf2(request, name);
    }
    case 7: {
      const found = request[name];
      return found === void 0 || ROOT[name] === void 0 ? found : memberOf2(request, name);
    }
    case 8: {
      const found = request[name];
      return found === void 0 || ROOT[name] === void 0 ? found : memberOf2(request, name);
    }
    case 9: {
      const found = request[name];
      return found === void 0 || ROOT[name] === void 0 ? found : memberOf2(request, name);
    }
    case 10: {
      const found = request[name];
      return found === void 0 || ROOT[name] === void 0 ? found : memberOf2(request, name);
    }
    case 11: {
      const found = request[name];
      return found === void 0 || ROOT[name] === void 0 ? found : memberOf2(request, name);
    }
    default:
      return memberOf2(request, name);
  }
}

// src/quick.ts
var Placer = class {
  /** The rows of the request at hand. */
  rows;
  /** The legal values by which pools are sticky, at their attributes' places. */
  values;
  #attributes;
  #quick;
  #many = 0;
  constructor(attributes, rows, keys) {
    const maker = rows.maker();
    this.#attributes = attributes;
    this.#quick = attributes.map((attribute2, i) => prepared(attribute2, maker, keys.includes(i)));
    this.values = attributes.map(() => null);
    const most = (a) => 1 + a.patterns.length + a.samples.length + a.elements.length;
    this.rows = new Int32Array(attributes.reduce((sum, attribute2) => sum + most(attribute2), 0));
  }
  /** Puts the rows of an object's values in `rows`: how many, or LEFT. */
  place(request) {
    const quick = this.#quick;
    this.#many = 0;
    const prototype = Object.getPrototypeOf(request);
    const isPlain = prototype === Object.prototype || prototype === null;
    for (let i = 0; i < quick.length; i++) {
      const q = quick[i];
      const given = memberAt(request, q.name, isPlain ? i : -1);
      const isAbsent = given === void 0 || given === null;
      const row = isAbsent ? q.missing : this.#row(q, given);
      if (row >= 0) this.rows[this.#many++] = row;
      else if (q.standIn < 0) return LEFT;
      else this.rows[this.#many++] = q.standIn;
      if (q.isKey) this.values[i] = isAbsent || row < 0 ? this.#attributes[i].default : given;
    }
    return this.#many;
  }
  /** The row of a value; of several all but the last are put in `rows`. */
  #row(q, given) {
    switch (q.kind) {
      case BOOL:
        return given === true ? q.yes : given === false ? q.no : LEFT;
      case INT:
        return typeof given === "number" && given >= q.lo && given <= q.hi && Math.floor(given) === given ? rowOfInt(q, given) : LEFT;
      case ENUM:
        if (typeof given !== "string") return LEFT;
        return q.known.get(given) ?? (q.other >= 0 && isWell(given) ? q.other : LEFT);
      case STRING:
        return typeof given === "string" ? this.#rowOfString(q, given) : LEFT;
      default:
        return Array.isArray(given) ? this.#rowOfList(q, given) : LEFT;
    }
  }
  #rowOfString(q, given) {
    const known = q.known.get(given);
    if (known !== void 0) return known;
    if (!isWell(given)) return LEFT;
    for (let i = 0; i < q.patterns.length; i++) {
      const pattern = q.patterns[i];
      this.rows[this.#many++] = isLike(given, pattern.pieces) ? pattern.holds : pattern.fails;
    }
    for (let i = 0; i < q.samples.length; i++) {
      const sample = q.samples[i];
      this.rows[this.#many++] = isSampled(given, sample) ? sample.holds : sample.fails;
    }
    return q.prefixes === null ? q.other : q.byState[q.prefixes.state(given)];
  }
  #rowOfList(q, given) {
    const { present } = q;
    let many = 0;
    let last = 0;
    let isLegal = true;
    for (let i = 0; i < given.length; i++) {
      const item = given[i];
      const at = typeof item === "string" ? q.known.get(item) : void 0;
      if (at === void 0) {
        if (typeof item === "string" && q.isOpen && isWell(item)) continue;
        isLegal = false;
        break;
      }
      if (at < 0 || present[at] === 1) continue;
      present[at] = 1;
      last = at;
      many++;
    }
    if (many === 0) return isLegal ? q.nothing : LEFT;
    if (many === 1 && q.single.length > 0) {
      present[last] = 0;
      return isLegal ? q.single[last] : LEFT;
    }
    const first = this.#many;
    for (let i = 0; i < q.elements.length; i++) {
      const element = q.elements[i];
      this.rows[this.#many++] = present[i] === 1 ? element.holds : element.fails;
      present[i] = 0;
    }
    if (!isLegal) {
      this.#many = first;
      return LEFT;
    }
    return this.rows[--this.#many];
  }
};
function rowOfInt(q, given) {
  let from = 0;
  let to = q.cuts.length;
  if (q.scale > 0) {
    const bucket = Math.floor((given - q.lo) * q.scale);
    from = q.starts[bucket];
    to = q.starts[bucket + 1];
  }
  while (from < to) {
    const middle = from + to >> 1;
    if (q.cuts[middle] <= given) from = middle + 1;
    else to = middle;
  }
  return q.rows[from];
}
var isWell = "isWellFormed" in String.prototype ? (text2) => text2.isWellFormed() : (text2) => !isLone(text2);

// src/record.ts
function record(spec, walks, judged, errors) {
  const decision = errors.reduce((at, error) => walks.after(at, error), judged.decision);
  const { values } = judged;
  const named = { record: 1, after: [...errors] };
  if (values === null) return { ...decision, ...named, attributes: null, slots: null };
  return {
    ...decision,
    ...named,
    attributes: Object.fromEntries(spec.attributes.map((a, i) => [a.name, recorded(a, values[i])])),
    slots: Object.fromEntries(walks.sticky.map((name, i) => [name, slotOf(keyOf(values[walks.stickyAt[i]]))]))
  };
}
function recorded(attribute2, value) {
  switch (attribute2.kind) {
    case "set":
      return holding(attribute2.elements, (element) => value.includes(element.value));
    case "enum":
      return value === null || attribute2.values.includes(value) ? value : false;
    case "string": {
      if (value === null) return null;
      const literal2 = attribute2.values.indexOf(value);
      return {
        literal: literal2 < 0 ? null : literal2,
        like: holding(attribute2.patterns, (pattern) => isLike(value, pattern.pieces)),
        sample: holding(attribute2.samples, (sample) => isSampled(value, sample))
      };
    }
    default:
      return value;
  }
}
function holding(items2, holds) {
  return items2.flatMap((item, i) => holds(item) ? [i] : []);
}

// src/span.ts
function spanAttributes(attributes, record2) {
  const made = {
    "interlock.policy": record2.policy,
    "interlock.policy.version": record2.version,
    "interlock.hop": record2.hop,
    "interlock.record": canonical(record2)
  };
  const put = (name, value) => {
    if (value !== null && value !== void 0) made[name] = value;
  };
  put("interlock.rule", record2.rule);
  put("interlock.pool", record2.pool);
  put("interlock.upstream", record2.upstream);
  put("interlock.account", record2.account);
  put("gen_ai.provider.name", record2.provider);
  put("gen_ai.request.model", record2.model);
  put("cloud.region", record2.region);
  if (record2.after.length > 0) made["interlock.after"] = [...record2.after];
  put("interlock.fail.status", record2.fail?.status);
  put("interlock.fail.message", record2.fail?.message);
  put("interlock.invalid.attribute", record2.invalid?.attribute);
  put("interlock.invalid.reason", record2.invalid?.reason);
  if (record2.attributes === null) return made;
  for (const { name, kind } of attributes) {
    const value = record2.attributes[name];
    if (kind === "string" || kind === "set" || value === void 0 || typeof value === "object") continue;
    if (kind === "enum" && value === false) continue;
    put(`interlock.attribute.${name}`, value);
  }
  return made;
}

// src/values.ts
function isObject(request) {
  return typeof request === "object" && request !== null && !Array.isArray(request);
}
function valuesOf2(attributes, request, isText) {
  if (!isObject(request)) return NOT_AN_OBJECT;
  const values = [];
  for (const attribute2 of attributes) {
    const found = valueOf(attribute2, memberOf2(request, attribute2.name) ?? null, isText);
    if (isFault(found)) return invalidOf(attribute2, found.fault);
    values.push(found);
  }
  return values;
}
function valueOf(attribute2, given, isText) {
  const found = given === null ? absent(attribute2) : legal(attribute2, given, isText);
  return isFault(found) && attribute2.default !== null ? attribute2.default : found;
}
function isFault(found) {
  return typeof found === "object" && found !== null && "fault" in found;
}
function absent(attribute2) {
  if (attribute2.default !== null) return attribute2.default;
  if (attribute2.kind === "set") return [];
  return attribute2.optional ? null : { fault: "missing" };
}
function legal(attribute2, given, isText) {
  switch (attribute2.kind) {
    case "bool":
      return typeof given === "boolean" ? given : { fault: "wrong_type" };
    case "int": {
      if (typeof given !== "number" && typeof given !== "bigint") return { fault: "wrong_type" };
      if (typeof given === "number" && !Number.isInteger(given) && !(isText && Math.abs(given) === Infinity)) {
        return { fault: "wrong_type" };
      }
      return attribute2.lo <= given && given <= attribute2.hi ? Number(given) + 0 : { fault: "out_of_range" };
    }
    case "enum":
      if (typeof given !== "string" || isLone(given)) return { fault: "wrong_type" };
      return attribute2.isOpen || attribute2.values.includes(given) ? given : { fault: "unknown_value" };
    case "string":
      return typeof given !== "string" || isLone(given) ? { fault: "wrong_type" } : given;
    case "set": {
      if (!Array.isArray(given)) return { fault: "wrong_type" };
      const found = [];
      for (let i = 0; i < given.length; i++) {
        const item = given[i];
        if (typeof item !== "string" || isLone(item)) return { fault: "wrong_type" };
        found.push(item);
      }
      if (!attribute2.isOpen && !found.every((item) => attribute2.values.includes(item)))
        return { fault: "unknown_value" };
      return sorted(found);
    }
  }
}
var NOT_AN_OBJECT = Object.freeze({
  attribute: null,
  reason: "not_an_object",
  message: "the request is not a JSON object"
});
var WORDS = { bool: "a bool", int: "an integer", enum: "a string", string: "a string", set: "a list of strings" };
function invalidOf(attribute2, reason) {
  return Object.freeze({
    attribute: attribute2.name,
    reason,
    message: `\`${attribute2.name}\` ${rest(attribute2, reason)}`
  });
}
function rest(attribute2, reason) {
  switch (reason) {
    case "missing":
      return "is missing";
    case "wrong_type":
      return `must be ${WORDS[attribute2.kind]}`;
    case "out_of_range":
      return `must lie in ${attribute2.lo}..=${attribute2.hi}`;
    case "unknown_value":
      return `${attribute2.kind === "set" ? "may hold only" : "must be one of"} ${attribute2.values.join(", ")}`;
  }
}

// src/table.ts
var Table = class {
  /** The policy's name. */
  policy;
  /** 64 hex digits: the same for all tables that decide alike. */
  version;
  #spec;
  #walks;
  #placer;
  #upstreams;
  #keys;
  /** The decisions of columns whose walks need no key, made when first met and shared. */
  #shared = [];
  #isBusy = false;
  /** @internal Use `load`. */
  constructor(spec) {
    this.policy = spec.policy;
    this.version = spec.version;
    this.#spec = spec;
    this.#walks = new Walks(spec);
    this.#keys = this.#walks.stickyAt;
    this.#upstreams = new Map(spec.upstreams.map((upstream2) => [upstream2.name, upstream2]));
    this.#placer = new Placer(spec.attributes, spec.rows, this.#keys);
  }
  /** Where a request, as `JSON.parse` gives it, goes. Never throws. */
  decide(request) {
    return this.#quick(request) ?? this.#judge(request, false).decision;
  }
  /** The same for a request's text, or its bytes, which are read as docs/table-format.md says. */
  decideText(text2) {
    const request = parsed(text2);
    return this.#quick(request) ?? this.#judge(request, true).decision;
  }
  /** Where the request goes after an error, once its retries are spent. Throws `TypeError` for an unknown class and for
   * another table's decision. After a fail it is the decision itself. */
  after(decision, error) {
    return this.#walks.after(decision, error);
  }
  /** Why a request goes where `decide` sends it. May take long; never throws. */
  explain(request) {
    return explain(this.#spec, this.#judge(request, false));
  }
  /** The same for a request's text. */
  explainText(text2) {
    return explain(this.#spec, this.#judge(parsed(text2), true));
  }
  /** What a log may keep of the decision after these errors (docs/record.md). Throws as `after` does. */
  record(request, errors = []) {
    return record(this.#spec, this.#walks, this.#judge(request, false), errors);
  }
  /** The same for a request's text. */
  recordText(text2, errors = []) {
    return record(this.#spec, this.#walks, this.#judge(parsed(text2), true), errors);
  }
  /** The attributes of the span of the hop that a record of this table tells of; of a fail, those that go onto the span
   * of the request (docs/record.md). `@interlock/runtime/otel` makes the spans. */
  spanAttributes(record2) {
    return spanAttributes(this.#spec.attributes, record2);
  }
  /** @internal Throws `TypeError` for what is no decision of this table. */
  static checkOwn(table, decision) {
    table.#walks.checkOwn(decision);
  }
  /** @internal How many states and which upstreams there are, for the serving state. */
  static serves(table) {
    return { states: table.#spec.states.length, upstreams: table.#upstreams };
  }
  /** The decision on an object whose values are all legal, or nearly so; else null, and `#judge` has to say. */
  #quick(request) {
    if (this.#isBusy) return null;
    this.#isBusy = true;
    try {
      if (!isObject(request)) return null;
      const placer = this.#placer;
      const many = placer.place(request);
      if (many < 0) return null;
      const column = this.#spec.rows.lowest(placer.rows, many);
      return column < 0 ? this.#walks.nowhere() : this.#shared[column] ?? this.#decided(column);
    } catch {
      return null;
    } finally {
      this.#isBusy = false;
    }
  }
  #decided(column) {
    const [rule, state2] = this.#spec.columns[column];
    const name = this.#spec.rules[rule];
    if (!this.#walks.isKeyed(state2)) {
      const decision = this.#walks.start(name, state2, null);
      Object.freeze(decision);
      return this.#shared[column] = decision;
    }
    const { values } = this.#placer;
    const keys = [];
    for (let i = 0; i < this.#keys.length; i++) keys.push(values[this.#keys[i]]);
    return this.#walks.start(name, state2, keys);
  }
  #judge(request, isText) {
    const spec = this.#spec;
    let values;
    try {
      values = valuesOf2(spec.attributes, request, isText);
    } catch {
      values = NOT_AN_OBJECT;
    }
    if (!Array.isArray(values)) {
      return { decision: this.#walks.start(null, spec.invalid, null, values), column: -1, values: null };
    }
    const legal2 = values;
    const rows = Int32Array.from(spec.attributes.flatMap((attribute2, i) => rowsOf2(attribute2, legal2[i])));
    const column = spec.rows.lowest(rows, rows.length);
    const found = spec.columns[column];
    const decision = found === void 0 ? this.#walks.nowhere() : this.#walks.start(spec.rules[found[0]], found[1], this.#walks.keysOf(values));
    return { decision, column, values };
  }
};
function parsed(text2) {
  try {
    return JSON.parse(typeof text2 === "string" ? text2 : decoded(text2));
  } catch {
    return null;
  }
}

// src/load.ts
var MOST = 64 * 2 ** 20;
function load(source) {
  if (source.length > MOST) throw new TableError("the table is larger than 64 MiB", "limit");
  const table = parse(textOf(source));
  if (typeof table !== "object" || table === null || Array.isArray(table)) {
    throw new TableError("the table is not a JSON object", "json");
  }
  const item = table;
  if (item["format"] !== "interlock-table") {
    throw new TableError('format: must be "interlock-table": this is no decision table', "format");
  }
  if (item["format_version"] !== 1) {
    throw new TableError("format_version: only 1 is known to this reader", "version");
  }
  fields(item, "table", FIELDS);
  const parts = Object.keys(item).sort(byCodePoint).map((name) => [name, `${JSON.stringify(name)}:${canonical(item[name])}`]);
  matches(item, "digest", parts, ["digest"]);
  matches(item, "version", parts, ["version", "digest", "source"]);
  return new Table(check(item));
}
function textOf(source) {
  let text2;
  try {
    text2 = typeof source === "string" ? source : decoded(source);
  } catch {
    throw new TableError("the table is not in UTF-8", "json");
  }
  if (isLone(text2)) throw new TableError("the table has a lone surrogate", "json");
  return text2;
}
function matches(table, name, parts, less) {
  const stated = text(table[name], name);
  const rest2 = parts.filter(([field]) => !less.includes(field)).map(([, part]) => part);
  if (stated !== sha256(utf8(`{${rest2.join(",")}}`))) {
    throw new TableError(`${name}: does not match the table's content: it was changed after it was compiled`, "digest");
  }
}

// src/live.ts
var Live = class {
  #table;
  /** Throws as `load` does. */
  constructor(source) {
    this.#table = load(source);
  }
  /** The current table. */
  get table() {
    return this.#table;
  }
  /** Puts another table in place, whole, between two requests. Throws `TableError` for one that cannot be used, and the
   * old one serves on. */
  replace(source) {
    const table = load(source);
    this.#table = table;
    return table;
  }
};

// src/breaker.ts
var SLICES = 10;
var Breaker = class {
  #settings;
  #sliceMs;
  #state = "closed";
  /** When it opened, or let its probe through. */
  #since = 0;
  #era = 0;
  /** The slices that have outcomes, oldest first: `[slice, outcomes, failures]`. */
  #slices = [];
  constructor(settings) {
    this.#settings = settings;
    this.#sliceMs = Math.max(1, Math.ceil(settings.windowMs / SLICES));
  }
  /** Whether a request may be let through now. */
  lets(now) {
    return this.#state === "closed" || now - this.#since >= this.#settings.probeMs;
  }
  /** A request is let through: the era that it belongs to. */
  let(now) {
    if (this.#state !== "closed") this.#change("half-open", now);
    return this.#era;
  }
  /** A request of an era has ended. */
  told(era, failed, now) {
    if (era !== this.#era) return;
    if (this.#state === "half-open") {
      this.#change(failed ? "open" : "closed", now);
    } else if (this.#opens(failed, now)) {
      this.#change("open", now);
    }
  }
  #opens(failed, now) {
    const present = Math.floor(now / this.#sliceMs);
    this.#slices = this.#slices.filter(([slice]) => slice > present - SLICES);
    let last = this.#slices.at(-1);
    if (last?.[0] !== present) this.#slices.push(last = [present, 0, 0]);
    last[1]++;
    if (failed) last[2]++;
    let outcomes = 0;
    let failures = 0;
    for (const [, all, bad] of this.#slices) {
      outcomes += all;
      failures += bad;
    }
    return outcomes >= this.#settings.requests && failures * 1e4 >= this.#settings.share * outcomes;
  }
  #change(state2, now) {
    this.#state = state2;
    this.#since = now;
    this.#era++;
    this.#slices = [];
  }
};

// src/bucket.ts
var Bucket = class {
  #limit;
  #tokens;
  #part = 0;
  #at;
  constructor(limit2, now) {
    this.#limit = limit2;
    this.#tokens = limit2.burst;
    this.#at = now;
  }
  /** Takes a token, if there is one. `now` is not before the last one. */
  take(now) {
    this.#fill(now - this.#at);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
  /** Brings back what comes in so many milliseconds: ms × count units, whole periods and whole tokens a period apart. A
   * product or sum beyond 2^53 is rounded, but not below 2^53, and so is cut to `burst`, which is no larger. */
  #fill(ms) {
    const { count, periodMs, burst } = this.#limit;
    const periods = Math.floor(ms / periodMs);
    const rest2 = ms % periodMs;
    const units = this.#part + rest2 * (count % periodMs);
    let tokens = Math.min(burst, this.#tokens + periods * count);
    tokens = Math.min(burst, tokens + rest2 * Math.floor(count / periodMs));
    tokens = Math.min(burst, tokens + Math.floor(units / periodMs));
    this.#tokens = tokens;
    this.#part = tokens === burst ? 0 : units % periodMs;
  }
};

// src/serving.ts
var FAILURES = ERROR_CLASSES.slice(0, 5);
var ServingState = class {
  #clock;
  #gates = /* @__PURE__ */ new Map();
  /** The gates again, by the upstreams of each table. */
  #known = /* @__PURE__ */ new WeakMap();
  #now;
  /** `clock` gives milliseconds from any start, of which whole ones count; a time before an earlier one counts as that one. */
  constructor(clock = () => performance.now()) {
    this.#clock = clock;
    this.#now = Math.floor(clock());
  }
  /** Goes on from a decision of the table, with `after` and `overloaded`, until one may be sent or the walk ends. Throws
   * `TypeError` for another table's decision. */
  admit(table, decision) {
    const { states, upstreams } = Table.serves(table);
    Table.checkOwn(table, decision);
    const errors = [];
    let at = decision;
    while (at.fail === null) {
      if (at.hop > states) return { decision: Decision.failed(at, OVERLOADED), permit: null, errors };
      const answer = this.#ask(upstreams.get(at.upstream));
      if ("done" in answer) return { decision: at, permit: answer, errors };
      if (answer.status !== null) return { decision: Decision.failed(at, answer), permit: null, errors };
      at = table.after(at, "overloaded");
      errors.push("overloaded");
    }
    return { decision: at, permit: null, errors };
  }
  /** Whether a request may be sent to an upstream of the table now: a permit; or a fail, of which one without a status
   * stands for the error `overloaded`. Throws `TypeError` if the table has no such upstream. */
  ask(table, upstream2) {
    const found = Table.serves(table).upstreams.get(upstream2);
    if (found === void 0) throw new TypeError(`the table has no upstream ${JSON.stringify(upstream2)}`);
    return this.#ask(found);
  }
  #ask(upstream2) {
    const { bucket, breaker: breaker2, status } = this.#gate(upstream2);
    const now = this.#time();
    if (breaker2 !== null && !breaker2.lets(now)) return OVERLOADED;
    if (bucket !== null && !bucket.take(now)) return status === null ? OVERLOADED : { status, message: null };
    const era = breaker2 === null ? 0 : breaker2.let(now);
    let isDone = false;
    return {
      upstream: upstream2.name,
      done: (error) => {
        if (error !== null && !ERROR_CLASSES.includes(error)) {
          throw new TypeError(`${String(error)} is no error class; these are: ${ERROR_CLASSES.join(", ")}`);
        }
        if (isDone) return;
        isDone = true;
        breaker2?.told(era, error !== null && FAILURES.includes(error), this.#time());
      }
    };
  }
  #gate(upstream2) {
    let known = this.#known.get(upstream2);
    if (known === void 0) this.#known.set(upstream2, known = this.#named(upstream2));
    return known;
  }
  #named(upstream2) {
    const { name, limit: limit2, breaker: breaker2 } = upstream2;
    const key = JSON.stringify([name, limit2, breaker2]);
    let gate = this.#gates.get(key);
    if (gate === void 0) {
      gate = {
        bucket: limit2 && new Bucket(limit2, this.#now),
        breaker: breaker2 && new Breaker(breaker2),
        status: limit2?.status ?? null
      };
      this.#gates.set(key, gate);
    }
    return gate;
  }
  #time() {
    this.#now = Math.max(this.#now, Math.floor(this.#clock()));
    return this.#now;
  }
};
export {
  ERROR_CLASSES,
  Live,
  ServingState,
  TableError,
  canonical,
  load
};
