--- Words of 32 bits on any Lua: AND, XOR, shifts, rotations and products, all exact.
-- A word is what `word` gives. With LuaJIT's `bit` it is signed, else it lies in 0..2^32-1, so words go back only to
-- the implementation they came from; `number` makes a plain number of one.
--
-- The first of these that is there and counts right is taken: LuaJIT's `bit`, the operators of Lua 5.3 (in a chunk of
-- their own, as Lua 5.1 cannot parse them), `bit32` of Lua 5.2, and plain arithmetic, which is slow and needs nothing.
local floor = math.floor
local WORDS = 4294967296

local function from_bit()
  local there, library = pcall(function() return require("bit") end)
  if not there or type(library) ~= "table" then library = bit end
  local band, lshift, rshift, tobit = library.band, library.lshift, library.rshift, library.tobit
  return {
    name = "bit",
    word = tobit,
    number = function(x) return x % WORDS end,
    band = band,
    band4 = band,
    bxor = library.bxor,
    ror = library.ror,
    rshift = rshift,
    -- A double holds a product of 16 and 32 bits, and `tobit` takes up to 2^51.
    mul = function(x, y) return tobit(band(x, 0xffff) * y + lshift(band(rshift(x, 16) * y, 0xffff), 16)) end,
    lowest = function(x) return band(x, -x) end,
  }
end

local OPERATORS = [[
return {
  name = "operators",
  word = function(x) return x & 0xffffffff end,
  number = function(x) return x end,
  band = function(x, y) return x & y end,
  band4 = function(x, y, z, u) return x & y & z & u end,
  bxor = function(x, y) return x ~ y end,
  ror = function(x, n) return (x >> n | x << (32 - n)) & 0xffffffff end,
  rshift = function(x, n) return x >> n end,
  mul = function(x, y) return x * y & 0xffffffff end,
  lowest = function(x) return x & -x end,
}]]

local function from_operators() return assert(load(OPERATORS, "=interlock.bits", "t", {}))() end

--- The product of two numbers in 0..2^32-1, modulo 2^32.
local function product(x, y)
  local low = x % 65536
  return (low * y + (x - low) / 65536 * y % 65536 * 65536) % WORDS
end

local function from_bit32()
  local library = bit32
  local band = library.band
  return {
    name = "bit32",
    word = function(x) return x % WORDS end,
    number = function(x) return x end,
    band = band,
    band4 = band,
    bxor = library.bxor,
    ror = library.rrotate,
    rshift = library.rshift,
    mul = product,
    lowest = function(x) return band(x, -x) end,
  }
end

local function from_arithmetic()
  -- AND of two bytes, at 256 * x + y; made on first use.
  local ands
  local function make()
    local made = { [0] = 0 }
    for x = 0, 255 do
      for y = 0, 255 do
        -- That of the upper seven bits is there already.
        local upper = made[256 * floor(x / 2) + floor(y / 2)] or 0
        made[256 * x + y] = 2 * upper + (x % 2) * (y % 2)
      end
    end
    ands = made
  end
  local function band(x, y)
    if x == 0 or y == 0 then return 0 end
    if not ands then make() end
    local x0, x1, x2 = x % 256, x % 65536, x % 16777216
    local y0, y1, y2 = y % 256, y % 65536, y % 16777216
    return ands[256 * x0 + y0]
      + ands[x1 - x0 + (y1 - y0) / 256] * 256
      + ands[(x2 - x1) / 256 + (y2 - y1) / 65536] * 65536
      + ands[(x - x2) / 65536 + (y - y2) / 16777216] * 16777216
  end
  local function rshift(x, n) return floor(x / 2 ^ n) end
  return {
    name = "arithmetic",
    word = function(x) return x % WORDS end,
    number = function(x) return x end,
    band = band,
    band4 = function(x, y, z, u) return band(band(band(x, y), z), u) end,
    bxor = function(x, y) return x + y - 2 * band(x, y) end,
    ror = function(x, n)
      local low = x % 2 ^ n
      return (x - low) / 2 ^ n + low * 2 ^ (32 - n)
    end,
    rshift = rshift,
    mul = product,
    lowest = function(x)
      local bit = 1
      while x % 2 == 0 do
        x, bit = x / 2, bit * 2
      end
      return bit
    end,
  }
end

--- The implementation `make` gives, with `index`, or nil if this Lua has not what it needs.
local function try(make)
  local ok, bits = pcall(make)
  if not ok then return nil end
  local word, number, lowest = bits.word, bits.number, bits.lowest
  local good = pcall(function()
    local x, y = word(0xdeadbeef), word(0x80000001)
    assert(number(bits.band(x, y)) == 0x80000001 and number(bits.bxor(x, y)) == 0x5eadbeee)
    assert(number(bits.ror(x, 4)) == 0xfdeadbee and number(bits.rshift(y, 31)) == 1)
    assert(number(bits.mul(x, 0xcc9e2d51)) == 0x4b0b6c9f)
  end)
  if not good then return nil end
  -- By the remainder by 67, which differs for all 2^i, and for -2^31 which `bit` has for 2^31. (LuaJIT does not compile
  -- look-ups by 2^i itself, in a table that is part list, part not.)
  local positions, bit = {}, 1
  for i = 0, 66 do positions[i] = 0 end
  for i = 0, 31 do
    positions[lowest(word(bit)) % 67] = i
    bit = bit * 2
  end
  --- The index, from 0, of the lowest set bit of a word that is not 0.
  bits.index = function(x) return positions[lowest(x) % 67] end
  return bits
end

local makers = { from_bit, from_operators, from_bit32, from_arithmetic }
local chosen
for i = 1, #makers do
  chosen = try(makers[i])
  if chosen then break end
end
--- For tests: every implementation that this Lua has, the plain one last.
chosen.all = function()
  local all = {}
  for i = 1, #makers do all[#all + 1] = try(makers[i]) end
  return all
end
return chosen
