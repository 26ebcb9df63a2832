package interlock

import (
	"slices"
	"sort"
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
		return t.rows[holds]
	}
	return t.rows[fails]
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
	return t.rows[a.class(v)].clone()
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
		after := sort.Search(len(a.cuts), func(i int) bool { return a.cuts[i] > v.number })
		return a.rows[after]
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
