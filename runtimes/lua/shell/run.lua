-- What `run` does: docs/runtimes.md, "Asking from a shell".
local folder = arg[0]:match("^(.*)/shell/[^/]*$") or "."
package.path = folder .. "/?.lua;" .. folder .. "/?/init.lua"
local interlock = require("interlock")
local lines = require("shell.lines")

local USAGE = "usage: run TABLE REQUESTS.jsonl [--after CLASS,…]\n       run --batch"

local KNOWN = {}
for _, class in ipairs(interlock.error_classes) do KNOWN[class] = true end

-- The error classes that a text lists, or nil and what is wrong.
local function classes_of(text)
  local classes = {}
  for class in (text .. ","):gmatch("([^,]*),") do
    if not KNOWN[class] then
      return nil, "`" .. class .. "` is no error class; these are: " .. table.concat(interlock.error_classes, ", ")
    end
    classes[#classes + 1] = class
  end
  return classes
end

local function decided(policy_table, request, classes)
  local decision = policy_table:decide_text(request)
  for _, class in ipairs(classes) do decision = policy_table:after(decision, class) end
  return interlock.encode(decision)
end

-- A message in one line.
local function line_of(message) return (message:gsub("%s+", " ")) end

local function complain(message)
  io.stderr:write(message, "\n")
  os.exit(2)
end

local function answer_all(table_path, requests_path, classes)
  local live, fault = interlock.live(table_path)
  if not live then complain(fault.message) end
  local file, problem = io.stdin, nil
  if requests_path ~= "-" then
    file, problem = io.open(requests_path, "rb")
    if not file then complain(problem) end
  end
  local text
  text, problem = file:read("*a")
  if not text then complain(requests_path .. ": " .. tostring(problem or "cannot be read")) end
  local is_first = true
  for line in lines.of(text) do
    if is_first and line:sub(1, 3) == "\239\187\191" then line = line:sub(4) end -- a byte order mark
    is_first = false
    if not io.write(decided(live.table, line, classes), "\n") then os.exit(0) end -- nobody reads on
  end
end

local function no_such_command() return "error no such command, or a field is missing" end

-- The answers to commands, by name; `state.table` is the table that is asked.
local commands = {}

function commands.load(rest, state)
  local live, fault = interlock.live(rest)
  if live then
    state.table = live.table
    return "loaded " .. live.table.version
  end
  if fault.reason == "file" then return "error " .. line_of(fault.message) end
  return "refused " .. fault.reason .. " " .. line_of(fault.message)
end

local function asked(rest, state, answer)
  if not state.table then return "error no table was loaded" end
  local words, request = rest:match("^([^ ]*) (.*)$")
  if not words then return "error a field is missing" end
  local classes, problem = {}, nil
  if words ~= "-" then classes, problem = classes_of(words) end
  if not classes then return "error " .. line_of(problem) end
  return answer(state.table, request, classes)
end

function commands.decide(rest, state) return asked(rest, state, decided) end

function commands.record(rest, state)
  return asked(rest, state, function(policy_table, request, classes)
    return interlock.encode(policy_table:record(interlock.parse(request), classes))
  end)
end

function commands.explain(rest, state)
  if not state.table then return "error no table was loaded" end
  return interlock.encode(state.table:explain(interlock.parse(rest)))
end

local function batch()
  local state = {}
  for line in lines.live(function() io.flush() end) do
    local name, rest = line:match("^([a-z]+) (.*)$")
    local command = name and commands[name] or no_such_command
    if not io.write(command(rest, state), "\n") then os.exit(0) end
  end
  io.flush()
end

io.stdout:setvbuf("full")
if #arg == 1 and arg[1] == "--batch" then
  batch()
elseif #arg == 2 then
  answer_all(arg[1], arg[2], {})
elseif #arg == 4 and arg[3] == "--after" then
  local classes, problem = classes_of(arg[4])
  if not classes then complain(problem) end
  answer_all(arg[1], arg[2], classes)
else
  complain(USAGE)
end
