--- The keys of tables, by code that LuaJIT does not compile.
--
-- Compiled `next` and `pairs` can crash: LuaJIT 2.1.0-beta3 as of March 2022, which Debian 12 has, exchanges the two
-- registers of `next`'s result 32 bits wide, and what is left of a pointer is then read. Whether it does depends on the
-- registers a trace happens to get. So nothing of this library iterates over keys but here.
local next, type = next, type
local keys = {}

--- The keys of a table, in no order.
function keys.of(object)
  local found, count = {}, 0
  for key in next, object do
    count = count + 1
    found[count] = key
  end
  return found
end

--- Whether some key is a string: in what a JSON reader gives, whether it is an object with members.
function keys.has_name(object) return type((next(object))) == "string" end

function keys.is_empty(object) return next(object) == nil end

if jit and jit.off then
  for _, uncompiled in ipairs({ keys.of, keys.has_name, keys.is_empty }) do jit.off(uncompiled) end
  -- OpenResty's LuaJIT has one that is compiled, and has not that fault.
  local there, is_empty = pcall(function() return require("table.isempty") end)
  if there and type(is_empty) == "function" then keys.is_empty = is_empty end
end

return keys
