-- `run`, `run --batch`, `bench` and `amalgamate`, from a shell, by the Lua that runs this.
local harness = require("tests.harness")
local interlock = require("interlock")
local json = require("interlock.json")
local keys = require("interlock.keys")
local test, equal = harness.test, harness.equal

local at = 0
while arg[at - 1] do at = at - 1 end
local LUA = arg[at]

local scratch = {}
local function file(content)
  local path = os.tmpname()
  scratch[#scratch + 1] = path
  local handle = assert(io.open(path, "wb"))
  handle:write(content)
  handle:close()
  return path
end

-- The output of a command, what it said on standard error, and its exit code.
local function shell(command)
  local out, err, code = os.tmpname(), os.tmpname(), os.tmpname()
  os.execute("( cd / && export LUA='" .. LUA .. "' && " .. command .. " ) >" .. out .. " 2>" .. err .. "; echo $? >" .. code)
  local found = { harness.read_file(out), harness.read_file(err), tonumber(harness.read_file(code)) }
  for _, path in ipairs({ out, err, code }) do os.remove(path) end
  return found[1], found[2], found[3]
end

local folder = harness.folder
if folder:sub(1, 1) ~= "/" then
  local here = io.popen("pwd")
  folder = here:read("*l") .. "/" .. folder
  here:close()
end
local RUN = "'" .. folder .. "/run' "
local KINDS = folder .. "/../vectors/tables/kinds.json"
local kinds = assert(interlock.load(harness.read_file(KINDS)))
local GOOD = '{"beta":true,"home":"us_east","tokens":6}'

-- The decision after errors, as `run` prints it.
local function line(request, ...)
  local decision = kinds:decide_text(request)
  for _, class in ipairs({ ... }) do decision = kinds:after(decision, class) end
  return interlock.encode(decision) .. "\n"
end

test("run decides each line, an empty one and a last one without a newline too, and bytes that are no text", function()
  local requests = file(GOOD .. "\n\n{}\r\n{\"beta\":\0}\n\255\n[1]\n" .. GOOD)
  local expected = line(GOOD) .. line("") .. line("{}") .. line("") .. line("") .. line("") .. line(GOOD)
  for _, command in ipairs({ KINDS .. " " .. requests, KINDS .. " - < " .. requests }) do
    local out, err, code = shell(RUN .. command)
    equal(out, expected)
    equal(err, "")
    equal(code, 0)
  end
  equal(shell(RUN .. KINDS .. " /dev/null"), "")
end)

test("run passes over a byte order mark at the start of the file, and nowhere else", function()
  local mark = "\239\187\191"
  local out = shell(RUN .. KINDS .. " " .. file(mark .. GOOD .. "\n" .. mark .. GOOD .. "\n"))
  equal(out, line(GOOD) .. line("no JSON"))
  equal(shell(RUN .. KINDS .. " " .. file(mark .. mark .. GOOD)), line("no JSON"))
  equal(shell(RUN .. KINDS .. " " .. file(mark)), line(""))
end)

test("run --after decides after these errors", function()
  local requests = file(GOOD .. "\n{}\n")
  local out, _, code = shell(RUN .. KINDS .. " " .. requests .. " --after overloaded,timeout")
  equal(out, line(GOOD, "overloaded", "timeout") .. line("{}", "overloaded", "timeout"))
  equal(code, 0)
end)

test("run says what it cannot do, with exit code 2 and nothing on standard output", function()
  local requests = file(GOOD)
  for command, part in pairs({
    [""] = "usage", [KINDS] = "usage", [KINDS .. " a --after"] = "usage", [KINDS .. " a --before b"] = "usage", ["--batch more"] = "o such file",
    [KINDS .. " /nothing/here"] = "/nothing/here", ["/nothing/here " .. requests] = "/nothing/here", [requests .. " " .. requests] = "format",
    [KINDS .. " " .. requests .. " --after x"] = "no error class", [KINDS .. " " .. requests .. " --after ''"] = "no error class",
    [KINDS .. " /"] = "/: ", ["/ " .. requests] = "/: ",
  }) do
    local out, err, code = shell(RUN .. command)
    equal(out, "", command)
    equal(code, 2, command .. ": " .. err)
    assert(err:find(part, 1, true) and not err:find("traceback"), err)
  end
end)

test("run --batch answers each command in a line", function()
  local commands = file(table.concat({
    "decide - " .. GOOD, "load " .. KINDS, "decide - " .. GOOD, "decide timeout,timeout " .. GOOD, "decide - ", "decide -", "decide", "decide x {}",
    "decide  {}", "load /nothing/here", "load " .. file("{}"), "decide - a\0b " .. GOOD, "", " ", "nothing", "explain " .. GOOD, "explain ", "explain",
    "record timeout " .. GOOD, "record - \255", "decide - " .. GOOD,
  }, "\n"))
  local out, err, code = shell(RUN .. "--batch < " .. commands)
  local expected = {
    "error ", "loaded " .. kinds.version, line(GOOD), line(GOOD, "timeout", "timeout"), line(""), "error ", "error ", "error ",
    "error ", "error ", "refused format ", line(""), "error ", "error ", "error ", interlock.encode(kinds:explain(interlock.parse(GOOD))),
    interlock.encode(kinds:explain(false)), "error ", interlock.encode(kinds:record(interlock.parse(GOOD), { "timeout" })),
    interlock.encode(kinds:record(false, {})), line(GOOD),
  }
  local n = 0
  for answer in out:gmatch("([^\n]*)\n") do
    n = n + 1
    local wanted = (expected[n] or "no more"):gsub("\n$", "")
    equal(wanted:find("^[er]") and answer:sub(1, #wanted) or answer, wanted, "line " .. n)
  end
  equal(n, #expected)
  equal(err, "")
  equal(code, 0)
end)

test("run --batch answers at once", function()
  local marker = os.tmpname()
  os.remove(marker)
  local writer = "{ echo 'load " .. KINDS .. "'; sleep 1; echo > " .. marker .. "; }"
  local reader = "{ read -r a; [ -e " .. marker .. " ] && echo late || echo \"$a\"; cat; }"
  equal(shell(writer .. " | " .. RUN .. "--batch | " .. reader), "loaded " .. kinds.version .. "\n")
  os.remove(marker)
end)

test("bench tells how long a decision takes, and the hash of the answers", function()
  local requests = file(GOOD .. "\n{}\n")
  local out, err, code = shell("'" .. folder .. "/bench' " .. KINDS .. " " .. requests)
  equal(code, 0, err)
  local figures = assert(json.read(out))
  equal(table.concat(require("interlock.utf8").sort(keys.of(figures)), " "), "allocated_bytes allocations answers_sha256 language load_ms p50_ns p99_ns table_bytes version")
  equal(figures.answers_sha256, require("interlock.hashing").sha256(line(GOOD) .. line("{}")))
  assert(figures.p50_ns > 0 and figures.p99_ns >= figures.p50_ns and figures.load_ms > 0 and figures.table_bytes > 0)
  local _, complaint, failed = shell("'" .. folder .. "/bench' " .. KINDS)
  equal(failed, 2)
  assert(complaint:find("usage"))
end)

for _, path in ipairs(scratch) do os.remove(path) end
