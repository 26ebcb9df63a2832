package interlock

// A step is what placing an attribute's values needs, close together. What a value adds to the selected rows is its
// part: the place of a row, or, where the attribute is joined with others, what it adds to the number of a cell.
type step struct {
	kind    attributeType
	wants   valueKind
	open    bool
	loose   bool  // whether values may select other rows besides
	at      int32 // where among the selected rows its own stands
	missing int32 // the part where it is absent; noRow if that is a fault
	illegal int32 // the part of the default; noRow if there is none
	other   int32 // the part of other texts than an enum's values, a string's literals; noRow in a closed enum
	parts   []int32
	numbers numbers // of an int
	known   lookup  // an enum's values, a string's literals, a set's values and elements
	texts   *texts  // of a string
	set     *set
}

var wanted = [...]valueKind{boolType: isBool, intType: isInt, enumType: isText, stringType: isText, setType: isTexts}

// prepare makes what is made ahead, of a table that has all else.
func (t *Table) prepare() { t.prepareWithin(mostMade, mostKept) }

func (t *Table) prepareWithin(made, kept int) {
	m := newMaker(t, made, kept)
	t.cells, t.steps = nil, make([]step, len(t.attributes))
	for i := range t.attributes {
		a, s := &t.attributes[i], &t.steps[i]
		a.invalid = a.invalids()
		s.kind, s.wants, s.open, s.other = a.kind, wanted[a.kind], a.open, noRow
		s.missing, s.illegal = noRow, noRow
		if a.hasDefault {
			s.illegal = m.put(t.row(a, a.standIn))
			s.missing = s.illegal
		} else if a.kind == setType || a.mayBeAbsent() {
			absent, _ := a.legal(value{})
			s.missing = m.put(t.row(a, absent))
		}
		switch a.kind {
		case boolType:
			s.parts = []int32{m.of(a.no), m.of(a.yes)}
		case intType:
			s.numbers, s.parts = numbersOf(a), m.all(a.rows)
		case enumType:
			s.known, s.parts = lookupOf(a.values), m.all(a.rows)
			if a.open {
				s.other = m.of(a.other)
			}
		case stringType:
			m.text(a, s)
		case setType:
			m.set(a, s)
		}
	}
	m.join()
	for i := range t.steps {
		s := &t.steps[i]
		switch s.kind {
		case intType:
			s.numbers.settle(s.parts)
		case enumType, stringType:
			s.known.settle(s.parts)
		}
	}
	t.fast = m.fast
	t.prepareEnds()
}

// each does something with each part.
func (s *step) each(do func(part *int32)) {
	for _, part := range []*int32{&s.missing, &s.illegal, &s.other} {
		if *part != noRow {
			do(part)
		}
	}
	all := [][]int32{s.parts}
	if s.kind == stringType {
		all = append(all, s.texts.prefixes.rows, s.texts.lead.rows)
		if s.texts.prefixes.rows != nil {
			do(&s.texts.prefixes.none)
		}
	}
	for _, parts := range all {
		for i := range parts {
			do(&parts[i])
		}
	}
}
