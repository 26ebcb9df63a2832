package interlock

import "math/bits"

// A judged request is one with all that is known of it: what explanations and records are written from.
type judged struct {
	decision Decision
	values   []value // the legal ones; nil for an invalid request
	column   int     // that decided; -1 if none
}

// judge decides plainly and slowly, over the rows as the table has them: what deciding fast is tested against. values
// is nil for what is no object.
func (t *Table) judge(values []value) judged {
	if values == nil {
		return judged{t.refused(notAnObject), nil, -1}
	}
	legal := make([]value, len(values))
	common := t.everyColumn()
	for i := range t.attributes {
		a := &t.attributes[i]
		var fault fault
		if legal[i], fault = a.legal(values[i]); fault != noFault {
			return judged{t.refused(a.invalid[fault]), nil, -1}
		}
		common = common.and(t.row(a, legal[i]))
	}
	found := judged{values: legal, column: -1}
	for i, word := range common {
		if word != 0 {
			found.column = i*64 + bits.TrailingZeros64(word)
			break
		}
	}
	found.decision.decided(t, found.column)
	if d := &found.decision; d.state >= 0 && t.keyed[d.state] {
		for i, attribute := range t.sticky {
			d.setSlot(i, slotOf(legal[attribute].key()))
		}
	}
	found.decision.pick()
	return found
}

// mapped gives the values of a request in the form of encoding/json; nil if it is no object.
func (t *Table) mapped(request map[string]any) []value {
	if request == nil {
		return nil
	}
	values := make([]value, len(t.attributes))
	for i := range t.attributes {
		values[i] = natural(request[t.attributes[i].name])
	}
	return values
}

// readText gives the values of a request's text; nil if it is no object.
func (t *Table) readText(text []byte) []value {
	if r := t.NewRequest(); r.read(text) {
		return r.values
	}
	return nil
}
