-- The JSON of a request: its members without reading all of it, and the model written anew in place. So a body of a
-- megabyte is not taken apart for a word, and what the client wrote elsewhere stays as it is, byte by byte.
local interlock = interlock
local byte, find, sub = string.byte, string.find, string.sub
local body = {}

local function skip(text, at) return find(text, "[^ \t\r\n]", at) end

--- Where the string ends that begins at `at`; nil where it does not.
local function string_end(text, at)
  local from = at + 1
  while true do
    local to = find(text, '["\\]', from)
    if not to or byte(text, to) == 34 then return to end
    from = to + 2
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
  for i = #members, 1, -1 do
    if members[i][1] == key then
      local read = interlock.parse('{"value":' .. sub(text, members[i][2], members[i][3]) .. "}")
      return read and read.value
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
