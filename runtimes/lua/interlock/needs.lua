--- What a column asks of an attribute, read back from the rows and written in the policy language
-- (docs/table-format.md, "What a column asks of an attribute").
local classify = require("interlock.classify")
local json = require("interlock.json")
local utf8 = require("interlock.utf8")
local has = classify.has
local concat, format = table.concat, string.format
local decimal = json.decimal

local NOTHING = "false" -- what a column asks that no value meets

local WORDS = {}
for word in ("and or not in like has contains sample true false"):gmatch("%a+") do WORDS[word] = true end

local NAMED = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\t"] = "\\t" }
-- What cannot be seen, or moves what is around it. A list, not the Unicode tables: all runtimes are to write alike.
local UNSEEN = {
  0x00, 0x1f, 0x7f, 0xa0, 0xad, 0xad, 0x61c, 0x61c, 0x200b, 0x200f, 0x2028, 0x202f, 0x205f, 0x206f, 0x3000, 0x3000,
  0xfeff, 0xfeff, 0xfff9, 0xfffb, 0xe0000, 0xe0fff,
}

local function escaped(character)
  if NAMED[character] then return NAMED[character] end
  local code = utf8.decode(character)
  for i = 1, #UNSEEN, 2 do
    if code >= UNSEEN[i] and code <= UNSEEN[i + 1] then return format("\\u{%X}", code) end
  end
  return character
end

local function inner(text) return (text:gsub("[^\128-\191][\128-\191]*", escaped)) end

local function quoted(text) return '"' .. inner(text) .. '"' end

local function is_word(text)
  if WORDS[text] or not text:find("^[A-Za-z_][A-Za-z0-9_-]*$") then return false end
  return not text:find("-", -1, true) and not text:find("--", 1, true)
end

--- A value, which may be a word where it is an enum's.
local function literal(value, is_enum) return is_enum and is_word(value) and value or quoted(value) end

local function pattern_text(pieces)
  local parts = {}
  for i = 1, #pieces do parts[i] = inner(pieces[i]):gsub("%*", "\\*") end
  return '"' .. concat(parts, "*") .. '"'
end

local function percent(basis_points)
  local part = basis_points % 100
  local whole = decimal((basis_points - part) / 100)
  if part == 0 then return whole .. "%" end
  return (whole .. format(".%02d", part)):gsub("0+$", "") .. "%"
end

