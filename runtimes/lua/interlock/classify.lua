--- The rows of a value, plainly: what the fast path must agree with, and what explanations are read from.
local bits = require("interlock.bits")
local hashing = require("interlock.hashing")
local band, index = bits.band, bits.index
local find, sub = string.find, string.sub

local classify = {}

--- Whether `value` is a string of the form pieces[1], any run, pieces[2], any run, … the last piece.
function classify.is_like(value, pieces)
  local first, last = pieces[1], pieces[#pieces]
  if type(value) ~= "string" or #value < #first + #last then return false end
  if sub(value, 1, #first) ~= first or (last ~= "" and sub(value, -#last) ~= last) then return false end
  local at, stop = #first + 1, #value - #last
  for i = 2, #pieces - 1 do
    -- The leftmost occurrence leaves the most for the pieces after it.
    local from, to = find(value, pieces[i], at, true)
    if not from or to > stop then return false end
    at = to + 1
  end
  return true
end

function classify.is_sampled(value, sample)
  return type(value) == "string" and hashing.murmur3(value, sample.seed) % 10000 < sample.below
end

--- The row of the class that a scalar's legal value is in, patterns and samples apart.
function classify.base_row(attribute, value)
  if value == nil then return attribute.absent end
  if attribute.kind == "bool" then return attribute[value] end
  if attribute.kind == "int" then
    local class, cuts = 1, attribute.cuts
    while class <= #cuts and cuts[class] <= value do class = class + 1 end
    return attribute.rows[class]
  end
  local position = attribute.position[value]
  return position and attribute.rows[position] or attribute.other
end

--- All rows that take part for a legal value of an attribute, appended to `rows`.
function classify.add_rows(attribute, value, rows)
  if attribute.kind == "set" then
    for _, element in ipairs(attribute.elements) do
      rows[#rows + 1] = value.has[element.value] and element.holds or element.fails
    end
    return
  end
  rows[#rows + 1] = classify.base_row(attribute, value)
  if attribute.kind == "string" then
    for _, pattern in ipairs(attribute.patterns) do
      rows[#rows + 1] = classify.is_like(value, pattern.pieces) and pattern.holds or pattern.fails
    end
    for _, sample in ipairs(attribute.samples) do
      rows[#rows + 1] = classify.is_sampled(value, sample) and sample.holds or sample.fails
    end
  end
end

--- The row of all columns.
function classify.every(columns)
  local row = { [0] = math.ceil(columns / 32) }
  for i = 1, row[0] do row[i] = bits.word(2 ^ 32 - 1) end
  local over = columns % 32
  if over > 0 then row[row[0]] = bits.word(2 ^ over - 1) end
  return row
end

--- The columns that are in all of the rows, of which there is one at least.
function classify.intersection(rows)
  if #rows == 1 then return rows[1] end
  local count = rows[1][0]
  for i = 2, #rows do count = math.min(count, rows[i][0]) end
  local result, last = {}, 0
  for w = 1, count do
    local x = rows[1][w]
    for i = 2, #rows do
      if x == 0 then break end
      x = band(x, rows[i][w])
    end
    result[w] = x
    if x ~= 0 then last = w end
  end
  for w = count, last + 1, -1 do result[w] = nil end
  result[0] = last
  return result
end

--- The lowest column, from 1, of a row, or nil if it has none.
function classify.first(row)
  for w = 1, row[0] do
    if row[w] ~= 0 then return w * 32 - 31 + index(row[w]) end
  end
end

--- Whether a row, which may be nil for one that there is none of, has a column.
function classify.has(row, column)
  local bit = (column - 1) % 32
  local word = row and row[(column - 1 - bit) / 32 + 1]
  return word ~= nil and word ~= false and bits.number(word) % 2 ^ (bit + 1) >= 2 ^ bit
end

--- The first column whose conditions the values meet, plainly; nil if there is none.
function classify.column(attributes, values, every)
  local rows = { every }
  for i = 1, #attributes do classify.add_rows(attributes[i], values[i], rows) end
  return classify.first(classify.intersection(rows))
end

return classify
