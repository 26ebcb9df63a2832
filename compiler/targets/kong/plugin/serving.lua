-- The tables that this worker serves, each with its attributes, retries, timeouts, limits and breakers. After a change that
-- leaves the version as it is, of comments or of anything else in Kong, limits and breakers go on.
local interlock, attributes, breakers, limits = interlock, attributes, breakers, limits
local serving = {}

local loaded = {} -- by the table's text

local function load(text)
  local policy, fault = interlock.load(text)
  if not policy then return nil, fault.message end
  local content = interlock.parse(text)
  local self = { name = content.policy, version = content.version, policy = policy, retries = {}, timeouts = {} }
  self.attributes = attributes.prepared(content.attributes)
  for _, pool in ipairs(content.pools) do self.retries[pool.name] = pool.retry end
  for _, upstream in ipairs(content.upstreams) do self.timeouts[upstream.name] = upstream.timeouts end
  for _, other in pairs(loaded) do
    if other.name == self.name and other.version == self.version then
      self.breakers, self.limits = other.breakers, other.limits
      return self
    end
  end
  self.breakers, self.limits = breakers.new(content.upstreams), limits.new(content.upstreams)
  return self
end

--- What serves a table's text; nil and why it is refused.
function serving.of(text)
  local found, why = loaded[text], nil
  if not found then
    found, why = load(text)
    loaded[text] = found
  end
  return found, why
end

--- From now on these texts are served, and no others. What is refused: a list of reasons.
function serving.keep(texts)
  local kept, refused = {}, {}
  for _, text in ipairs(texts) do
    local found, why = serving.of(text)
    if found then
      kept[text] = found
    else
      refused[#refused + 1] = why
    end
  end
  loaded = kept
  return refused
end

return serving
