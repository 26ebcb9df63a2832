package interlock

import "unicode/utf8"

// place adds to the selected rows those of all values, or tells what is wrong with one. It is selected that is given
// back, longer where an attribute has several rows.
func (t *Table) place(values []value, selected []int32) ([]int32, *Invalid) {
	for i := range t.steps {
		s, v := &t.steps[i], &values[i]
		if v.kind == s.wants {
			switch s.kind {
			case boolType:
				no := 0
				if v.flag {
					no = 1
				}
				selected[s.at] += s.parts[no]
				continue
			case intType:
				if offset := uint64(v.number - s.numbers.lo); offset <= s.numbers.span {
					selected[s.at] += s.numbers.part(offset, s.parts)
					continue
				}
			case enumType:
				if found := s.known.find(v.text); found.text != noRow {
					selected[s.at] += found.part
					continue
				}
			case stringType:
				if found := s.known.find(v.text); found.text != noRow || utf8.ValidString(v.text) {
					selected = s.placeText(v.text, found, selected)
					continue
				}
			}
		}
		var fault fault
		if selected, fault = s.placeRare(v, selected); fault != noFault {
			return selected, t.attributes[i].invalid[fault]
		}
	}
	for len(selected)%4 > 0 {
		selected = append(selected, 0)
	}
	if t.cells != nil {
		selected[t.cell] = t.cells[selected[t.cell]]
	}
	return selected, nil
}

// placeRare places a value that is absent, illegal, of an open enum but none of its values, or a set.
func (s *step) placeRare(v *value, selected []int32) ([]int32, fault) {
	if v.kind == isAbsent {
		return s.settle(missing, s.missing, selected)
	}
	wrong := wrongType
	switch s.kind {
	case intType:
		if v.kind == isInt || v.kind == isHuge {
			wrong = outOfRange
		}
	case enumType:
		if v.kind == isText && utf8.ValidString(v.text) {
			if s.open {
				return s.settle(unknownValue, s.other, selected)
			}
			wrong = unknownValue
		}
	case setType:
		if v.kind == isTexts {
			if selected, wrong = s.placeSet(v.texts, selected); wrong == noFault {
				return selected, noFault
			}
		}
	}
	return s.settle(wrong, s.illegal, selected)
}

// settle adds a part that stands for a value with a fault, if there is one.
func (s *step) settle(wrong fault, part int32, selected []int32) ([]int32, fault) {
	if part == noRow {
		return selected, wrong
	}
	selected[s.at] += part
	return selected, noFault
}
