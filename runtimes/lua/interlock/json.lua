--- JSON: a reader, and a writer of the canonical form in which tables are hashed and answers are given.
--
-- Values are Lua's, but null is `NULL`, and an empty object is `EMPTY` (one for all: nobody changes what was read), so
-- that it is told from an empty list. Both walk without recursion or to a limited depth: no text overflows the stack.
local key_names = require("interlock.keys")
local numbers = require("interlock.numbers")
local utf8 = require("interlock.utf8")
local byte, concat, find, format, sub = string.byte, table.concat, string.find, string.format, string.sub

local has_name, is_empty = key_names.has_name, key_names.is_empty
local NULL = {}
local EMPTY = {}
local BIG = {} -- the key of the digits of an integer that a table must not hold
local MOST = 9007199254740991 -- 2^53 - 1
local DEPTH = 16 -- a table has 8

local json = { NULL = NULL, EMPTY = EMPTY, BIG = BIG }

if setmetatable then
  local function shown(text) return { __tostring = function() return text end } end
  setmetatable(NULL, shown("null"))
end

function json.is_object(value) return type(value) == "table" and (value == EMPTY or has_name(value)) end

function json.is_list(value)
  if type(value) ~= "table" or value == EMPTY or value == NULL then return false end
  return value[1] ~= nil or is_empty(value)
end

-- The bytes that end a run of plain ones in a string: quote, backslash, controls. (Lua 5.1 has no NUL in patterns.)
local STOP = "[^\32\33\35-\91%]\94-\255]"
local ESCAPES =
  { [34] = '"', [47] = "/", [92] = "\\", [98] = "\b", [102] = "\f", [110] = "\n", [114] = "\r", [116] = "\t" }

local function skip(text, at) return find(text, "[^ \t\n\r]", at) or #text + 1 end

local HEX4 = "^" .. string.rep("[0-9a-fA-F]", 4)
local function hex4(text, at) return find(text, HEX4, at) and tonumber(sub(text, at, at + 3), 16) end

--- The string whose quote is at `at`, and where the text goes on; or nil, what is wrong, and where.
local function read_string(text, at, strict)
  local from = at + 1
  local to = find(text, STOP, from)
  local c = to and byte(text, to)
  if c == 34 then return sub(text, from, to - 1), to + 1 end
  local parts, n = {}, 0
  while c == 92 do
    parts[n + 1] = sub(text, from, to - 1)
    local escape = byte(text, to + 1)
    local character = ESCAPES[escape]
    from = to + 2
    if escape == 117 then -- u
      local code = hex4(text, from)
      if not code then return nil, "an escape without four hex digits", to end
      from = from + 4
      if code >= 0xd800 and code <= 0xdbff and sub(text, from, from + 1) == "\\u" then
        local low = hex4(text, from + 2)
        if low and low >= 0xdc00 and low <= 0xdfff then
          code, from = 0x10000 + (code - 0xd800) * 0x400 + low - 0xdc00, from + 6
        end
      end
      if strict and code >= 0xd800 and code <= 0xdfff then return nil, "a lone surrogate", to end
      character = utf8.encode(code)
    end
    if not character then return nil, "an escape that there is none of", to end
    parts[n + 2] = character
    n = n + 2
    to = find(text, STOP, from)
    c = to and byte(text, to)
  end
  if not to then return nil, "a string without its end", at end
  if c ~= 34 then return nil, "a control character in a string", to end
  parts[n + 1] = sub(text, from, to - 1)
  return concat(parts), to + 1
end

--- The number at `at`, likewise.
local function read_number(text, at, strict)
  local _, last = find(text, "^-?[0-9]+", at)
  if not last then return nil, "no value", at end
  local first = byte(text, at) == 45 and at + 1 or at
  if byte(text, first) == 48 and last > first then return nil, "a number with a leading zero", at end
  local whole = last
  local _, fraction = find(text, "^%.[0-9]+", last + 1)
  last = fraction or last
  local _, exponent = find(text, "^[eE][-+]?[0-9]+", last + 1)
  last = exponent or last
  local written = sub(text, at, last)
  if not strict then return numbers.double(written), last + 1 end
  if last > whole then return nil, "a number with a fraction or an exponent; a table has only integers", at end
  local number = whole - first < 16 and tonumber(written)
  if not number or number > MOST or number < -MOST then return { [BIG] = written }, last + 1 end
  return number == 0 and 0 or number, last + 1
end

local function read_word(text, at)
  local c = byte(text, at)
  if c == 116 and sub(text, at, at + 3) == "true" then return true, at + 4 end
  if c == 102 and sub(text, at, at + 4) == "false" then return false, at + 5 end
  if c == 110 and sub(text, at, at + 3) == "null" then return NULL, at + 4 end
  return nil, "no value", at
