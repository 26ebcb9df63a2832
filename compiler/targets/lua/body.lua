-- The JSON of a request: its members without reading all of it, and the model written anew in place. So a body of a
-- megabyte is not taken apart for a word, and what the client wrote elsewhere stays as it is, byte by byte.
local interlock = interlock
local byte, find, sub = string.byte, string.find, string.sub
local body = {}

local function skip(text, at) return find(text, "[^ \t\r\n]", at) end

--- Where the string ends that begins at `at`; nil where it does not: at a quote with an even number of backslashes before
-- it. (A search for a set of bytes takes 10 ns a byte, one for a single byte next to nothing.)
local function string_end(text, at)
  local to = at
  while true do
    to = find(text, '"', to + 1, true)
    if not to then return nil end
    local before = to - 1
    while byte(text, before) == 92 do before = before - 1 end
    if (to - before) % 2 == 1 then return to end
  end
end

--- Where the value ends that begins at `at`; nil where it does not. What is inside of it is not judged.
local function value_end(text, at)
  local c = byte(text, at)
  if c == 34 then return string_end(text, at) end
  if c ~= 123 and c ~= 91 then
    local stop = find(text, "[,} \t\r\n]", at)
    return stop and stop > at and stop - 1 or nil
  end
  local depth, i = 0, at
  while true do
    i = find(text, '["{}%[%]]', i)
    if not i then return nil end
    c = byte(text, i)
    if c == 34 then
      i = string_end(text, i)
      if not i then return nil end
    elseif c == 123 or c == 91 then
      depth = depth + 1
    else
      depth = depth - 1
      if depth == 0 then return i end
    end
    i = i + 1
  end
end

local function key_of(text, from, to)
  local key = sub(text, from + 1, to - 1)
  if not find(key, "\\", 1, true) then return key end
  local read = interlock.parse('{"key":' .. sub(text, from, to) .. "}")
  return read and read.key
end

--- The members of the object that a text is: a list of `{ key, from, to }`, where the value is; nil if it is no object.
function body.members(text)
  local at = skip(text, 1)
  if not at or byte(text, at) ~= 123 then return nil end
  local found = { open = at }
  at = skip(text, at + 1)
  if at and byte(text, at) == 125 then return not skip(text, at + 1) and found or nil end
  while true do
    if not at or byte(text, at) ~= 34 then return nil end
    local last = string_end(text, at)
    local key = last and key_of(text, at, last)
    at = key and skip(text, last + 1)
    if not at or byte(text, at) ~= 58 then return nil end
    local from = skip(text, at + 1)
    local to = from and value_end(text, from)
    if not to then return nil end
    found[#found + 1] = { key, from, to }
    at = skip(text, to + 1)
    local c = at and byte(text, at)
    if c == 125 then return not skip(text, at + 1) and found or nil end
    if c ~= 44 then return nil end
    at = skip(text, at + 1)
  end
end

--- The value of a member of the object; nil where there is none, or it is no JSON. Of a key twice the last counts.
function body.value(text, members, key)
  local raw = body.raw(text, members, key)
  local read = raw and interlock.parse('{"value":' .. raw .. "}")
  if read then return read.value end
end

--- The raw text of a member's value; nil where there is none. Of a key twice the last counts.
function body.raw(text, members, key)
  for i = #members, 1, -1 do
    if members[i][1] == key then return sub(text, members[i][2], members[i][3]) end
  end
end

--- How many bytes a string's raw text has more than what it says in UTF-8.
local function saved(text, from, to)
  local count, at = 0, find(text, "\\", from, true)
  while at and at < to do
    local step, more = 2, 1
    if byte(text, at + 1) == 117 then
      local code = tonumber(sub(text, at + 2, at + 5), 16) or 0
      step = 6
      if code < 128 then
        more = 5
      elseif code < 2048 then
        more = 4
      elseif code < 0xd800 or code > 0xdfff then
        more = 3
      elseif code < 0xdc00 and find(text, "^\\u[dD][c-fC-F]", at + 6) then
        more, step = 8, 12
      else
        more = 5
      end
    end
    count = count + more
    at = find(text, "\\", at + step, true)
  end
  return count
end

--- The bytes of a value, from its raw text, written with a space after each comma and colon, as if nothing in its texts were escaped.
-- Pictures and documents in base64 are no text: each stands for some 1,600 tokens, 6,400 bytes.
function body.size(text)
  local size, i, depth = 0, 1, 0
  local is_base64, data, key = {}, {}, nil
  local is_escaped = find(text, "\\", 1, true)
  while true do
    local quote = find(text, '"', i, true) or #text + 1
    for k = i, quote - 1 do
      local c = byte(text, k)
      if c ~= 32 and (c < 9 or c > 13) then
        size = size + 1
        if c == 44 or c == 58 then
          size = size + 1
        elseif c == 123 or c == 91 then
          depth = depth + 1
          is_base64[depth], data[depth], key = false, false, nil
        elseif c == 125 or c == 93 then
          if is_base64[depth] and data[depth] then size = size - data[depth] + 6400 end
          depth = depth - 1
        end
        if c == 44 then key = nil end
      end
    end
    local last = string_end(text, quote)
    if not last then return size end
    local own = last - quote + 1
    if is_escaped then own = own - saved(text, quote, last) end
    size = size + own
    i = last + 1
    local after = byte(text, i)
    if after ~= 58 and (after == 32 or after == 9 or after == 10 or after == 13) then after = byte(text, skip(text, i) or i) end
    if after == 58 then
      key = own == 6 and sub(text, quote, last) or nil
    elseif key == '"data"' then
      data[depth] = own
    elseif key == '"type"' then
      is_base64[depth] = sub(text, quote, last) == '"base64"'
    end
  end
end

--- The text with `model` as the value of every member of that name, or with one more where there is none.
function body.with_model(text, members, model)
  local quoted = interlock.encode({ model }):sub(2, -2)
  local parts, from = {}, 1
  for i = 1, #members do
    if members[i][1] == "model" then
      parts[#parts + 1] = sub(text, from, members[i][2] - 1)
      parts[#parts + 1] = quoted
      from = members[i][3] + 1
    end
  end
  if from == 1 then
    local comma = #members > 0 and "," or ""
    return sub(text, 1, members.open) .. '"model":' .. quoted .. comma .. sub(text, members.open + 1)
  end
  parts[#parts + 1] = sub(text, from)
  return table.concat(parts)
end

return body
