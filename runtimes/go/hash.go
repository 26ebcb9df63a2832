package interlock

import "math/bits"

// murmur3 is MurmurHash3_x86_32 of the bytes of text (Austin Appleby, MurmurHash3.cpp, public domain).
func murmur3(text string, seed uint32) uint32 {
	h := seed
	n := len(text)
	for len(text) >= 4 {
		k := uint32(text[0]) | uint32(text[1])<<8 | uint32(text[2])<<16 | uint32(text[3])<<24
		h ^= bits.RotateLeft32(k*0xcc9e2d51, 15) * 0x1b873593
		h = bits.RotateLeft32(h, 13)*5 + 0xe6546b64
		text = text[4:]
	}
	if len(text) > 0 {
		var k uint32
		for i := len(text) - 1; i >= 0; i-- {
			k = k<<8 | uint32(text[i])
		}
		h ^= bits.RotateLeft32(k*0xcc9e2d51, 15) * 0x1b873593
	}
	h ^= uint32(n)
	h = (h ^ h>>16) * 0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return h ^ h>>16
}

// slots is the number of entries of a pool's Maglev table.
const slots = 4099

// slotOf is the entry of a Maglev table that a key falls on.
func slotOf(key string) uint16 { return uint16(murmur3(key, 0) % slots) }
