package interlock

// mostCompared is how many bytes of an attribute's literals are compared to make their rows ahead.
const mostCompared = 1 << 22

// texts is what a step needs of a string besides. Its rows are places.
type texts struct {
	whole    bool // whether the parts of literals are of patterns and samples too, and one row stands for other texts:
	prefixes prefixes
	lead     sampled // or this one's, if there are no prefixes but samples

	samples  []sampled // not lead
	patterns []pattern // not among prefixes
}

func (m *maker) text(a *attribute, s *step) {
	t, x := m.table, &texts{}
	s.texts = x
	s.known, s.other = lookupOf(a.values), m.of(a.other)
	var patterns []pattern
	x.prefixes, patterns = m.prefixes(a)
	for _, p := range patterns {
		p.holds, p.fails = m.of(p.holds), m.of(p.fails)
		x.patterns = append(x.patterns, p)
	}
	x.samples = m.samples(a.samples)
	s.parts, x.whole = m.literals(a, x)
	if other := t.rows[a.other]; x.whole && x.prefixes.rows != nil {
		x.prefixes.rows, x.prefixes.none = m.within(other, x.prefixes.rows), m.within(other, []int32{x.prefixes.none})[0]
	} else if x.whole && len(x.samples) > 0 {
		x.lead, x.samples = x.samples[0], x.samples[1:]
		x.lead.rows = m.within(other, x.lead.rows)
	}
	more := len(x.samples) + len(x.patterns)
	if !x.whole && x.prefixes.rows != nil {
		more++
	}
	s.loose, m.more = more > 0, m.more+more
}

// literals gives the rows of the literals, and whether those of patterns and samples are in them: if that is no great
// work.
func (m *maker) literals(a *attribute, x *texts) (rows []int32, whole bool) {
	bytes := 0
	for _, literal := range a.values {
		bytes += (len(literal) + 64) * (len(x.patterns) + len(x.samples) + 1)
	}
	if bytes > mostCompared || !m.afford(len(a.values), len(x.patterns)+len(x.samples)+1) {
		return m.all(a.rows), false
	}
	for i, literal := range a.values {
		row := m.table.rows[a.rows[i]].clone()
		for _, place := range x.others(literal, nil) {
			row = row.and(m.words[place])
		}
		rows = append(rows, m.put(row))
	}
	return rows, true
}

// within gives rows that have only the columns of one.
func (m *maker) within(one bitset, rows []int32) []int32 {
	made := make([]int32, len(rows))
	for i, row := range rows {
		made[i] = m.put(one.clone().and(m.words[row]))
	}
	return made
}

// others adds the rows of a text's prefix, samples and patterns, less those that one row stands for.
func (x *texts) others(text string, selected []int32) []int32 {
	if !x.whole && x.prefixes.rows != nil {
		selected = append(selected, x.prefixes.row(text))
	}
	for i := range x.samples {
		selected = append(selected, x.samples[i].row(text))
	}
	for i := range x.patterns {
		p := &x.patterns[i]
		if p.like(text) {
			selected = append(selected, p.holds)
		} else {
			selected = append(selected, p.fails)
		}
	}
	return selected
}

// placeText adds the rows of a legal string, which is the literal found, if that is not noRow.
func (s *step) placeText(text string, found *slot, selected []int32) []int32 {
	x := s.texts
	switch {
	case found.text != noRow:
		selected[s.at] += found.part
		if x.whole {
			return selected
		}
	case x.whole && x.prefixes.rows != nil:
		selected[s.at] += x.prefixes.row(text)
	case x.lead.rows != nil:
		selected[s.at] += x.lead.row(text)
	default:
		selected[s.at] += s.other
	}
	if s.loose {
		selected = x.others(text, selected)
	}
	return selected
}
