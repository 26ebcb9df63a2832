-- As much of Kong as runs a plugin: its PDK as documented (docs.konghq.com, gateway/latest/plugin-development/pdk), and how its
-- access and log phases call plugins, each in a coroutine, with answers that wait until all have run (Kong 3.10).
local cjson = require("cjson.safe")
local folder = ngx.config.prefix()

local shim = {}
kong = { request = {}, response = {}, log = {}, ctx = { shared = {} } }

function kong.request.get_raw_path() return (ngx.var.request_uri:match("^[^?]*")) end
function kong.request.get_raw_query() return ngx.var.args or "" end
function kong.request.get_headers(most) return ngx.req.get_headers(most) end

function kong.request.get_raw_body(most)
  ngx.req.read_body()
  local text = ngx.req.get_body_data()
  if text then return text end
  local name = ngx.req.get_body_file()
  if not name then return "" end
  if not most or most < 0 then return nil, "request body did not fit into client body buffer" end
  local file = assert(io.open(name, "rb"))
  local size = file:seek("end")
  if most > 0 and size > most then
    file:close()
    return nil, ("request body file too big: %d > %d"):format(size, most)
  end
  file:seek("set")
  text = file:read("*a")
  file:close()
  return text
end

local function send(status, text, headers)
  assert(not ngx.headers_sent, "headers have already been sent")
  ngx.status = status
  for name, value in pairs(headers or {}) do ngx.header[name] = value end
  ngx.header["content-length"] = #text
  ngx.print(text)
  return ngx.exit(status)
end

function kong.response.exit(status, text, headers)
  assert(ngx.get_phase() == "access" and type(status) == "number" and type(text) == "string")
  assert(not ngx.headers_sent, "headers have already been sent")
  if ngx.ctx.delay_response and not ngx.ctx.delayed_response then
    ngx.ctx.delayed_response = { status, text, headers }
    return coroutine.yield()
  end
  return send(status, text, headers)
end

for name, level in pairs({ err = ngx.ERR, warn = ngx.WARN, notice = ngx.NOTICE, info = ngx.INFO, debug = ngx.DEBUG }) do
  kong.log[name] = function(...) ngx.log(level, ...) end
end

function kong.log.set_serialize_value(key, value)
  local values = ngx.ctx.values or {}
  ngx.ctx.values = values
  values[#values + 1] = { key, value }
end

local function serialized()
  local line = { status = ngx.status }
  for _, each in ipairs(ngx.ctx.values or {}) do
    local at, path = line, {}
    for part in each[1]:gmatch("[^.]+") do path[#path + 1] = part end
    for i = 1, #path - 1 do
      at[path[i]] = type(at[path[i]]) == "table" and at[path[i]] or {}
      at = at[path[i]]
    end
    at[path[#path]] = each[2]
  end
  return assert(cjson.encode(line))
end

--- What Kong's env vault gives for a reference: the variable in capitals, with `_` for `-`; nothing where there is none.
local function resolved(value)
  local name = value:match("^{vault://env/([%w_-]+)}$")
  if not name then return value end
  return os.getenv((name:gsub("-", "_")):upper()) or ""
end

local function configuration()
  local file = assert(io.open(folder .. "conf.json", "rb"))
  local conf = assert(cjson.decode(file:read("*a")))
  file:close()
  for _, name in ipairs({ "endpoints", "keys" }) do
    for key, value in pairs(conf[name]) do conf[name][key] = resolved(value) end
  end
  return conf
end

--- Kong calls a plugin's `configure` in every worker at the start and after each change of any plugin.
function shim.configure()
  shim.plugin = require("kong.plugins.interlock.handler")
  shim.conf = configuration()
  shim.plugin:configure({ shim.conf })
end

function shim.access()
  if ngx.var.uri == "/configure" then
    shim.configure()
    return send(200, "{}")
  end
  if ngx.var.uri == "/fault" then
    local text = kong.request.get_raw_body(0)
    local ok, why = shim.schema().fields[2].config.fields[1].table.custom_validator(text)
    return send(200, cjson.encode({ ok = ok or false, why = why }))
  end
  local ctx = ngx.ctx
  ctx.delay_response = true
  local run = coroutine.create(shim.plugin.access)
  local ok, why = coroutine.resume(run, shim.plugin, shim.conf)
  if not ok then
    ngx.log(ngx.ERR, "the plugin failed: ", why)
    ctx.delayed_response = { 500, '{"message":"An unexpected error occurred"}', {} }
  end
  ctx.delay_response = nil
  if ctx.delayed_response then return send(unpack(ctx.delayed_response)) end
  return send(503, '{"message":"no Service found with those values"}')
end

function shim.log()
  if not ngx.ctx.values then return end
  local file = assert(io.open(folder .. "log.json", "ab"))
  file:write(serialized(), "\n")
  file:close()
end

--- The plugin's schema.
function shim.schema()
  package.loaded["kong.db.schema.typedefs"] = { protocols_http = { type = "set" } }
  return require("kong.plugins.interlock.schema")
end

-- Kong's own sockets look names up as its `dns_*` settings say.
local tcp = ngx.socket.tcp
local metatable
function ngx.socket.tcp()
  local socket = tcp()
  if not metatable then
    metatable = getmetatable(socket).__index
    local connect = metatable.connect
    function metatable.connect(self, host, ...) return connect(self, host == "localhost" and "127.0.0.1" or host, ...) end
  end
  return socket
end

return shim
