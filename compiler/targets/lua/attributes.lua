-- A policy's attributes from a request, by their `from` clauses: the rules of compiler/targets/litellm/hook/interlock_attributes.py.
-- What is found goes to the table as it is: the table says what is malformed, and which default stands in.
local interlock, body = interlock, body
local NULL = interlock.null
local attributes = {}

local SESSION = "x-claude-code-session-id"

--- A header's text as a value: digits for an int, `true` and `false` for a bool, a list with commas for a set. What is none
-- stays text, and so of the wrong type.
function attributes.of_text(kind, text)
  if kind == "int" then
    local sign, digits = text:match("^%s*(%-?)([0-9]+)%s*$")
    if digits and #digits <= 16 then return tonumber(sign .. digits) end
  elseif kind == "bool" then
    local word = text:match("^%s*(%a+)%s*$")
    word = word and word:lower()
    if word == "true" or word == "false" then return word == "true" end
  elseif kind == "set" then
    local parts = {}
    for part in text:gmatch("[^,]+") do
      part = part:match("^%s*(.-)%s*$")
      if part ~= "" then parts[#parts + 1] = part end
    end
    return parts
  end
  return text
end

--- What the rest of a JSON pointer (RFC 6901), a list of tokens, leads to from a value; nil where it leads nowhere.
local function at_pointer(value, tokens, first)
  for i = first, #tokens do
    if type(value) ~= "table" or value == NULL then return nil end
    local token = tokens[i]
    if value[1] ~= nil then
      if not token:find("^[0-9]+$") or #token > 9 or (#token > 1 and token:sub(1, 1) == "0") then return nil end
      value = value[tonumber(token) + 1]
    else
      value = value[token]
    end
  end
  return value
end

local function tokens_of(pointer)
  local tokens = {}
  for token in pointer:sub(2):gsub("/", "\0/"):gsub("$", "\0"):gmatch("/?([^%z]*)%z") do
    tokens[#tokens + 1] = token:gsub("~1", "/"):gsub("~0", "~")
  end
  return tokens
end

local computed = {}

--- A quarter of the bytes of what is prompt.
function computed.input_tokens(_, attribute, text, members)
  local size = 0
  for _, key in ipairs({ "system", "tools", "messages" }) do
    local raw = body.raw(text, members, key)
    if raw and raw ~= "null" then size = size + body.size(raw) end
  end
  local tokens = math.ceil(size / 4)
  -- More tokens than the attribute can say are counted as the most it can.
  return attribute.type == "int" and math.min(tokens, attribute.hi) or tokens
end

function computed.model_hint(read)
  local model = read("model")
  if type(model) ~= "string" or model == "" then return nil end
  local words = {}
  for word in model:lower():gmatch("[a-z]+") do words[word] = true end
  for _, family in ipairs({ "haiku", "sonnet", "opus" }) do
    if words.claude and words[family] then return family end
  end
  return model
end

function computed.has_tools(_, _, text, members)
  local raw = body.raw(text, members, "tools")
  return raw ~= nil and raw:find("^%[%s*[^%s%]]") ~= nil
end

--- Claude Code before 2.1.86 sends no header: the id stands in the body after `_session_`.
local function old_session(read)
  local metadata = read("metadata")
  local user = type(metadata) == "table" and metadata.user_id
  local id = type(user) == "string" and user:match("_session_(.*)$")
  return id ~= "" and id or nil
end

--- A header's bytes as text: beyond ASCII they are Latin-1, as the HTTP libraries of other gateways read them.
local function from_latin_1(text)
  return (text:gsub("[\128-\255]", function(c)
    local code = c:byte()
    return string.char(code < 192 and 194 or 195, code < 192 and code or code - 64)
  end))
end

local function value_of(attribute, headers, read, text, members)
  local source = attribute.source
  if source.kind == "header" then
    local text = headers:get(source.name)
    if text then return attributes.of_text(attribute.type, from_latin_1(text)) end
    if source.name:lower() == SESSION then return old_session(read) end
  elseif source.kind == "body" then
    return at_pointer(read(source.tokens[1]), source.tokens, 2)
  elseif source.kind == "metadata" then
    local metadata = read("metadata")
    if type(metadata) == "table" and metadata ~= NULL then return metadata[source.name] end
  elseif computed[source.name] then
    return computed[source.name](read, attribute, text, members)
  end
end

--- What `find` needs of the `attributes` of a table's JSON.
function attributes.prepared(declared)
  local found = {}
  for _, attribute in ipairs(declared) do
    if attribute.source ~= NULL then
      local source = { kind = attribute.source.kind, name = attribute.source.name }
      if source.kind == "body" then source.tokens = tokens_of(source.name) end
      found[#found + 1] = { name = attribute.name, type = attribute.type, hi = attribute.hi, source = source }
    end
  end
  return found
end

--- The request for the table, of headers (`get(name)`, whatever its case), a body's text and its members.
function attributes.find(prepared, headers, text, members)
  local values = {}
  local function read(key)
    local value = values[key]
    if value == nil then
      value = key ~= nil and body.value(text, members, key)
      if value == nil then value = NULL end
      values[key] = value
    end
    if value == NULL then return nil end
    return value
  end
  local found = {}
  for _, attribute in ipairs(prepared) do
    local value = value_of(attribute, headers, read, text, members)
    if value ~= NULL then found[attribute.name] = value end
  end
  return found
end

return attributes
