package interlock

import (
	"slices"
	"sort"
	"strings"
)

// prefixes has the rows of all patterns of a string that are prefixes, `like "x*"`, joined: one lookup does for all.
type prefixes struct {
	texts []string // sorted
	up    []int32  // the longest other text that this one begins with, or -1
	rows  []int32  // of a string whose longest prefix this is; nil: none are joined
	none  int32    // of a string that has none of them
	first []int32  // 257: those that begin with byte b are texts[first[b]:first[b+1]]
}

func (p *pattern) isPrefix() bool { return len(p.pieces) == 2 && p.pieces[1] == "" }

// prefixes joins those of an attribute, and gives its other patterns. The rows are nil if there are no
// prefixes, or too many.
func (m *maker) prefixes(a *attribute) (joined prefixes, others []pattern) {
	t := m.table
	var all []pattern
	for _, p := range a.patterns {
		if p.isPrefix() {
			all = append(all, p)
			joined.texts = append(joined.texts, p.pieces[0])
		} else {
			others = append(others, p)
		}
	}
	slices.Sort(joined.texts)
	joined.texts = slices.Compact(joined.texts)
	if len(all) == 0 || !m.afford(len(joined.texts)+1, len(all)) {
		return prefixes{}, a.patterns
	}
	row := func(text string, any bool) int32 {
		row := t.everyColumn()
		for i := range all {
			row = row.and(t.pairRow(all[i].holds, all[i].fails, any && strings.HasPrefix(text, all[i].pieces[0])))
		}
		return m.put(row)
	}
	joined.none = row("", false)
	for i, text := range joined.texts {
		joined.rows = append(joined.rows, row(text, true))
		up := int32(i) - 1
		for up >= 0 && !strings.HasPrefix(text, joined.texts[up]) {
			up = joined.up[up]
		}
		joined.up = append(joined.up, up)
	}
	for b := range 257 {
		joined.first = append(joined.first, int32(sort.Search(len(joined.texts), func(i int) bool {
			return joined.texts[i] != "" && int(joined.texts[i][0]) >= b
		})))
	}
	return joined, others
}

// row gives the row of a string.
func (p *prefixes) row(text string) int32 {
	at := p.first[0] - 1 // of the empty prefix, if that is one; else -1
	if text != "" {
		// Between a prefix of text and text itself, only what begins with that prefix can stand.
		low, high := p.first[text[0]], p.first[int(text[0])+1]
		for low < high {
			if middle := (low + high) / 2; p.texts[middle] > text {
				high = middle
			} else {
				low, at = middle+1, middle
			}
		}
	}
	for at >= 0 && !strings.HasPrefix(text, p.texts[at]) {
		at = p.up[at]
	}
	if at < 0 {
		return p.none
	}
	return p.rows[at]
}
