-- The limits of a table's upstreams (docs/serving.md), one set in each worker of nginx's. Tokens are kept in units of
-- 1/period, so that nothing is rounded.
local interlock = interlock
local PERIODS = { s = 1000, min = 60000 } -- in milliseconds
local Limits = {}
Limits.__index = Limits

--- The limits of the `upstreams` of a table's JSON, all full.
local function new(upstreams)
  local buckets = {}
  for _, upstream in ipairs(upstreams) do
    local spec = upstream.limit
    if spec ~= interlock.null then
      local per = PERIODS[spec.per]
      local full = spec.burst * per
      local status = spec.status ~= interlock.null and spec.status or nil
      buckets[upstream.name] = { count = spec.count, per = per, full = full, has = full, at = 0, status = status }
    end
  end
  return setmetatable({ buckets = buckets }, Limits)
end

--- Takes a token at a time in milliseconds: whether there was one, and if not, the status that the policy answers with, if any.
function Limits:take(upstream, now)
  local bucket = self.buckets[upstream]
  if not bucket then return true end
  local passed = math.max(0, now - bucket.at)
  bucket.at = bucket.at + passed
  bucket.has = math.min(bucket.full, bucket.has + passed * bucket.count)
  if bucket.has < bucket.per then return false, bucket.status end
  bucket.has = bucket.has - bucket.per
  return true
end

return { new = new }
