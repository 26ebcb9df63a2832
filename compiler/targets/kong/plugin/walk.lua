-- One request's way through a policy: where it goes, what its errors lead to, and what a log keeps of it. What sends a
-- request is given, as is the clock.
local interlock, errors = interlock, errors
local Walk = {}
Walk.__index = Walk

--- A walk of a request (the table's) by what serves it. `clock` gives milliseconds.
local function new(served, request, clock)
  local decision = served.policy:decide(request)
  local self = { served = served, request = request, clock = clock, decision = decision, after = {}, hops = {}, tries = 0 }
  return setmetatable(self, Walk)
end

local function retries_left(self) return self.tries < (self.served.retries[self.decision.pool] or 0) end

local function advance(self, class)
  self.tries = 0
  self.after[#self.after + 1] = class
  self.decision = self.served.policy:after(self.decision, class)
end

--- Goes on from upstreams that nothing may be sent to now. The permit; nil if there is no way on.
local function admit(self)
  while not self.decision.fail do
    local upstream, now = self.decision.upstream, self.clock()
    local is_open = self.served.breakers:is_open(upstream, now)
    local taken, status = false, nil
    if not is_open then taken, status = self.served.limits:take(upstream, now) end
    if taken then return self.served.breakers:ask(upstream, now) end
    if status then
      self.limited = { upstream = upstream, status = status }
      return nil
    end
    advance(self, "overloaded")
  end
end

--- Whether an error of a class leads on from here: to the same upstream, to a hop or to a `fail`.
function Walk:leads_on(class)
  if errors.UNAVAILABLE[class] and retries_left(self) then return true end
  local fail = self.served.policy:after(self.decision, class).fail
  return not fail or fail.status ~= nil
end

--- Sends the request where the policy says until there is an answer for the client. `send(walk)` gives an answer, and the
-- class of the error if it is one; nil if there was no answer. Gives the last answer and class; neither if the walk ended in a
-- `fail`, in a limit, or before anything was sent.
function Walk:run(send)
  while true do
    local permit = admit(self)
    if not permit then return nil end
    local upstream, began = self.decision.upstream, self.clock()
    local answer, class = send(self)
    local now = self.clock()
    self.served.breakers:done(upstream, permit, errors.UNAVAILABLE[class] or false, now)
    local told = class or answer and answer.status >= 400 and "error" or nil
    self.hops[#self.hops + 1] = { upstream = upstream, model = self.decision.model, error = told, ms = now - began }
    if not class then return answer end
    if not self:leads_on(class) then
      self.last = class
      return answer, class
    end
    if errors.UNAVAILABLE[class] and retries_left(self) then
      self.tries = self.tries + 1
    else
      advance(self, class)
    end
  end
end

--- What the log keeps: how it ended (`served`, `failed` by the policy, `returned`: the upstream's own error), what was sent,
-- and the record (docs/record.md) as text.
function Walk:line(outcome)
  local classes = { unpack(self.after) }
  classes[#classes + 1] = self.last
  local record = interlock.encode(self.served.policy:record(self.request, classes))
  return { outcome = outcome, hops = self.hops, record = record, limited = self.limited }
end

return { new = new }
