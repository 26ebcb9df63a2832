package interlock

import (
	"slices"
	"unicode/utf8"
)

const (
	mostTried    = 8       // values that are compared one by one; more are looked up in a map
	fewCuts      = 4       // cuts that are searched without buckets
	mostBuckets  = 1024    // of an int
	mostCompared = 1 << 22 // bytes of an attribute's literals that are compared to make their rows ahead
)

// quick holds what deciding needs of an attribute besides what the table says: rows that are made ahead.
type quick struct {
	missing  int32            // the row where it is absent, or illegal and has a default; noRow if that is a fault
	buckets  buckets          // of an int
	index    map[string]int32 // where a value is in values, if many; of a set: in elements, noRow for its other values
	whole    []int32          // of a string: the rows of the literals, patterns and samples included; nil: not made
	nothing  int32            // of a set: the row of the empty one
	prefixes prefixes         // of a string
	patterns []pattern        // of a string: those that are not in prefixes
	single   []int32          // of a set: the rows of those with just one of elements; nil: not made
	invalid  [faults]*Invalid
}

// prepare makes what is made ahead, of a table that has all else.
func (t *Table) prepare() {
	t.rows.made, t.rows.budget, t.rows.kept = map[string]int32{}, mostMade, mostKept
	for i := range t.attributes {
		a := &t.attributes[i]
		a.fast = quick{missing: a.absent, nothing: noRow, invalid: a.invalids()}
		switch a.kind {
		case intType:
			a.fast.buckets = bucketsOf(a)
		case enumType:
			a.fast.index = indexOf(a.values)
		case stringType:
			a.fast.index = indexOf(a.values)
			if a.mayBeAbsent() && len(a.patterns)+len(a.samples) > 0 {
				a.fast.missing = t.rows.put(t.row(a, value{}))
			}
			t.joinPrefixes(a)
			t.foldLiterals(a)
		case setType:
			t.foldElements(a)
		}
		if a.hasDefault {
			a.fast.missing = t.rows.put(t.row(a, a.standIn))
		}
		t.most += 2 + len(a.fast.patterns) + len(a.samples) + len(a.elements)
	}
	t.rows.made = nil
}

// buckets finds the class of a number: bucket i of 2^shift numbers, from lo on, has the cuts start[i] to start[i+1].
type buckets struct {
	shift uint
	start []int32 // nil where there are few cuts
}

func bucketsOf(a *attribute) buckets {
	if len(a.cuts) <= fewCuts {
		return buckets{}
	}
	made := buckets{}
	for uint64(a.hi-a.lo)>>made.shift >= mostBuckets {
		made.shift++
	}
	count := int32(0)
	for i := range int64(uint64(a.hi-a.lo)>>made.shift + 1) {
		for int(count) < len(a.cuts) && a.cuts[count] <= a.lo+i<<made.shift {
			count++
		}
		made.start = append(made.start, count)
	}
	made.start = append(made.start, int32(len(a.cuts)))
	return made
}

// placeInt gives the row of a number from lo to hi.
func (a *attribute) placeInt(number int64) int32 {
	if a.fast.buckets.start == nil {
		return a.rows[cutsAtMost(a.cuts, number)]
	}
	bucket := uint64(number-a.lo) >> a.fast.buckets.shift
	first, last := a.fast.buckets.start[bucket], a.fast.buckets.start[bucket+1]
	return a.rows[int(first)+cutsAtMost(a.cuts[first:last], number)]
}

func indexOf(values []string) map[string]int32 {
	if len(values) <= mostTried {
		return nil
	}
	index := make(map[string]int32, len(values))
	for i, value := range values {
		index[value] = int32(i)
	}
	return index
}

func (t *Table) foldLiterals(a *attribute) {
	conditions := len(a.patterns) + len(a.samples)
	if conditions == 0 {
		a.fast.whole = a.rows
		return
	}
	bytes := 0
	for _, literal := range a.values {
		bytes += (len(literal) + 64) * conditions
	}
	if bytes > mostCompared || !t.rows.afford(len(a.values), conditions) {
		return
	}
	a.fast.whole = make([]int32, len(a.values))
	for i, literal := range a.values {
		a.fast.whole[i] = t.rows.put(t.row(a, value{kind: isText, text: literal}))
	}
}

func (t *Table) foldElements(a *attribute) {
	a.fast.nothing = t.rows.put(t.row(a, value{kind: isTexts}))
	if !a.hasDefault {
		a.fast.missing = a.fast.nothing
	}
	if !a.open || len(a.elements) > mostTried {
		a.fast.index = make(map[string]int32, len(a.values)+len(a.elements))
		for _, value := range a.values {
			a.fast.index[value] = noRow
		}
		for i, element := range a.elements {
			if _, known := a.fast.index[element.value]; known || a.open {
				a.fast.index[element.value] = int32(i)
			}
		}
	}
	if !t.rows.afford(len(a.elements), len(a.elements)) {
		return
	}
	a.fast.single = make([]int32, len(a.elements))
	for i, element := range a.elements {
		a.fast.single[i] = t.rows.put(t.row(a, value{kind: isTexts, texts: []string{element.value}}))
	}
}

// find gives the place of a text among an enum's values or a string's literals, or noRow.
func (a *attribute) find(text string) int32 {
	if a.fast.index != nil {
		if i, ok := a.fast.index[text]; ok {
			return i
		}
		return noRow
	}
	for i := range a.values {
		if a.values[i] == text {
			return int32(i)
		}
	}
	return noRow
}

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
