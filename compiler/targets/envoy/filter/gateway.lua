-- What the walk needs beside the table: settings written with it, and the addresses that variables hold.
local interlock, attributes, breakers = interlock, attributes, breakers
local content, settings = interlock.parse(TABLE), interlock.parse(SETTINGS)
local gateway = {
  attributes = attributes.prepared(content.attributes),
  breakers = breakers.new(content.upstreams), -- of this worker thread
  retries = {},
  upstreams = {},
}

for _, pool in ipairs(content.pools) do gateway.retries[pool.name] = pool.retry end

--- The address in a variable: authority, base and cluster; nil where there is none.
local function of_variable(name, clusters)
  local scheme, authority, base = (os.getenv(name) or ""):match("^(https?)://([^/?#@]+)([^?#]-)/*$")
  return scheme and { authority = authority, base = base, cluster = clusters[scheme] }
end

for _, each in ipairs(settings.upstreams) do
  gateway.upstreams[each.name] = {
    word = each.word,
    key = each.key,
    limit = each.limit,
    first_token = each.first_token,
    env = each.env,
    endpoint = function() return each.env and of_variable(each.env, each.clusters) or each.endpoint end,
  }
end

return gateway
