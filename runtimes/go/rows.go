package interlock

import (
	"encoding/binary"
	"math/bits"
)

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

// A row has besides its words a summary: bit i says whether any of the span columns from i*span on is set. Its words
// are rowSet.words[start:end].
type row struct {
	summary    uint64
	start, end int32
}

// rowSet holds the rows of a table, and those that were made of them when it was loaded.
type rowSet struct {
	rows  []row
	words []uint64
	every uint64 // the summary of all columns
	span  int    // 1 for up to 64 columns: then the summary is the row; else a multiple of 64

	// While a table is loaded: the rows that were made ahead, by their words, and how much more may be made.
	made         map[string]int32
	budget, kept int
}

// mostMade is how many words may be read to make rows ahead that deciding could do without, and mostKept how many of
// them are kept: a table of few bytes is not to take much time or memory.
const (
	mostMade = 1 << 27
	mostKept = 1 << 22
)

// afford says whether so many rows of columns may be kept, each of which is made of so many others.
func (s *rowSet) afford(rows, others int) bool {
	words := rows * (bits.Len64(s.every)*s.span/64 + 1)
	if words > s.kept || words*others > s.budget {
		return false
	}
	s.kept -= words
	s.budget -= words * others
	return true
}

// put is add for a row that is made ahead: of equal ones, one is kept.
func (s *rowSet) put(words bitset) int32 {
	key := make([]byte, 0, len(words)*8)
	for _, word := range words {
		key = binary.LittleEndian.AppendUint64(key, word)
	}
	index, ok := s.made[string(key)]
	if !ok {
		index = s.add(words)
		s.made[string(key)] = index
	}
	return index
}

func newRowSet(columns int) rowSet {
	if columns <= 64 {
		return rowSet{every: 1<<columns - 1, span: 1}
	}
	words := (columns + 63) / 64
	span := (words + 63) / 64
	parts := (words + span - 1) / span
	return rowSet{every: ^uint64(0) >> (64 - parts), span: span * 64}
}

// add puts a row in and gives its index.
func (s *rowSet) add(words bitset) int32 {
	made := row{start: int32(len(s.words)), end: int32(len(s.words) + len(words))}
	s.words = append(s.words, words...)
	if s.span == 1 {
		if len(words) > 0 {
			made.summary = words[0]
		}
	} else {
		for i, word := range words {
			if word != 0 {
				made.summary |= 1 << (i * 64 / s.span)
			}
		}
	}
	s.rows = append(s.rows, made)
	return int32(len(s.rows) - 1)
}

// row gives the words of a row, which must not be changed.
func (s *rowSet) row(index int32) bitset {
	r := &s.rows[index]
	return s.words[r.start:r.end:r.end]
}

// first gives the lowest column that all selected rows have, or -1. It may change selected.
func (s *rowSet) first(selected []int32) int {
	summary := s.every
	for _, index := range selected {
		summary &= s.rows[index].summary
	}
	switch {
	case summary == 0:
		return -1
	case s.span == 1:
		return bits.TrailingZeros64(summary)
	case s.span > 64:
		return s.firstOfMany(summary, selected)
	}
	for i, index := range selected {
		selected[i] = s.rows[index].start
	}
	for len(selected)%4 > 0 { // so that they can be taken in fours
		selected = append(selected, selected[0])
	}
	// INVARIANT: a word that the summary has is one that each row has.
	words := s.words
	for ; summary != 0; summary &= summary - 1 {
		word := bits.TrailingZeros64(summary)
		common := ^uint64(0)
		for four := selected; len(four) >= 4 && common != 0; four = four[4:] {
			common &= words[int(four[0])+word] & words[int(four[1])+word] & words[int(four[2])+word] & words[int(four[3])+word]
		}
		if common != 0 {
			return word*64 + bits.TrailingZeros64(common)
		}
	}
	return -1
}

// firstOfMany is first where a bit of the summary stands for several words.
func (s *rowSet) firstOfMany(summary uint64, selected []int32) int {
	words := s.span / 64
	for ; summary != 0; summary &= summary - 1 {
		start := bits.TrailingZeros64(summary) * words
		for word := start; word < start+words; word++ {
			common := ^uint64(0)
			for _, index := range selected {
				if row := s.row(index); word < len(row) {
					common &= row[word]
				} else {
					common = 0
				}
				if common == 0 {
					break
				}
			}
			if common != 0 {
				return word*64 + bits.TrailingZeros64(common)
			}
		}
	}
	return -1
}
