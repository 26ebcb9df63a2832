package interlock

import "sync"

// room is how many rows are selected without memory of their own, a multiple of four; enough for some sixty attributes
// and conditions.
const room = 64

var larger = sync.Pool{New: func() any { return new([]int32) }}

// Decide says where a request goes. Its values are as encoding/json gives them, or as Go code would write them: bool,
// any number type, string, []any of strings or []string (a nil slice is an empty list), json.Number; nil is absent.
// A nil map is no object: it is what encoding/json makes of null.
//
// Decide never fails: of a request that is not as the policy declares, the policy says where it goes, and
// Decision.Invalid what is wrong with it. A string that is no UTF-8 is of the wrong type.
func (t *Table) Decide(request map[string]any) Decision {
	if request == nil {
		return t.refused(notAnObject)
	}
	var room [room]int32
	selected := room[:0]
	if t.most > len(room) {
		scratch := t.scratch()
		defer larger.Put(scratch)
		selected = *scratch
	}
	for i := range t.attributes {
		a := &t.attributes[i]
		given := request[a.name]
		if row := a.oneNatural(given); row != noRow {
			selected = append(selected, row)
			continue
		}
		var fault fault
		if selected, fault = t.placeNatural(a, given, selected); fault != noFault {
			return t.refused(a.fast.invalid[fault])
		}
	}
	d := t.decided(t.rows.first(selected))
	if d.state >= 0 && t.keyed[d.state] {
		for i, attribute := range t.sticky {
			a := &t.attributes[attribute]
			v := natural(request[a.name])
			d.setSlot(i, a.slot(&v))
		}
	}
	d.pick()
	return d
}

// scratch is memory for as many rows as a decision selects.
func (t *Table) scratch() *[]int32 {
	scratch := larger.Get().(*[]int32)
	if need := (t.most + 3) / 4 * 4; cap(*scratch) < need { // first takes rows in fours
		*scratch = make([]int32, 0, need)
	}
	return scratch
}

// slot is where a value of a valid request falls in a Maglev table, the default where that stands in.
func (a *attribute) slot(v *value) uint16 {
	if a.hasDefault {
		if _, fault := a.checked(*v); fault != noFault {
			return a.standIn.slot()
		}
	}
	return v.slot()
}

// refused is the decision on an invalid request.
func (t *Table) refused(invalid *Invalid) Decision {
	d := Decision{table: t, invalid: invalid, rule: -1}
	d.enter(t.invalid)
	d.pick()
	return d
}

// decided is the decision of a column, or of none, without the slots of the request's keys.
func (t *Table) decided(column int) Decision {
	if column < 0 {
		return Decision{table: t, fail: noRule, rule: -1, state: -1}
	}
	found := t.columns[column]
	d := Decision{table: t, rule: found.rule}
	d.enter(found.state)
	return d
}

// enter puts the decision into a state.
func (d *Decision) enter(to int32) {
	if at := &d.table.states[to]; at.pool < 0 {
		d.fail, d.state = &at.fail, -1
	} else {
		d.state = to
	}
}

// setSlot keeps the slot of the sticky attribute i; slots are set in order.
func (d *Decision) setSlot(i int, slot uint16) {
	if i < inline {
		d.slots[i] = slot
	} else {
		d.more += string([]byte{byte(slot >> 8), byte(slot)})
	}
}

// slot gives the slot of the sticky attribute i: 0, which is that of the empty key, in a walk without keys.
func (d *Decision) slot(i int) uint16 {
	if i < inline {
		return d.slots[i]
	}
	if at := (i - inline) * 2; at < len(d.more) {
		return uint16(d.more[at])<<8 | uint16(d.more[at+1])
	}
	return 0
}

// pick puts in the member that the decision's slots choose.
func (d *Decision) pick() {
	d.member = 0
	if p := d.pool(); p != nil && p.maglev != nil {
		d.member = p.maglev[d.poolSlot(p)]
	}
}

func (d *Decision) poolSlot(p *pool) uint16 {
	if p.sticky < 0 {
		return 0
	}
	return d.slot(p.position)
}
