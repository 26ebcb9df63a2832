-- Lines of bytes. `file:lines()` of LuaJIT, Lua 5.1 and 5.2 ends a line at a NUL.
local lines = {}

-- The lines of a text; a last one without a newline counts, nothing after the last newline does not.
function lines.of(text)
  local at = 1
  return function()
    if at > #text then return nil end
    local stop = text:find("\n", at, true) or #text + 1
    local line = text:sub(at, stop - 1)
    at = stop + 1
    return line
  end
end

-- What is at hand of standard input, at least a byte of it, as a function; nil at its end.
local function chunks()
  local there, ffi = pcall(require, "ffi")
  if there and ffi.os ~= "Windows" then
    ffi.cdef("long read(int file, void *buffer, unsigned long size);")
    local size = 65536
    local buffer = ffi.new("char[?]", size)
    return function()
      local got
      repeat
        got = tonumber(ffi.C.read(0, buffer, size))
      until got >= 0 or ffi.errno() ~= 4 -- EINTR
      return got > 0 and ffi.string(buffer, got) or nil
    end
  end
  -- Byte by byte: to wait for more would be to wait for ever.
  return function() return io.read(1) end
end

-- The lines of standard input, each as soon as it is there. `idle` is called before each wait for more.
function lines.live(idle)
  local version = tonumber(_VERSION:match("%d+%.%d+"))
  if version >= 5.3 then
    return function()
      idle()
      return io.read("*l")
    end
  end
  local chunk = chunks()
  local rest, at, parts = "", 1, {}
  return function()
    while true do
      local stop = rest:find("\n", at, true)
      parts[#parts + 1] = rest:sub(at, (stop or 0) - 1)
      if stop then
        at = stop + 1
        local line = table.concat(parts)
        parts = {}
        return line
      end
      idle()
      rest, at = chunk(), 1
      if not rest then
        rest = ""
        local line = table.concat(parts)
        parts = {}
        return line ~= "" and line or nil
      end
    end
  end
end

return lines
