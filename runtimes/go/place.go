package interlock

import (
	"slices"
	"unicode/utf8"
)

// place adds to selected the rows of a value, or tells its fault.
func (t *Table) place(a *attribute, v *value, selected []int32) ([]int32, fault) {
	if v.kind == isAbsent {
		return a.settle(missing, selected)
	}
	longer, fault := t.placeGiven(a, v, selected)
	if fault != noFault {
		return a.settle(fault, selected)
	}
	return longer, noFault
}

// settle adds the row that stands in for a value with a fault, if there is one.
func (a *attribute) settle(wrong fault, selected []int32) ([]int32, fault) {
	if a.fast.missing != noRow && (wrong == missing || a.hasDefault) {
		return append(selected, a.fast.missing), noFault
	}
	return selected, wrong
}

// one gives the row of a value that has just one, the usual case; noRow leaves the value to place.
func (a *attribute) one(v *value) int32 {
	switch v.kind {
	case isAbsent:
		return a.fast.missing
	case isInt:
		if a.kind == intType && v.number >= a.lo && v.number <= a.hi {
			return a.placeInt(v.number)
		}
	case isBool:
		if a.kind == boolType {
			if v.flag {
				return a.yes
			}
			return a.no
		}
	case isText:
		if a.kind == enumType {
			if found := a.find(v.text); found != noRow {
				return a.rows[found]
			}
		}
	}
	return noRow
}

// oneNatural is one for a value as encoding/json gives it.
func (a *attribute) oneNatural(given any) int32 {
	switch given := given.(type) {
	case nil:
		return a.fast.missing
	case string:
		if a.kind == enumType {
			if found := a.find(given); found != noRow {
				return a.rows[found]
			}
		}
	case float64:
		// One beyond the int64s may become any of them, but not one from lo to hi that is equal to it.
		if number := int64(given); a.kind == intType && float64(number) == given && number >= a.lo && number <= a.hi {
			return a.placeInt(number)
		}
	case bool:
		if a.kind == boolType {
			if given {
				return a.yes
			}
			return a.no
		}
	}
	return noRow
}

// placeNatural is place for a value as encoding/json gives it.
func (t *Table) placeNatural(a *attribute, given any, selected []int32) ([]int32, fault) {
	if list, isList := given.([]any); isList { // natural would copy it
		wrong := wrongType
		if a.kind == setType {
			longer, fault := t.placeSet(a, nil, list, selected)
			if fault == noFault {
				return longer, noFault
			}
			wrong = fault
		}
		return a.settle(wrong, selected)
	}
	v := natural(given)
	return t.place(a, &v, selected)
}

// placeGiven is place for a value that is not absent and no default stands in for.
func (t *Table) placeGiven(a *attribute, v *value, selected []int32) ([]int32, fault) {
	switch a.kind {
	case boolType:
		if v.kind != isBool {
			return selected, wrongType
		}
		if v.flag {
			return append(selected, a.yes), noFault
		}
		return append(selected, a.no), noFault
	case intType:
		if v.kind == isInt && v.number >= a.lo && v.number <= a.hi {
			return append(selected, a.placeInt(v.number)), noFault
		}
		if v.kind == isInt || v.kind == isHuge {
			return selected, outOfRange
		}
		return selected, wrongType
	case setType:
		if v.kind != isTexts {
			return selected, wrongType
		}
		return t.placeSet(a, v.texts, nil, selected)
	}
	if v.kind != isText {
		return selected, wrongType
	}
	found := a.find(v.text)
	if found == noRow && !utf8.ValidString(v.text) {
		return selected, wrongType
	}
	if a.kind == stringType {
		return t.placeText(a, v.text, found, selected), noFault
	}
	switch {
	case found != noRow:
		return append(selected, a.rows[found]), noFault
	case a.open:
		return append(selected, a.other), noFault
	}
	return selected, unknownValue
}

// placeText adds the rows of a legal string, which is the literal found, if that is not noRow.
func (t *Table) placeText(a *attribute, text string, found int32, selected []int32) []int32 {
	switch {
	case found == noRow:
		selected = append(selected, a.other)
	case a.fast.whole != nil:
		return append(selected, a.fast.whole[found])
	default:
		selected = append(selected, a.rows[found])
	}
	if a.fast.prefixes.none != noRow {
		selected = append(selected, a.fast.prefixes.row(text))
	}
	for i := range a.fast.patterns {
		p := &a.fast.patterns[i]
		if p.like(text) {
			selected = append(selected, p.holds)
		} else {
			selected = append(selected, p.fails)
		}
	}
	var hash, seed uint32
	for i := range a.samples {
		s := &a.samples[i]
		if i == 0 || s.seed != seed { // samples of one salt mostly stand together
			hash, seed = murmur3(text, s.seed)%10_000, s.seed
		}
		if hash < s.below {
			selected = append(selected, s.holds)
		} else {
			selected = append(selected, s.fails)
		}
	}
	return selected
}

// placeSet adds the rows of a list, which is either texts or items.
func (t *Table) placeSet(a *attribute, texts []string, items []any, selected []int32) ([]int32, fault) {
	// Which of elements are there is told by a bit each: room enough for most policies.
	var room [4]uint64
	present := room[:]
	if words := (len(a.elements) + 63) / 64; words > len(room) {
		present = make([]uint64, words)
	}
	unknown, count, last := false, 0, int32(0)
	for i := range max(len(texts), len(items)) {
		var text string
		if items == nil {
			text = texts[i]
		} else if item, ok := items[i].(string); ok {
			text = item
		} else {
			return selected, wrongType
		}
		at, known := a.findElement(text)
		if !known {
			if !utf8.ValidString(text) {
				return selected, wrongType
			}
			unknown = unknown || !a.open
		}
		if at != noRow && present[at>>6]>>(at&63)&1 == 0 {
			present[at>>6] |= 1 << (at & 63)
			count, last = count+1, at
		}
	}
	switch {
	case unknown:
		return selected, unknownValue
	case count == 0:
		return append(selected, a.fast.nothing), noFault
	case count == 1 && a.fast.single != nil:
		return append(selected, a.fast.single[last]), noFault
	}
	for i := range a.elements {
		if present[i>>6]>>(i&63)&1 == 1 {
			selected = append(selected, a.elements[i].holds)
		} else {
			selected = append(selected, a.elements[i].fails)
		}
	}
	return selected, noFault
}

// findElement gives the place of a text among a set's elements, or noRow, and whether the table has the text at all.
func (a *attribute) findElement(text string) (at int32, known bool) {
	if a.fast.index != nil {
		if at, known = a.fast.index[text]; !known {
			at = noRow
		}
		return at, known
	}
	at = int32(slices.IndexFunc(a.elements, func(e element) bool { return e.value == text }))
	return at, at != noRow
}
