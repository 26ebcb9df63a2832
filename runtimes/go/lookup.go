package interlock

import (
	"encoding/binary"
	"math/bits"
)

// A lookup finds which of some texts one is, by a hash of its length and its first and last eight bytes.
type lookup struct {
	texts  []string
	slots  []slot           // a power of two of them
	shift  uint8            // of the hash to a slot's number
	byText map[string]*slot // instead, where many texts have the same hash
}

type slot struct {
	hash uint32
	text int32 // noRow: free
	part int32 // of the text
}

var nowhere = slot{text: noRow}

// mostSteps is how many slots a text may stand behind its own.
const mostSteps = 16

func lookupOf(texts []string) lookup {
	l := lookup{texts: texts, shift: 62}
	for len(texts) > 1<<(62-l.shift) { // a quarter of the slots is used at most
		l.shift--
	}
	l.slots = make([]slot, 1<<(64-l.shift))
	for i := range l.slots {
		l.slots[i].text = noRow
	}
	for i, text := range texts {
		hash := quickHash(text)
		at, last := l.steps(hash)
		for at != last && l.slots[at&l.mask()].text != noRow {
			at++
		}
		if at == last {
			return lookup{byText: indexOf(texts)}
		}
		l.slots[at&l.mask()] = slot{uint32(hash), int32(i), 0}
	}
	return l
}

func (l *lookup) mask() uint64 { return uint64(len(l.slots) - 1) }

// steps gives where a text may stand: from the slot first on, before last.
func (l *lookup) steps(hash uint64) (first, last uint64) {
	first = hash >> (l.shift & 63)
	return first, first + mostSteps
}

func indexOf(texts []string) map[string]*slot {
	index := make(map[string]*slot, len(texts))
	for i, text := range texts {
		index[text] = &slot{text: int32(i)}
	}
	return index
}

// settle puts in the parts of the texts.
func (l *lookup) settle(parts []int32) {
	for i := range l.slots {
		if s := &l.slots[i]; s.text != noRow {
			s.part = parts[s.text]
		}
	}
	for _, s := range l.byText {
		s.part = parts[s.text]
	}
}

// find gives where a text stands; its text is noRow if it is none of them.
func (l *lookup) find(text string) *slot {
	if l.byText != nil {
		if s, ok := l.byText[text]; ok {
			return s
		}
		return &nowhere
	}
	hash := quickHash(text)
	for at, last := l.steps(hash); at != last; at++ {
		s := &l.slots[at&l.mask()]
		if s.text == noRow || s.hash == uint32(hash) && l.texts[s.text] == text {
			return s
		}
	}
	return &nowhere
}

func quickHash(text string) uint64 {
	h := uint64(len(text))
	switch n := len(text); {
	case n >= 8:
		h += eight(text[:8]) ^ bits.RotateLeft64(eight(text[n-8:]), 23)
	case n >= 4:
		h += uint64(four(text[:4])) | uint64(four(text[n-4:]))<<32
	case n > 0:
		h += uint64(text[0])<<8 | uint64(text[n/2])<<16 | uint64(text[n-1])<<24
	}
	return h * 0x9e3779b97f4a7c15
}

func eight(text string) uint64 { return binary.LittleEndian.Uint64([]byte(text)) }
func four(text string) uint32  { return binary.LittleEndian.Uint32([]byte(text)) }
