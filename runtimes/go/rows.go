package interlock

import "math/bits"

// A bitset is a row of the table: bit i is column i. It ends with its last word that is not 0, so that a table's rows
// take no more memory than their text, however many columns there are.
type bitset []uint64

func (b bitset) has(i int) bool {
	word := i >> 6
	return word < len(b) && b[word]>>(i&63)&1 == 1
}

// and gives what two rows have in common; it may change b.
func (b bitset) and(other bitset) bitset {
	b = b[:min(len(b), len(other))]
	for i := range b {
		b[i] &= other[i]
	}
	return b.trimmed()
}

func (b bitset) trimmed() bitset {
	for len(b) > 0 && b[len(b)-1] == 0 {
		b = b[:len(b)-1]
	}
	return b
}

func (b bitset) clone() bitset { return append(bitset(nil), b...) }

// hexBitset reads lower-case hex without leading zeros; ok is false if the text is something else.
func hexBitset(text string) (b bitset, ok bool) {
	if text == "0" {
		return nil, true
	}
	if text == "" || text[0] == '0' {
		return nil, false
	}
	b = make(bitset, (len(text)+15)/16)
	for i := 0; i < len(text); i++ {
		c := text[len(text)-1-i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		default:
			return nil, false
		}
		b[i>>4] |= uint64(c) << (i & 15 * 4)
	}
	return b, true
}

func (b bitset) width() int {
	if len(b) == 0 {
		return 0
	}
	return len(b)*64 - bits.LeadingZeros64(b[len(b)-1])
}

// A rowSet holds rows for deciding, each with a summary ahead of its words: bit i says whether any of the 64×span
// columns from i×64×span on is set. The place of a row is that of its summary among words. Row 0 has all columns.
type rowSet struct {
	words []uint64
	span  int // of words; 0 for up to 64 columns: then the summary is the row
}

func newRowSet(columns int) rowSet {
	if columns <= 64 {
		return rowSet{}
	}
	words := (columns + 63) / 64
	return rowSet{span: (words + 63) / 64}
}

// add puts a row in and gives its place.
func (s *rowSet) add(words bitset) int32 {
	place := len(s.words)
	s.words = append(s.words, 0)
	if s.span == 0 {
		if len(words) > 0 {
			s.words[place] = words[0]
		}
		return int32(place)
	}
	s.words = append(s.words, words...)
	for i := len(words); i%s.span > 0; i++ { // so that a bit of the summary stands for whole words
		s.words = append(s.words, 0)
	}
	for i, word := range words {
		if word != 0 {
			s.words[place] |= 1 << (i / s.span)
		}
	}
	return int32(place)
}

// first gives the lowest column that all rows have, or -1. Their number is a multiple of four.
func (s *rowSet) first(places []int32) int {
	words := s.words
	summary := ^uint64(0)
	for four := places; len(four) >= 4; four = four[4:] {
		summary &= words[four[0]] & words[four[1]] & words[four[2]] & words[four[3]]
	}
	switch {
	case summary == 0:
		return -1
	case s.span == 0:
		return bits.TrailingZeros64(summary)
	case s.span > 1:
		return s.firstOfMany(summary, places)
	}
	// INVARIANT: a word that the summary has is one that each row has.
	a, b, c, d := words[places[0]+1:], words[places[1]+1:], words[places[2]+1:], words[places[3]+1:]
	for ; summary != 0; summary &= summary - 1 {
		word := bits.TrailingZeros64(summary)
		common := a[word] & b[word] & c[word] & d[word]
		if common != 0 && len(places) > 4 {
			common &= s.common(places[4:], word)
		}
		if common != 0 {
			return word*64 + bits.TrailingZeros64(common)
		}
	}
	return -1
}

// common gives what rows have in common in a word.
func (s *rowSet) common(places []int32, word int) uint64 {
	common, words := ^uint64(0), s.words[word+1:]
	for four := places; len(four) >= 4; four = four[4:] {
		common &= words[four[0]] & words[four[1]] & words[four[2]] & words[four[3]]
	}
	return common
}

// firstOfMany is first where a bit of the summary stands for several words.
func (s *rowSet) firstOfMany(summary uint64, places []int32) int {
	for ; summary != 0; summary &= summary - 1 {
		start := bits.TrailingZeros64(summary) * s.span
		for word := start; word < start+s.span; word++ {
			if common := s.common(places, word); common != 0 {
				return word*64 + bits.TrailingZeros64(common)
			}
		}
	}
	return -1
}
