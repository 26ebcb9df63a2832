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

// A row has besides its words a summary: bit i says whether any of the span columns from i*span on is set.
type row struct {
	summary uint64
	words   bitset
}

// rowSet holds the rows of a table, and those that were made of them when it was loaded.
type rowSet struct {
	rows  []row
	every uint64 // the summary of all columns
	span  int    // 1 for up to 64 columns: then the summary is the row; else a multiple of 64
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
	made := row{words: words}
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

// first gives the lowest column that all selected rows have, or -1.
func (s *rowSet) first(selected []int32) int {
	summary := s.every
	for _, index := range selected {
		summary &= s.rows[index].summary
	}
	if s.span == 1 {
		if summary == 0 {
			return -1
		}
		return bits.TrailingZeros64(summary)
	}
	words := s.span / 64
	for ; summary != 0; summary &= summary - 1 {
		start := bits.TrailingZeros64(summary) * words
		for word := start; word < start+words; word++ {
			common := ^uint64(0)
			for _, index := range selected {
				row := s.rows[index].words
				if word >= len(row) {
					common = 0
					break
				}
				common &= row[word]
			}
			if common != 0 {
				return word*64 + bits.TrailingZeros64(common)
			}
		}
	}
	return -1
}
