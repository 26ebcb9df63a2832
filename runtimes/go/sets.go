package interlock

import "unicode/utf8"

// mostMasked is of how many elements a set has a row for each choice of them.
const mostMasked = 6

// A set is what a step needs of a set besides. Its rows are places.
type set struct {
	elements     []int32 // of what is known: its place among the elements; noRow if it is none
	count        int     // of elements
	holds, fails []int32 // by element, where there are many; where there are few, the parts are by the elements' bits
	single       []int32 // of the sets with just one of many elements; nil: not made
}

func (m *maker) set(a *attribute, s *step) {
	s.set = &set{}
	known := append([]string(nil), a.values...)
	place := make(map[string]int, len(known))
	for i, text := range known {
		place[text] = i
		s.set.elements = append(s.set.elements, noRow)
	}
	for i, e := range a.elements {
		if at, isValue := place[e.value]; isValue {
			s.set.elements[at] = int32(i)
		} else if a.open { // in a closed set, no request may have it
			known = append(known, e.value)
			s.set.elements = append(s.set.elements, int32(i))
		}
	}
	s.known, s.set.count = lookupOf(known), len(a.elements)
	row := func(is func(element int) bool) int32 {
		var texts []string // which rise, as the elements do
		for i, e := range a.elements {
			if is(i) {
				texts = append(texts, e.value)
			}
		}
		return m.put(m.table.row(a, value{kind: isTexts, texts: texts}))
	}
	if len(a.elements) <= mostMasked && m.afford(1<<len(a.elements), len(a.elements)) {
		for mask := range 1 << len(a.elements) {
			s.parts = append(s.parts, row(func(i int) bool { return mask>>i&1 == 1 }))
		}
		return
	}
	s.loose, m.more = true, m.more+len(a.elements)
	for _, e := range a.elements {
		s.set.holds = append(s.set.holds, m.of(e.holds))
		s.set.fails = append(s.set.fails, m.of(e.fails))
	}
	s.parts = []int32{row(func(int) bool { return false })}
	if m.afford(len(a.elements), len(a.elements)) {
		for i := range a.elements {
			s.set.single = append(s.set.single, row(func(j int) bool { return j == i }))
		}
	}
}

// placeSet adds the rows of a list.
func (s *step) placeSet(texts []string, selected []int32) ([]int32, fault) {
	// Which of the elements are there is told by a bit each: room enough for most policies.
	var room [4]uint64
	present := room[:]
	if words := (s.set.count + 63) / 64; words > len(room) {
		present = make([]uint64, words)
	}
	unknown, count, last := false, 0, int32(0)
	for _, text := range texts {
		known := s.known.find(text).text
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
	case !s.loose:
		selected[s.at] += s.parts[present[0]]
	case count == 0:
		selected[s.at] = s.parts[0]
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
