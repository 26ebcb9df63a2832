package interlock

// A step is what placing an attribute's values needs, close together. What a value adds to the selected rows is its
// part: the place of a row, or, where the attribute is joined with others, what it adds to the number of a cell.
type step struct {
	kind    attributeType
	wants   valueKind
	open    bool
	at      int32 // where among the selected rows its own stands
	missing int32 // the part where it is absent; noRow if that is a fault
	illegal int32 // the part of the default; noRow if there is none
	other   int32 // the part of other texts than an enum's values, a string's literals
	parts   []int32
	numbers numbers // of an int
	known   lookup  // an enum's values, a string's literals, a set's values and elements
	texts   texts   // of a string
	set     *set
}

var wanted = [...]valueKind{boolType: isBool, intType: isInt, enumType: isText, stringType: isText, setType: isTexts}

// prepare makes what is made ahead, of a table that has all else.
func (t *Table) prepare() {
	m := newMaker(t)
	t.steps = make([]step, len(t.attributes))
	for i := range t.attributes {
		a, s := &t.attributes[i], &t.steps[i]
		a.invalid = a.invalids()
		s.kind, s.wants, s.open = a.kind, wanted[a.kind], a.open
		if a.isPlain() {
			s.plain(a)
			continue
		}
		s.illegal, s.other = noRow, noRow
		if a.kind == setType {
			m.set(a, s)
		} else {
			m.text(a, s)
		}
		if a.hasDefault {
			s.illegal = m.put(t.row(a, a.standIn))
			s.missing = s.illegal
		}
	}
	m.join()
	t.fast = m.fast
	t.prepareEnds()
}

// isPlain says whether each value of the attribute has one of the table's own rows.
func (a *attribute) isPlain() bool { return a.kind != stringType && a.kind != setType }

// plain fills in the step with the table's rows as parts, until they are joined.
func (s *step) plain(a *attribute) {
	s.parts, s.other, s.missing, s.illegal = a.rows, noRow, a.absent, noRow
	switch a.kind {
	case boolType:
		s.parts = []int32{a.no, a.yes}
	case intType:
		s.numbers = numbersOf(a)
	case enumType:
		s.known, s.other = lookupOf(a.values), a.other
	}
	if a.hasDefault {
		s.illegal = a.class(a.standIn)
		s.missing = s.illegal
	}
}

// renumber puts other parts in the place of these.
func (s *step) renumber(part func(int32) int32) {
	to := func(old int32) int32 {
		if old == noRow {
			return noRow
		}
		return part(old)
	}
	parts := make([]int32, len(s.parts))
	for i, old := range s.parts {
		parts[i] = to(old)
	}
	s.parts, s.other, s.missing, s.illegal = parts, to(s.other), to(s.missing), to(s.illegal)
	s.numbers.settle(parts)
}
