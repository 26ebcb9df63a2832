package interlock

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
	r := t.request()
	defer t.done(r)
	for i := range t.attributes {
		// The usual values are put in place here: to copy what natural gives takes a third of the time.
		switch given := request[t.attributes[i].name].(type) {
		case nil:
		case string:
			r.SetString(i, given)
		case float64:
			if whole := int64(given); float64(whole) == given && -1<<53 <= whole && whole <= 1<<53 {
				r.SetInt(i, whole)
			} else {
				r.values[i] = float(given)
			}
		case bool:
			r.SetBool(i, given)
		case []any:
			r.setItems(i, given)
		default:
			r.values[i] = natural(given)
		}
	}
	return r.Decide()
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

// decided fills in an empty decision: that of a column, or of none, without the slots of the request's keys.
func (d *Decision) decided(t *Table, column int) {
	d.table, d.fail, d.rule, d.state = t, noRule, -1, -1
	if column >= 0 {
		end := &t.ends[column]
		d.fail, d.rule, d.state = end.fail, end.rule, end.state
	}
}

// An ending is a decision without slots.
type ending struct {
	fail        *failure
	rule, state int32
	chooses     bool // whether slots, or a member, are to be chosen
}

func (t *Table) prepareEnds() {
	t.ends = make([]ending, len(t.columns))
	for i, c := range t.columns {
		d := Decision{table: t, rule: c.rule}
		d.enter(c.state)
		t.ends[i] = ending{d.fail, d.rule, d.state, d.state >= 0 && (t.keyed[d.state] || d.pool().maglev != nil)}
	}
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
