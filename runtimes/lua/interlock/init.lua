--- Interlock: asks a compiled decision table where a request goes. Pure Lua: LuaJIT 2.1, Lua 5.1 to 5.4.
--
--     local table = assert(interlock.load(text))
--     local decision = table:decide({ input_tokens = 50000, session_id = "s-1" })
--     while not decision.fail do
--       ... -- send to decision.upstream with decision.model; done if that went well
--       decision = table:after(decision, "overloaded")
--     end
--
-- `decide` never raises, whatever the request holds.
local hashing = require("interlock.hashing")
local encode = require("interlock.encode")
local requests = require("interlock.requests")
local walk = require("interlock.walk")

local interlock = {
  _VERSION = "0.1.0",
  load = require("interlock.load"),
  live = require("interlock.live"),
  error_classes = walk.CLASSES,
  parse = requests.parse,
  encode = encode.encode,
  null = requests.null,
  murmur3 = hashing.murmur3,
}

return interlock
