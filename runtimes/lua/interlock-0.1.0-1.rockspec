rockspec_format = "3.0"
package = "interlock"
version = "0.1.0-1"
source = {
  url = "git+https://github.com/OWNER/interlock.git",
  tag = "v0.1.0",
}
description = {
  summary = "Asks a compiled decision table of an AI gateway where a request goes",
  detailed = "The Lua runtime of Interlock, the policy compiler for AI gateways: pure Lua, for LuaJIT and Lua 5.1 to 5.4.",
  homepage = "https://github.com/OWNER/interlock",
  license = "Apache-2.0",
}
dependencies = {
  "lua >= 5.1, < 5.5",
}
build = {
  type = "builtin",
  modules = {
    ["interlock.bits"] = "runtimes/lua/interlock/bits.lua",
    ["interlock.check"] = "runtimes/lua/interlock/check.lua",
    ["interlock.check_attributes"] = "runtimes/lua/interlock/check_attributes.lua",
    ["interlock.check_parts"] = "runtimes/lua/interlock/check_parts.lua",
    ["interlock.classify"] = "runtimes/lua/interlock/classify.lua",
    ["interlock.encode"] = "runtimes/lua/interlock/encode.lua",
    ["interlock.explain"] = "runtimes/lua/interlock/explain.lua",
    ["interlock.hashing"] = "runtimes/lua/interlock/hashing.lua",
    ["interlock"] = "runtimes/lua/interlock/init.lua",
    ["interlock.json"] = "runtimes/lua/interlock/json.lua",
    ["interlock.keys"] = "runtimes/lua/interlock/keys.lua",
    ["interlock.live"] = "runtimes/lua/interlock/live.lua",
    ["interlock.load"] = "runtimes/lua/interlock/load.lua",
    ["interlock.lookups"] = "runtimes/lua/interlock/lookups.lua",
    ["interlock.needs"] = "runtimes/lua/interlock/needs.lua",
    ["interlock.numbers"] = "runtimes/lua/interlock/numbers.lua",
    ["interlock.record"] = "runtimes/lua/interlock/record.lua",
    ["interlock.requests"] = "runtimes/lua/interlock/requests.lua",
    ["interlock.shape"] = "runtimes/lua/interlock/shape.lua",
    ["interlock.table"] = "runtimes/lua/interlock/table.lua",
    ["interlock.utf8"] = "runtimes/lua/interlock/utf8.lua",
    ["interlock.validate"] = "runtimes/lua/interlock/validate.lua",
    ["interlock.walk"] = "runtimes/lua/interlock/walk.lua",
  },
}
