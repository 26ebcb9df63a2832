-- The breakers of a table's upstreams (docs/serving.md), one set for each holder. An epoch is the time between two changes
-- of a breaker, or two probes: what was let through in an earlier one counts no more.
local interlock = interlock
local SLICES = 10
local Breakers = {}
Breakers.__index = Breakers

local function change(breaker, closed_to, half_open)
  breaker.epoch, breaker.closed_to, breaker.half_open = breaker.epoch + 1, closed_to, half_open
  breaker.at, breaker.outcomes, breaker.failures = {}, {}, {}
end

--- Whether its outcomes, with one more in the present slice, are enough to open it.
local function opens(breaker, failed, now)
  local slice = math.floor(now / breaker.slice)
  local place = slice % SLICES + 1
  if breaker.at[place] ~= slice then
    breaker.at[place], breaker.outcomes[place], breaker.failures[place] = slice, 0, 0
  end
  breaker.outcomes[place] = breaker.outcomes[place] + 1
  breaker.failures[place] = breaker.failures[place] + (failed and 1 or 0)
  local outcomes, failures = 0, 0
  for i = 1, SLICES do
    if breaker.at[i] and breaker.at[i] > slice - SLICES then
      outcomes, failures = outcomes + breaker.outcomes[i], failures + breaker.failures[i]
    end
  end
  return outcomes >= breaker.requests and failures * 10000 >= breaker.share * outcomes
end

--- A time before the last one counts as the last one.
local function time(self, now)
  self.last = math.max(self.last, now)
  return self.last
end

--- The breakers of the `upstreams` of a table's JSON, all closed.
local function new(upstreams)
  local kept = {}
  for _, upstream in ipairs(upstreams) do
    local spec = upstream.breaker
    if spec ~= interlock.null then
      local breaker = { epoch = 0, requests = spec.requests, share = spec.share, probe = spec.probe_ms }
      breaker.slice = math.max(1, math.ceil(spec.window_ms / SLICES))
      change(breaker, nil, false)
      kept[upstream.name] = breaker
    end
  end
  return setmetatable({ kept = kept, last = 0 }, Breakers)
end

--- Whether an upstream's breaker lets nothing through at a time in milliseconds.
function Breakers:is_open(upstream, now)
  local breaker = self.kept[upstream]
  return breaker ~= nil and breaker.closed_to ~= nil and time(self, now) < breaker.closed_to
end

--- The permit to send a request to an upstream at a time in milliseconds, or nil: its breaker is open.
function Breakers:ask(upstream, now)
  now = time(self, now)
  local breaker = self.kept[upstream]
  if not breaker then return 0 end
  if breaker.closed_to then
    if now < breaker.closed_to then return nil end
    change(breaker, now + breaker.probe, true)
  end
  return breaker.epoch
end

--- The request of a permit has ended, well or not.
function Breakers:done(upstream, permit, failed, now)
  now = time(self, now)
  local breaker = self.kept[upstream]
  if not breaker or breaker.epoch ~= permit then return end
  if breaker.half_open then
    change(breaker, failed and now + breaker.probe or nil, false)
  elseif opens(breaker, failed, now) then
    change(breaker, now + breaker.probe, false)
  end
end

--- The request of a permit was not sent: if it was the probe, the next one may be.
function Breakers:unsent(upstream, permit, now)
  local breaker = self.kept[upstream]
  if breaker and breaker.epoch == permit and breaker.half_open then change(breaker, time(self, now), false) end
end

return { new = new }
