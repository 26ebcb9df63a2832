-- A test runner of a page: `test(name, body)` says what holds; a test file is a chunk that calls it.
local harness = { passed = 0, failed = 0 }

function harness.test(name, body)
  local ok, problem = xpcall(body, function(fault) return debug.traceback(tostring(fault), 2) end)
  if ok then
    harness.passed = harness.passed + 1
  else
    harness.failed = harness.failed + 1
    io.stderr:write("FAILED ", name, "\n", tostring(problem), "\n")
  end
end

function harness.equal(found, expected, of)
  if found ~= expected then
    error(string.format("%s:\n  found    %s\n  expected %s", of or "they differ", tostring(found), tostring(expected)), 2)
  end
end

function harness.read_file(path)
  local file = assert(io.open(path, "rb"))
  local content = file:read("*a")
  file:close()
  return content
end

-- Of the file a test is in, the folder of the runtime; and that of the vectors.
harness.folder = (arg[0]:match("^(.*)/tests/[^/]*$") or ".")
harness.vectors = os.getenv("INTERLOCK_VECTORS") or harness.folder .. "/../vectors"

-- Whether the library is tested with the few names that a gateway's sandbox leaves: no metatables, no files.
harness.in_sandbox = os.getenv("INTERLOCK_SANDBOX") ~= nil

-- Pseudo-random integers in 1..=n, the same on every Lua.
function harness.random(seed)
  local state = seed
  return function(n)
    state = (state * 48271) % 2147483647
    return state % n + 1
  end
end

return harness
