-- HTTP/1.1 to an upstream, on OpenResty's sockets: an answer is read piece by piece as it comes, and nothing of it is
-- changed. (lua-resty-http, which comes with Kong, cannot give what is there of a chunk.)
local timer = timer
local http = {}
local Answer = {}
Answer.__index = Answer

local IDLE = 10000 -- ms; upstreams keep connections for longer, so that one is hardly ever closed while it is taken
local PIECE = 65536
local HOP_BY_HOP = {
  ["connection"] = true, ["keep-alive"] = true, ["proxy-connection"] = true, ["te"] = true, ["trailer"] = true,
  ["transfer-encoding"] = true, ["upgrade"] = true,
}
http.HOP_BY_HOP = HOP_BY_HOP

--- The parts of an address: scheme, host, port, authority, base. Nil if it is none.
function http.address(url)
  local scheme, authority, base = url:match("^(https?)://([^/?#@%s]+)([^?#%s]-)/*$")
  if not scheme then return nil end
  local host, port = authority:match("^%[([%x:.]+)%]:?(%d*)$")
  if host then
    host = "[" .. host .. "]"
  else
    host, port = authority:match("^([^:]+):?(%d*)$")
  end
  if not host then return nil end
  port = tonumber(port) or scheme == "https" and 443 or 80
  return { scheme = scheme, host = host, port = port, authority = authority, base = base }
end

local function class_of(why) return why == "timeout" and "timeout" or "unreachable" end

local function connected(to, timeout)
  local socket = ngx.socket.tcp()
  local left = timer.left(timeout)
  if not left then return nil, "timeout" end
  socket:settimeouts(math.min(timeout.connect, left), left, left)
  local pool = ("interlock %s %s %d"):format(to.scheme, to.host, to.port)
  local ok, why = socket:connect(to.host, to.port, { pool = pool })
  if not ok then return nil, why end
  if to.scheme == "https" then
    local name = to.host:match("^%[(.*)%]$") or to.host
    ok, why = socket:sslhandshake(nil, name, true)
    if not ok then return nil, why end
  end
  return socket
end

--- A line of the answer's; nil and why.
local function line(socket, timeout)
  local left = timer.left(timeout)
  if not left then return nil, "timeout" end
  socket:settimeout(left)
  return socket:receive("*l")
end

--- The headers: lists of values by name in lower case, and the names as they came, in order.
local function headers(socket, timeout)
  local found, names = {}, {}
  while true do
    local text, why = line(socket, timeout)
    if not text then return nil, why end
    if text == "" then return found, names end
    local name, value = text:match("^([^:%s]+):%s*(.-)%s*$")
    if not name then return nil, "no header: " .. text:sub(1, 80) end
    local lower = name:lower()
    if not found[lower] then
      found[lower] = {}
      names[#names + 1] = name
    end
    table.insert(found[lower], value)
  end
end

local function begun(socket, timeout)
  while true do
    local text, why = line(socket, timeout)
    if not text then return nil, why end
    local minor, status = text:match("^HTTP/1%.(%d) (%d%d%d)")
    if not status then return nil, "no HTTP/1.1: " .. text:sub(1, 80) end
    local found, names = headers(socket, timeout)
    if not found then return nil, names end
    status = tonumber(status)
    if status >= 200 then return status, found, names, minor == "1" end
  end
end

--- Sends a request, `head` and `text`, and reads the headers of the answer. Nil, the class of the error, and why.
function http.ask(to, head, text, timeout)
  local socket, why = connected(to, timeout)
  if not socket then return nil, class_of(why), why end
  local sent
  sent, why = socket:send({ head, text })
  if not sent then
    socket:close()
    return nil, class_of(why), why
  end
  local status, found, names, keeps = begun(socket, timeout)
  if not status then
    socket:close()
    return nil, class_of(found), found
  end
  local self = { status = status, headers = found, names = names, socket = socket, timeout = timeout }
  local coding, length = found["transfer-encoding"], found["content-length"]
  local connection = found["connection"] and found["connection"][1]:lower() or ""
  self.keeps = keeps and not connection:find("close", 1, true)
  if coding and coding[#coding]:lower():find("chunked%s*$") then
    self.is_chunked, self.left = true, 0
  elseif status == 204 or status == 304 then
    self.left = 0
  elseif length then
    self.left = tonumber(length[1]) or 0
  end
  return setmetatable(self, Answer)
end

--- The next chunk's size is read. Whether there is one; nil and why.
local function next_chunk(self)
  if self.has_chunk then
    local rest, why = line(self.socket, self.timeout)
    if not rest then return nil, why end
  end
  local size, why = line(self.socket, self.timeout)
  if not size then return nil, why end
  local digits = size:match("^%s*(%x+)%s*$") or size:match("^%s*(%x+)%s*;")
  if not digits or #digits > 12 then return nil, "no chunk: " .. size:sub(1, 80) end
  self.left, self.has_chunk = tonumber(digits, 16), true
  if self.left > 0 then return true end
  local trailers
  trailers, why = headers(self.socket, self.timeout)
  if not trailers then return nil, why end
  return false
end

--- What is there of the body, once something is; nil at its end, or nil, the class of the error, and why.
function Answer:read()
  if self.is_done then return nil end
  if self.is_chunked and self.left == 0 then
    local more, why = next_chunk(self)
    if more == nil then return self:fail(why) end
    if not more then return self:finish() end
  elseif self.left == 0 then
    return self:finish()
  end
  local left = timer.left(self.timeout)
  if not left then return self:fail("timeout") end
  self.socket:settimeout(left)
  local piece, why = self.socket:receiveany(math.min(self.left or PIECE, PIECE))
  if not piece then
    if why == "closed" and not self.left then return self:finish() end
    return self:fail(why)
  end
  if self.left then self.left = self.left - #piece end
  return piece
end

function Answer:fail(why)
  self:close()
  return nil, class_of(why), why
end

function Answer:finish()
  self.is_done = true
  if not (self.keeps and self.left and self.socket:setkeepalive(IDLE)) then self.socket:close() end
  return nil
end

--- Nothing more is read.
function Answer:close()
  if not self.is_done then self.socket:close() end
  self.is_done = true
end

--- Reads the whole body into `held`, a list. True, or nil, the class of the error, and why.
function Answer:whole(held)
  while true do
    local piece, class, why = self:read()
    if class then return nil, class, why end
    if not piece then return true end
    held[#held + 1] = piece
  end
end

return http
