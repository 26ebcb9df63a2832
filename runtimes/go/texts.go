package interlock

// mostCompared is how many bytes of an attribute's literals are compared to make their rows ahead.
const mostCompared = 1 << 22

// texts is what a step needs of a string besides. Its rows are places.
type texts struct {
	whole    bool // whether the parts of literals are of their patterns and samples too
	prefixes prefixes
	patterns []pattern // that are not among prefixes
	samples  []sample
}

func (m *maker) text(a *attribute, s *step) {
	t := m.table
	s.known, s.missing, s.other = lookupOf(a.values), noRow, m.of(a.other)
	if a.mayBeAbsent() {
		s.missing = m.put(t.row(a, value{}))
	}
	conditions := len(a.patterns) + len(a.samples)
	bytes := 0
	for _, literal := range a.values {
		bytes += (len(literal) + 64) * conditions
	}
	s.texts.whole = bytes <= mostCompared && m.afford(len(a.values), conditions)
	for i, literal := range a.values {
		if s.texts.whole {
			s.parts = append(s.parts, m.put(t.row(a, value{kind: isText, text: literal})))
		} else {
			s.parts = append(s.parts, m.of(a.rows[i]))
		}
	}
	var patterns []pattern
	s.texts.prefixes, patterns = m.prefixes(a, s.texts.whole)
	for _, p := range patterns {
		p.holds, p.fails = m.of(p.holds), m.of(p.fails)
		s.texts.patterns = append(s.texts.patterns, p)
	}
	for _, p := range a.samples {
		p.holds, p.fails = m.of(p.holds), m.of(p.fails)
		s.texts.samples = append(s.texts.samples, p)
	}
	m.more += 1 + len(patterns) + len(a.samples)
}

// placeText adds the rows of a legal string, which is the literal found, if that is not noRow.
func (s *step) placeText(text string, found int32, selected []int32) []int32 {
	x := &s.texts
	switch {
	case found != noRow && x.whole:
		selected[s.at] = s.parts[found]
		return selected
	case found != noRow:
		selected[s.at] = s.parts[found]
	case !x.whole || x.prefixes.rows == nil:
		selected[s.at] = s.other
	}
	if x.prefixes.rows != nil {
		if row := x.prefixes.row(text); x.whole { // then it has other's columns in it
			selected[s.at] = row
		} else {
			selected = append(selected, row)
		}
	}
	for i := range x.patterns {
		p := &x.patterns[i]
		selected = append(selected, pick(p.like(text), p.holds, p.fails))
	}
	var hash, seed uint32
	for i := range x.samples {
		p := &x.samples[i]
		if i == 0 || p.seed != seed { // samples of one salt mostly stand together
			hash, seed = murmur3(text, p.seed)%10_000, p.seed
		}
		selected = append(selected, pick(hash < p.below, p.holds, p.fails))
	}
	return selected
}

func pick(so bool, holds, fails int32) int32 {
	if so {
		return holds
	}
	return fails
}