end

--- The key at `at` and where its value begins; or nil, what is wrong, and where.
local function read_key(text, at, strict)
  at = skip(text, at)
  if byte(text, at) ~= 34 then return nil, "no key in quotes", at end
  local key, after, place = read_string(text, at, strict)
  if key == nil then return nil, after, place end
  after = skip(text, after)
  if byte(text, after) ~= 58 then return nil, "no colon after a key", after end
  return key, after + 1
end

--- The value of a JSON text; or nil and what is wrong with it. As a request is read: of a key that an object has twice
-- the last counts, lone surrogates become invalid UTF-8. With `strict`, as a table is: both are faults, and so are numbers
-- but integers (beyond ±(2^53-1) they are tables with the key BIG) and deep nesting.
function json.read(text, strict)
  local fault = utf8.fault(text)
  if fault then return nil, "it is not UTF-8 at byte " .. fault end
  local at = 1
  local holder, key -- the container that is open, and the name or index of the value being read
  local holders, keys, depth = {}, {}, 0 -- those around it
  while true do
    at = skip(text, at)
    local c = byte(text, at)
    local value, after, place
    if c == 34 then
      value, after, place = read_string(text, at, strict)
    elseif c == 123 or c == 91 then
      if strict and depth == DEPTH then return nil, "it is nested more than " .. DEPTH .. " deep" end
      after = skip(text, at + 1)
      if byte(text, after) == c + 2 then
        value, after = c == 123 and EMPTY or {}, after + 1
      else
        depth = depth + 1
        holders[depth], keys[depth] = holder, key
        holder, key = {}, 1
        if c == 123 then
          key, after, place = read_key(text, after, strict)
          if key == nil then return nil, after .. " at byte " .. place end
        end
        at = after
      end
    elseif c == 116 or c == 102 or c == 110 then
      value, after, place = read_word(text, at)
    else
      value, after, place = read_number(text, at, strict)
    end
    if place then return nil, after .. " at byte " .. place end
    while value ~= nil do
      at = skip(text, after)
      if depth == 0 then
        if at <= #text then return nil, "more after the end at byte " .. at end
        return value
      end
      local in_list = type(key) == "number"
      if strict and not in_list and holder[key] ~= nil then
        return nil, "an object has the key " .. json.shown(key) .. " twice before byte " .. at
      end
      holder[key] = value
      value = nil
      c = byte(text, at)
      if c == 44 and in_list then
        key, at = key + 1, at + 1
      elseif c == 44 then
        key, after, place = read_key(text, at + 1, strict)
        if key == nil then return nil, after .. " at byte " .. place end
        at = after
      elseif c == (in_list and 93 or 125) then
        value, after = holder, at + 1
        holder, key, depth = holders[depth], keys[depth], depth - 1
      else
        return nil, "no comma and no end after a value at byte " .. at
      end
    end
  end
end

local NAMED =
  { ['"'] = '\\"', ["\\"] = "\\\\", ["\b"] = "\\b", ["\f"] = "\\f", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
local function escaped(c) return NAMED[c] or format("\\u%04x", byte(c)) end

--- A string in canonical JSON.
function json.quoted(text) return '"' .. text:gsub(STOP, escaped) .. '"' end

--- The start of a string, quoted, for a message.
function json.shown(text)
  return json.quoted(#text > 80 and sub(text, 1, 80):gsub("[\192-\255][\128-\191]*$", "") .. "…" or text)
end

json.decimal = numbers.decimal

local write

local function write_object(value, parts)
  local names = utf8.sort(key_names.of(value))
  for i = 1, #names do
    parts[#parts + 1] = (i == 1 and "{" or ",") .. json.quoted(names[i]) .. ":"
    write(value[names[i]], parts)
  end
  parts[#parts + 1] = "}"
end

function write(value, parts)
  local kind = type(value)
  if kind == "string" then
    parts[#parts + 1] = json.quoted(value)
  elseif kind == "number" then
    parts[#parts + 1] = json.decimal(value)
  elseif kind == "boolean" then
    parts[#parts + 1] = value and "true" or "false"
  elseif value == NULL then
    parts[#parts + 1] = "null"
  elseif value == EMPTY then
    parts[#parts + 1] = "{}"
  elseif value[BIG] then
    parts[#parts + 1] = value[BIG]
  elseif json.is_object(value) then
    write_object(value, parts)
  else
    parts[#parts + 1] = "["
    for i = 1, #value do
      if i > 1 then parts[#parts + 1] = "," end
      write(value[i], parts)
    end
    parts[#parts + 1] = "]"
  end
end

--- The canonical JSON of a value that was read, or was made as `read` would: sorted keys, no spaces, integers only.
function json.write(value)
  local parts = {}
  write(value, parts)
  return concat(parts)
end

return json
