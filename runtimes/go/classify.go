package interlock

import (
	"slices"
	"strings"
)

// row gives the columns whose conditions on the attribute a legal value meets: plainly, and slowly.
func (t *Table) row(a *attribute, v value) bitset {
	row := t.baseRow(a, v)
	for i := range a.patterns {
		row = row.and(t.pairRow(a.patterns[i].holds, a.patterns[i].fails, a.patterns[i].matches(v)))
	}
	for i := range a.samples {
		row = row.and(t.pairRow(a.samples[i].holds, a.samples[i].fails, a.samples[i].takes(v)))
	}
	return row
}

func (t *Table) pairRow(holds, fails int32, so bool) bitset {
	if so {
		return t.rows.row(holds)
	}
	return t.rows.row(fails)
}

// baseRow is row less the patterns and samples of a string.
func (t *Table) baseRow(a *attribute, v value) bitset {
	if a.kind == setType {
		row := t.everyColumn()
		for i := range a.elements {
			e := &a.elements[i]
			_, holds := slices.BinarySearch(v.texts, e.value)
			row = row.and(t.pairRow(e.holds, e.fails, holds))
		}
		return row
	}
	return t.rows.row(a.class(v)).clone()
}

// class is the row of a legal value that is no set.
func (a *attribute) class(v value) int32 {
	if v.kind == isAbsent {
		return a.absent
	}
	switch a.kind {
	case boolType:
		if v.flag {
			return a.yes
		}
		return a.no
	case intType:
		return a.rows[cutsAtMost(a.cuts, v.number)]
	}
	if i := slices.Index(a.values, v.text); i >= 0 {
		return a.rows[i]
	}
	return a.other
}

func (t *Table) everyColumn() bitset {
	all := make(bitset, (len(t.columns)+63)/64)
	for i := range all {
		all[i] = ^uint64(0)
	}
	if rest := len(t.columns) % 64; rest > 0 {
		all[len(all)-1] = 1<<rest - 1
	}
	return all
}

// cutsAtMost counts the cuts that are at most number. It takes the same steps whatever the number is: a processor
// cannot foretell the turns of the usual binary search, and waits at each.
func cutsAtMost(cuts []int64, number int64) int {
	if len(cuts) == 0 {
		return 0
	}
	count, left := 0, uint(len(cuts))
	for left > 1 {
		half := left / 2
		count += int(half) & atMost(cuts[count+int(half)-1], number)
		left -= half
	}
	return count - atMost(cuts[count], number)
}

// atMost is -1 if cut <= number and else 0. Neither is beyond ±2^53, so nothing overflows.
func atMost(cut, number int64) int { return int((cut - number - 1) >> 63) }

// matches says whether v is a string of the form pieces[0], any run, pieces[1], any run, … pieces[-1].
func (p *pattern) matches(v value) bool { return v.kind == isText && p.like(v.text) }

func (p *pattern) like(text string) bool {
	first, last := p.pieces[0], p.pieces[len(p.pieces)-1]
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, piece := range p.pieces[1 : len(p.pieces)-1] {
		// The leftmost occurrence leaves the most for the pieces after it.
		at := strings.Index(text, piece)
		if at < 0 {
			return false
		}
		text = text[at+len(piece):]
	}
	return true
}

// takes says whether v is a string that is in the sample.
func (s *sample) takes(v value) bool {
	return v.kind == isText && murmur3(v.text, s.seed)%10_000 < s.below
}
