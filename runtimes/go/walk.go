package interlock

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// owns looks whether a decision was made by this table, or by another one of the same version.
func (t *Table) owns(d Decision) error {
	if d.table == nil {
		return errors.New("the decision was not made by a table")
	}
	if d.table != t && (d.table.version != t.version || d.table.policy != t.policy) {
		return errors.New("the decision is another table's: a walk ends with the table it began with")
	}
	return nil
}

func unknownClass(class ErrorClass) error {
	names := make([]string, classes)
	for i, name := range classNames {
		names[i] = string(name)
	}
	return fmt.Errorf("%q is no error class; these are: %s", string(class), strings.Join(names, ", "))
}

// After says where the request of a decision of this table goes after an error, once retries are spent. After a fail,
// errors change nothing. It is an error if the class is none of ErrorClasses (as "unavailable" is not), or if the
// decision was made by another version of the table, or by none.
func (t *Table) After(d Decision, class ErrorClass) (Decision, error) {
	index := slices.Index(classNames[:], class)
	if index < 0 {
		return Decision{}, unknownClass(class)
	}
	if err := t.owns(d); err != nil {
		return Decision{}, err
	}
	if d.fail != nil {
		return d, nil
	}
	d.table = t // one with the same version has the same states
	to := t.states[d.state].next[index]
	if to < 0 {
		d.fail, d.state = returned[index], -1
		d.pick()
		return d, nil
	}
	if d.enter(to); d.fail == nil {
		d.hop++
	}
	d.pick()
	return d, nil
}

// prepareWalks finds the sticky attributes, and the states from which a walk can come to a pool that they choose for.
func (t *Table) prepareWalks() {
	for i := range t.pools {
		if p := &t.pools[i]; p.maglev != nil && p.sticky >= 0 && !slices.Contains(t.sticky, p.sticky) {
			t.sticky = append(t.sticky, p.sticky)
		}
	}
	slices.Sort(t.sticky) // attributes are in name order
	for i := range t.pools {
		t.pools[i].position = slices.Index(t.sticky, t.pools[i].sticky)
	}
	before := make([][]int32, len(t.states))
	t.keyed = make([]bool, len(t.states))
	var waiting []int32
	for i := range t.states {
		from := &t.states[i]
		if from.pool < 0 {
			continue
		}
		if p := &t.pools[from.pool]; p.maglev != nil && p.sticky >= 0 {
			t.keyed[i] = true
			waiting = append(waiting, int32(i))
		}
		for _, to := range from.next {
			if to >= 0 {
				before[to] = append(before[to], int32(i))
			}
		}
	}
	for len(waiting) > 0 {
		last := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		for _, from := range before[last] {
			if !t.keyed[from] {
				t.keyed[from] = true
				waiting = append(waiting, from)
			}
		}
	}
}
