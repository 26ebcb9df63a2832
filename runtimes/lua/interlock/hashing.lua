--- MurmurHash3, which picks a pool's member and who is in a sample, and SHA-256, by which a table is known.
local byte, char, floor, format, rep = string.byte, string.char, math.floor, string.format, string.rep

-- The first 32 bits of the fractional parts of the square roots of the first 8 primes, and of the cube roots of the
-- first 64 (FIPS 180-4, sections 5.3.3 and 4.2.2).
local START = {
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
}
local ROUNDS = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
}

--- Both hashes, with the words of `bits` (an implementation as interlock.bits gives it).
local function with(bits)
  local word, number, band, bxor = bits.word, bits.number, bits.band, bits.bxor
  local ror, rshift, mul = bits.ror, bits.rshift, bits.mul

  --- The 32-bit MurmurHash3 of a string, a number in 0..2^32-1, as in Austin Appleby's MurmurHash3.cpp (public
  -- domain). `seed` lies in 0..2^32-1.
  local function murmur3(text, seed)
    local h = word(seed)
    local size = #text
    local whole = size - size % 4
    for i = 1, whole, 4 do
      local a, b, c, d = byte(text, i, i + 3)
      local k = mul(ror(mul(word(a + b * 256 + c * 65536 + d * 16777216), 0xcc9e2d51), 17), 0x1b873593)
      h = word(mul(ror(bxor(h, k), 19), 5) + 0xe6546b64)
    end
    if whole < size then
      local a, b, c = byte(text, whole + 1, size)
      local k = word(a + (b or 0) * 256 + (c or 0) * 65536)
      h = bxor(h, mul(ror(mul(k, 0xcc9e2d51), 17), 0x1b873593))
    end
    h = bxor(h, word(size))
    h = mul(bxor(h, rshift(h, 16)), 0x85ebca6b)
    h = mul(bxor(h, rshift(h, 13)), 0xc2b2ae35)
    return number(bxor(h, rshift(h, 16)))
  end

  --- The SHA-256 of a string, as 64 lower-case hex digits (FIPS 180-4).
  local function sha256(text)
    local size = #text
    local bits_low = size % 536870912 * 8
    local length = rep("\0", 3) .. char(floor(size / 536870912))
    for shift = 3, 0, -1 do length = length .. char(floor(bits_low / 256 ^ shift) % 256) end
    text = text .. "\128" .. rep("\0", (55 - size) % 64) .. length
    local a0, b0, c0, d0 = word(START[1]), word(START[2]), word(START[3]), word(START[4])
    local e0, f0, g0, h0 = word(START[5]), word(START[6]), word(START[7]), word(START[8])
    local w = {}
    for block = 1, #text, 64 do
      for i = 1, 16 do
        local p, q, r, s = byte(text, block + i * 4 - 4, block + i * 4 - 1)
        w[i] = word(p * 16777216 + q * 65536 + r * 256 + s)
      end
      for i = 17, 64 do
        local x, y = w[i - 15], w[i - 2]
        local s0 = bxor(bxor(ror(x, 7), ror(x, 18)), rshift(x, 3))
        local s1 = bxor(bxor(ror(y, 17), ror(y, 19)), rshift(y, 10))
        w[i] = word(w[i - 16] + s0 + w[i - 7] + s1)
      end
      local a, b, c, d, e, f, g, h = a0, b0, c0, d0, e0, f0, g0, h0
      for i = 1, 64 do
        local s1 = bxor(bxor(ror(e, 6), ror(e, 11)), ror(e, 25))
        local t1 = h + s1 + bxor(g, band(e, bxor(f, g))) + ROUNDS[i] + w[i]
        local s0 = bxor(bxor(ror(a, 2), ror(a, 13)), ror(a, 22))
        local majority = bxor(band(a, bxor(b, c)), band(b, c))
        h, g, f, e, d, c, b, a = g, f, e, word(d + t1), c, b, a, word(t1 + s0 + majority)
      end
      a0, b0, c0, d0 = word(a0 + a), word(b0 + b), word(c0 + c), word(d0 + d)
      e0, f0, g0, h0 = word(e0 + e), word(f0 + f), word(g0 + g), word(h0 + h)
    end
    local hex = ""
    for _, x in ipairs({ a0, b0, c0, d0, e0, f0, g0, h0 }) do
      local n = number(x)
      local low = n % 65536
      hex = hex .. format("%04x%04x", (n - low) / 65536, low) -- half by half: `%x` of 2^31 and more is not portable
    end
    return hex
  end

  return { murmur3 = murmur3, sha256 = sha256 }
end

local hashing = with(require("interlock.bits"))
hashing.with = with
return hashing
