-- What `amalgamate` does: each module becomes a function in a table, and `require` looks there first.
local folder = arg[1]

local function content_of(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local MODULES = {
  "bits", "check", "check_attributes", "check_parts", "classify", "encode", "explain", "hashing", "init", "json", "keys",
  "live", "load", "lookups", "needs", "numbers", "record", "requests", "shape", "table", "utf8", "validate", "walk",
}

local parts = {
  "-- Interlock's runtime for Lua in one file, made by runtimes/lua/amalgamate. Apache-2.0.\n",
  "local modules, loaded, outer = {}, {}, require\n",
  "local function require(name)\n",
  "  local module = modules[name]\n",
  "  if not module then return outer(name) end\n",
  "  if loaded[name] == nil then loaded[name] = module() end\n",
  "  return loaded[name]\n",
  "end\n",
}
for _, name in ipairs(MODULES) do
  local module = name == "init" and "interlock" or "interlock." .. name
  parts[#parts + 1] = 'modules["' .. module .. '"] = function()\n'
  parts[#parts + 1] = content_of(folder .. "/interlock/" .. name .. ".lua")
  parts[#parts + 1] = "end\n"
end
parts[#parts + 1] = 'return require("interlock")\n'
io.write(table.concat(parts))