--- Appends the condition that a pair of rows sets. Of most there are, none: then neither `text(pair)`, how it is written,
-- nor `holds(pair)` is asked.
local function add_pair(found, pair, column, holds, text)
  local if_holds, if_fails = has(pair.holds, column), has(pair.fails, column)
  if if_holds and if_fails then return end
  if if_holds then
    found[#found + 1] = { text = text(pair), met = holds(pair) }
  elseif if_fails then
    found[#found + 1] = { text = "not " .. text(pair), met = not holds(pair) }
  else
    found[#found + 1] = { text = NOTHING, met = false }
  end
end

local function add_pairs(found, pairs_of, column, holds, text)
  for i = 1, #pairs_of do add_pair(found, pairs_of[i], column, holds, text) end
end

--- The runs of neighbouring classes of an int that are taken, or not, as pairs of their first and last value.
local function runs_of(attribute, taken, which)
  local runs, cuts = {}, attribute.cuts
  for i = 1, #taken do
    if taken[i] == which then
      local first = i == 1 and attribute.lo or cuts[i - 1]
      local last = i > #cuts and attribute.hi or cuts[i] - 1
      local before = runs[#runs]
      if before and before[2] == first - 1 then
        before[2] = last
      else
        runs[#runs + 1] = { first, last }
      end
    end
  end
  return runs
end

local function run_text(attribute, first, last)
  local name = attribute.name
  if first == last then return name .. " == " .. decimal(first) end
  if first == attribute.lo then return name .. " < " .. decimal(last + 1) end
  if last == attribute.hi then return name .. " >= " .. decimal(first) end
  return name .. " in " .. decimal(first) .. ".." .. decimal(last + 1)
end

local function gap_text(attribute, first, last)
  local name, lo, hi = attribute.name, attribute.lo, attribute.hi
  if first == last then return name .. " != " .. decimal(first) end
  if first == lo or first == hi or last == lo or last == hi then return "not " .. run_text(attribute, first, last) end
  return name .. " not in " .. decimal(first) .. ".." .. decimal(last + 1)
end

local function joined(attribute, runs, text, by)
  local parts = {}
  for i = 1, #runs do parts[i] = text(attribute, runs[i][1], runs[i][2]) end
  return concat(parts, by)
end

local function on_int(attribute, taken, absent)
  local runs, gaps = runs_of(attribute, taken, true), runs_of(attribute, taken, false)
  if absent or (#gaps < #runs and not attribute.absent) then return joined(attribute, gaps, gap_text, " and ") end
  return joined(attribute, runs, run_text, " or ")
end

local function one_of(one, several, texts)
  if #texts == 1 then return one .. texts[1] end
  return several .. "[" .. concat(texts, ", ") .. "]"
end

local function on_listed(attribute, taken, absent)
  local name, listed, count = attribute.name, attribute.listed, 0
  for i = 1, #listed do
    if taken[i] then count = count + 1 end
  end
  local negated
  if attribute.other then
    negated = taken[#listed + 1]
  else
    negated = absent or (#listed - count < count - 1 and not attribute.absent)
  end
  local texts = {}
  for i = 1, #listed do
    if taken[i] ~= negated then texts[#texts + 1] = literal(listed[i], attribute.kind == "enum") end
  end
  if negated then
    local no = one_of(name .. " != ", name .. " not in ", texts)
    return attribute.other and attribute.absent and not absent and "has " .. name .. " and " .. no or no
  end
  local yes = one_of(name .. " == ", name .. " in ", texts)
  return attribute.other and absent and "not has " .. name .. " or " .. yes or yes
end

--- The condition on a scalar's value, patterns and samples apart; nil if there is none.
local function on_value(attribute, column)
  local name, kind = attribute.name, attribute.kind
  local taken = {}
  if kind == "bool" then
    taken[1], taken[2] = has(attribute[false], column), has(attribute[true], column)
  else
    for i = 1, #attribute.rows do taken[i] = has(attribute.rows[i], column) end
    if attribute.other then taken[#taken + 1] = has(attribute.other, column) end
  end
  local absent = has(attribute.absent, column)
  local all, any = true, false
  for i = 1, #taken do
    all, any = all and taken[i], any or taken[i]
  end
  if all then return attribute.absent and not absent and "has " .. name or nil end
  if not any then return absent and "not has " .. name or NOTHING end
  if kind == "bool" then
    if attribute.absent and taken[1] ~= absent then return name .. (taken[1] and " == false" or " != false") end
    return taken[1] and "not " .. name or name
  end
  if kind == "int" then return on_int(attribute, taken, absent) end
  return on_listed(attribute, taken, absent)
end

local needs = {}

--- Each condition that a column sets for an attribute, in order: its `text`, and whether `value`, a legal one, has it `met`.
function needs.of(attribute, column, value)
  local name, found = attribute.name, {}
  if attribute.kind == "set" then
    add_pairs(found, attribute.elements, column, function(element)
      return value.has[element.value] == true
    end, function(element)
      return name .. " contains " .. literal(element.value, attribute.is_enum)
    end)
    return found
  end
  if attribute.kind == "string" then
    add_pairs(found, attribute.patterns, column, function(pattern)
      return classify.is_like(value, pattern.pieces)
    end, function(pattern)
      return name .. " like " .. pattern_text(pattern.pieces)
    end)
    add_pairs(found, attribute.samples, column, function(sample)
      return classify.is_sampled(value, sample)
    end, function(sample)
      local of = sample.salt and name .. ", " .. quoted(sample.salt) or name
      return "sample(" .. of .. ") < " .. percent(sample.below)
    end)
  end
  local text = on_value(attribute, column)
  if text then found[#found + 1] = { text = text, met = has(classify.base_row(attribute, value), column) } end
  return found
end

return needs
