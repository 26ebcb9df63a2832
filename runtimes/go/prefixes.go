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
	rows  []int32  // of a string whose longest prefix this is
	none  int32    // of a string that has none of them; noRow if there are none
	first []int32  // 257: those that begin with byte b are texts[first[b]:first[b+1]]
}

func (p *pattern) isPrefix() bool { return len(p.pieces) == 2 && p.pieces[1] == "" }

// joinPrefixes makes the prefixes of an attribute, and keeps the other patterns apart.
func (t *Table) joinPrefixes(a *attribute) {
	joined := prefixes{none: noRow}
	var all []pattern
	for _, p := range a.patterns {
		if p.isPrefix() {
			all = append(all, p)
			joined.texts = append(joined.texts, p.pieces[0])
		} else {
			a.fast.patterns = append(a.fast.patterns, p)
		}
	}
	slices.Sort(joined.texts)
	joined.texts = slices.Compact(joined.texts)
	if len(all) == 0 || !t.rows.afford(len(joined.texts)+1, len(all)) {
		a.fast.prefixes = prefixes{none: noRow}
		a.fast.patterns = a.patterns
		return
	}
	row := func(text string, any bool) int32 {
		row := t.everyColumn()
		for i := range all {
			row = row.and(t.pairRow(all[i].holds, all[i].fails, any && strings.HasPrefix(text, all[i].pieces[0])))
		}
		return t.rows.put(row)
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
	a.fast.prefixes = joined
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
