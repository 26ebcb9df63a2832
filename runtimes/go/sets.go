package interlock

import "unicode/utf8"

// A set is what a step needs of a set besides. Its rows are places.
type set struct {
	elements     []int32 // of what is known: its place among the elements; noRow if it is none
	holds, fails []int32 // by element
	empty        int32
	single       []int32 // of the sets with just one of the elements; nil: not made
}

func (m *maker) set(a *attribute, s *step) {
	s.set = &set{empty: m.put(m.table.row(a, value{kind: isTexts}))}
	s.missing = s.set.empty
	known := append([]string(nil), a.values...)
	place := make(map[string]int, len(known))
	for i, text := range known {
		place[text] = i
		s.set.elements = append(s.set.elements, noRow)
	}
	for i, e := range a.elements {
		s.set.holds = append(s.set.holds, m.of(e.holds))
		s.set.fails = append(s.set.fails, m.of(e.fails))
		if at, isValue := place[e.value]; isValue {
			s.set.elements[at] = int32(i)
		} else if a.open { // in a closed set, no request may have it
			known = append(known, e.value)
			s.set.elements = append(s.set.elements, int32(i))
		}
	}
	s.known = lookupOf(known)
	m.more += len(a.elements)
	if m.afford(len(a.elements), len(a.elements)) {
		for _, e := range a.elements {
			s.set.single = append(s.set.single, m.put(m.table.row(a, value{kind: isTexts, texts: []string{e.value}})))
		}
	}
}

// placeSet adds the rows of a list.
func (s *step) placeSet(texts []string, selected []int32) ([]int32, fault) {
	// Which of the elements are there is told by a bit each: room enough for most policies.
	var room [4]uint64
	present := room[:]
	if words := (len(s.set.holds) + 63) / 64; words > len(room) {
		present = make([]uint64, words)
	}
	unknown, count, last := false, 0, int32(0)
	for _, text := range texts {
		known := s.known.find(text)
		if known == noRow {
			if !utf8.ValidString(text) {
				return selected, wrongType
			}
			unknown = unknown || !s.open
			continue
		}
		if at := s.set.elements[known]; at != noRow && present[at>>6]>>(at&63)&1 == 0 {
			present[at>>6] |= 1 << (at & 63)
			count, last = count+1, at
		}
	}
	switch {
	case unknown:
		return selected, unknownValue
	case count == 0:
		selected[s.at] = s.set.empty
	case count == 1 && s.set.single != nil:
		selected[s.at] = s.set.single[last]
	default:
		for i, row := range s.set.holds {
			if present[i>>6]>>(i&63)&1 == 0 {
				row = s.set.fails[i]
			}
			selected = append(selected, row)
		}
	}
	return selected, noFault
}
