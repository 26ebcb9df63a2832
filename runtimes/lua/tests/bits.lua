-- Every implementation of words that this Lua has counts like plain arithmetic, and so do the hashes made of it.
local bits = require("interlock.bits")
local hashing = require("interlock.hashing")
local harness = require("tests.harness")
local test, equal = harness.test, harness.equal

local all = bits.all()
local plain = all[#all]
local random = harness.random(7)
local function number()
  local n = (random(65536) - 1) * 65536 + random(65536) - 1
  return random(4) == 1 and 2 ^ 31 or n
end

test("this Lua has an implementation besides arithmetic, unless it is plain Lua 5.1", function()
  equal(plain.name, "arithmetic")
  assert(#all > 1 or (_VERSION == "Lua 5.1" and not jit))
  equal(bits.name, all[1].name)
end)

for _, own in ipairs(all) do
  -- Integers where this Lua has them, as bytes and hex digits give them.
  local function word(n) return own.word(tonumber(string.format("%.0f", n))) end
  local function same(name, found, expected) equal(own.number(found), expected, own.name .. " " .. name) end

  test(own.name .. " counts like arithmetic", function()
    for _ = 1, 3000 do
      local x, y, n = number(), number(), random(31)
      same("band", own.band(word(x), word(y)), plain.band(x, y))
      same("bxor", own.bxor(word(x), word(y)), plain.bxor(x, y))
      same("ror", own.ror(word(x), n), plain.ror(x, n))
      same("rshift", own.rshift(word(x), n), plain.rshift(x, n))
      same("mul", own.mul(word(x), 0xcc9e2d51), plain.mul(x, 0xcc9e2d51))
      same("band4", own.band4(word(x), word(y), word(n), word(x)), plain.band(plain.band(x, y), n))
    end
  end)

  test(own.name .. ": arithmetic itself, on bits one by one", function()
    for _ = 1, 300 do
      local x, y, both, either = number(), number(), 0, 0
      for i = 0, 31 do
        local a, b = math.floor(x / 2 ^ i) % 2, math.floor(y / 2 ^ i) % 2
        both, either = both + a * b * 2 ^ i, either + (a + b) % 2 * 2 ^ i
      end
      same("band", own.band(word(x), word(y)), both)
      same("bxor", own.bxor(word(x), word(y)), either)
    end
  end)

  -- 2^31, which is negative with `bit`, was once taken for 2^13.
  test(own.name .. ": the lowest bit of every pair of bits", function()
    for i = 0, 31 do
      equal(own.index(word(2 ^ i)), i)
      for j = i + 1, 31 do equal(own.index(word(2 ^ i + 2 ^ j)), i, "of bits " .. i .. " and " .. j) end
    end
  end)

  test(own.name .. ": SHA-256 of the examples of FIPS 180-4 and of all lengths around a block", function()
    local sha256, other = hashing.with(own).sha256, hashing.with(plain).sha256
    equal(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    equal(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    equal(
      sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    )
    equal(sha256(("a"):rep(20000)), "cc17faaad36649c4603dda4d8ff97cb149722af0bcac0746305a2134ad2d0b97")
    for size = 50, 70 do equal(sha256(("\255"):rep(size)), other(("\255"):rep(size))) end
  end)
end
