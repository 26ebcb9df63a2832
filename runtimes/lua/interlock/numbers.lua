--- Numbers from decimal text, and back.
local find, format, sub = string.find, string.format, string.sub
local numbers = {}

local POINT = sub(format("%.1f", 0.5), 2, 2) -- the locale's, which `tonumber` of some Luas wants

--- The double nearest to a JSON number. `tonumber` of some Luas gives up at long ones: they are made short first, to as many
-- digits as can matter (the next may be any, so that it only stands for what is cut off), and of a size that doubles have.
function numbers.double(written)
  if #written > 30 or find(written, "[eE][-+]?[0-9][0-9][0-9]") then
    local sign, whole, fraction, exponent = written:match("^(-?)([0-9]+)%.?([0-9]*)[eE]?(.*)$")
    local digits = whole .. fraction
    local first = find(digits, "[1-9]")
    if not first then return 0 end
    local power = #whole - first + 1 + (tonumber(exponent) or exponent == "" and 0 or sub(exponent, 1, 1) == "-" and -1e9 or 1e9)
    digits = sub(digits, first)
    if #digits > 800 then digits = sub(digits, 1, 800) .. (find(digits, "[1-9]", 801) and "1" or "") end
    if power > 400 then return tonumber(sign .. "1e308") end
    if power < -400 then return 0 end
    written = sign .. "0." .. digits .. "e" .. format("%.0f", power)
  end
  local number = tonumber(written) or tonumber((written:gsub("%.", POINT)))
  -- Beyond the doubles is beyond any range, but no infinity, which is of the wrong type.
  if number == math.huge then return 1e308 end
  if number == -math.huge then return -1e308 end
  return number
end

--- An integer within ±(2^53-1) in decimal, the same for 5 and 5.0 on every Lua.
function numbers.decimal(number) return number == 0 and "0" or format("%.0f", number) end

return numbers
