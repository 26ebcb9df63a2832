--- UTF-8 (RFC 3629), and the order of strings by it.
local byte, char, find, floor, min = string.byte, string.char, string.find, math.floor, math.min

local utf8 = {}

--- The position of the first byte that belongs to no character of valid UTF-8, or nil. Surrogates (U+D800–U+DFFF),
-- overlong forms and what lies above U+10FFFF are not valid.
function utf8.fault(text)
  local at = find(text, "[\128-\255]")
  while at do
    local a, b, c, d = byte(text, at, at + 3)
    local size
    if a < 0xc2 or a > 0xf4 or not b then
      return at
    elseif a < 0xe0 then
      size = 2
    elseif a < 0xf0 then
      if (a == 0xe0 and b < 0xa0) or (a == 0xed and b > 0x9f) or not c or c < 0x80 or c > 0xbf then return at end
      size = 3
    else
      if (a == 0xf0 and b < 0x90) or (a == 0xf4 and b > 0x8f) or not d then return at end
      if c < 0x80 or c > 0xbf or d < 0x80 or d > 0xbf then return at end
      size = 4
    end
    if b < 0x80 or b > 0xbf then return at end
    at = find(text, "[\128-\255]", at + size)
  end
  return nil
end

--- The bytes of a code point. Those of a surrogate are no valid UTF-8, as they must not be.
function utf8.encode(code)
  if code < 0x80 then return char(code) end
  local last = 0x80 + code % 0x40
  code = floor(code / 0x40)
  if code < 0x20 then return char(0xc0 + code, last) end
  local middle = 0x80 + code % 0x40
  code = floor(code / 0x40)
  if code < 0x10 then return char(0xe0 + code, middle, last) end
  return char(0xf0 + floor(code / 0x40), 0x80 + code % 0x40, middle, last)
end

--- The code point of the one character that valid UTF-8 has.
function utf8.decode(character)
  local a, b, c, d = byte(character, 1, 4)
  if not b then return a end
  if not c then return (a - 0xc0) * 0x40 + b - 0x80 end
  if not d then return ((a - 0xe0) * 0x40 + b - 0x80) * 0x40 + c - 0x80 end
  return (((a - 0xf0) * 0x40 + b - 0x80) * 0x40 + c - 0x80) * 0x40 + d - 0x80
end

--- Whether `x` comes before `y` by bytes, which for UTF-8 is by code point. `<` of some Luas asks the locale.
function utf8.before(x, y)
  for i = 1, min(#x, #y) do
    local a, b = byte(x, i), byte(y, i)
    if a ~= b then return a < b end
  end
  return #x < #y
end

local before = utf8.before

--- Sorts a list of strings by bytes, in place. It merges: `table.sort` can be made to take a time that is quadratic.
function utf8.sort(list)
  local size = #list
  local from, to = list, {}
  local run = 1
  while run < size do
    for start = 1, size, run * 2 do
      local left, right = start, min(start + run, size + 1)
      local left_end, right_end = right, min(start + run * 2, size + 1)
      for i = start, right_end - 1 do
        if left < left_end and (right >= right_end or not before(from[right], from[left])) then
          to[i], left = from[left], left + 1
        else
          to[i], right = from[right], right + 1
        end
      end
    end
    from, to = to, from
    run = run * 2
  end
  if from ~= list then
    for i = 1, size do list[i] = from[i] end
  end
  return list
end

return utf8
