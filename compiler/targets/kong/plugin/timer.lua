-- The policy's timeouts of one attempt. It begins when the whole request is there.
local timer = {}

local DAY = 86400000 -- what no timeout of the policy's ends; a socket has to have one

local last = 0

--- Milliseconds, of a clock of this worker that never goes back, as nginx's may.
function timer.now()
  ngx.update_time()
  last = math.max(last, math.floor(ngx.now() * 1000))
  return last
end

--- The timeouts of an upstream, in milliseconds, for a request that is streamed or not.
function timer.start(timeouts, is_stream)
  local now, self = timer.now(), { connect = timeouts.connect or 5000 }
  local first = is_stream and timeouts.first_token
  self.total = now + (timeouts.total or DAY)
  self.first = first and math.min(self.total, now + first) or self.total
  return self
end

--- Content has begun.
function timer.began(self) self.first = self.total end

--- How long a socket may wait now; nil if it may not.
function timer.left(self)
  local left = self.first - timer.now()
  return left > 0 and left or nil
end

return timer
