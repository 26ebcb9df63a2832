-- Runs the tests under the Lua that runs this. Arguments: names of test files, all of them if none is given.
local folder = arg[0]:match("^(.*)/tests/[^/]*$") or "."
local single = os.getenv("INTERLOCK_SINGLE") -- the amalgamated file, to test in place of the modules
package.path = folder .. "/?.lua;" .. folder .. "/?/init.lua"
if single then
  local file = assert(io.open(single, "rb"))
  local text = file:read("*a")
  file:close()
  dofile(folder .. "/tests/use_single.lua")(text, require("tests.harness").in_sandbox)
end

local ALL = { "bits", "reading", "vectors", "twins", "hostile", "calls", "shell", "sources" }
local harness = require("tests.harness")
local started = os.clock()
for _, name in ipairs(#arg > 0 and arg or ALL) do require("tests." .. name) end
local version = jit and jit.version or _VERSION
print(string.format("%s: %d passed, %d failed, %.1f s", version, harness.passed, harness.failed, os.clock() - started))
os.exit(harness.failed == 0 and harness.passed > 0 and 0 or 1)
