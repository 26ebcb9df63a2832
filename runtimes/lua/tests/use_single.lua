-- Puts the modules of the amalgamated file in place of the library's own. It is run with an environment that has what a
-- gateway's sandbox leaves (`sandbox`), or all names that the library may ask for; a global that is written is a fault.
local SANDBOX = "assert error ipairs next pairs pcall select tonumber tostring type unpack xpcall string table math"
local NAMES = SANDBOX .. " bit bit32 getmetatable io jit load rawequal rawget require setmetatable"

return function(text, sandbox)
  local env = {}
  for name in (sandbox and SANDBOX or NAMES):gmatch("%S+") do env[name] = _G[name] end
  local known = {}
  for name in NAMES:gmatch("%S+") do known[name] = true end
  setmetatable(env, {
    __index = function(_, name)
      if not known[name] then error("the library asks for a global `" .. tostring(name) .. "`", 2) end
    end,
    __newindex = function(_, name) error("the library writes a global `" .. tostring(name) .. "`", 2) end,
  })
  local count
  text, count = text:gsub('return require%("interlock"%)\n$', "return require\n")
  assert(count == 1)
  local chunk
  if setfenv then
    chunk = setfenv(assert(loadstring(text, "=single")), env)
  else
    chunk = assert(load(text, "=single", "t", env))
  end
  local inner = chunk()
  package.loaded["interlock"] = inner("interlock")
  for name in text:gmatch('modules%["(interlock%.[a-z_0-9]+)"%]') do package.loaded[name] = inner(name) end
end
