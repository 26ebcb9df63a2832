package interlock

import "slices"

// An Explanation says why a request goes where it does, and what would follow.
type Explanation struct {
	// Decision is the decision on the request, before any error.
	Decision Decision
	// Earlier has the rules before the deciding one, all of them if none decided; none for an invalid request.
	Earlier []Earlier
	// Matched has the conditions that the deciding column sets.
	Matched []Condition
	// Walk has the hops that errors can lead to, breadth-first from the decision's; none for a fail.
	Walk []Step
	// Pick says how the pool's member was picked; nil for a pool of one, and for a fail.
	Pick *Pick
	// Place is where the deciding rule is written; nil if none decided.
	Place *Place
}

// A Condition is one on one attribute.
type Condition struct {
	Attribute string
	// Value is the request's, or the default that stands in for it: nil if absent, a bool, an int64, a string, or the
	// []string of a set, each once and sorted.
	Value any
	// Needs is the condition in the policy language.
	Needs string
}

// An Earlier is a rule that did not decide, with a condition that failed for each way in which it could have held. A
// rule without any can never hold.
type Earlier struct {
	Rule  string
	Unmet []Condition
}

// A Step is a hop of the walk.
type Step struct {
	Pool, Upstream, Model string // the member this request would get there
	Retry                 int
	Next                  []Next
}

// A Next says where errors of some classes lead: to a step of the walk, or, if Step is -1, to a Fail, or, if that is
// nil too, back to the client as they are.
type Next struct {
	Classes []ErrorClass
	Step    int
	Fail    *Fail
	end     failure
}

// A Pick says how a member of a pool of several was picked.
type Pick struct {
	Sticky string // the attribute; empty if the pool has none
	Key    string
	Slot   int // 0 to 4098
	Member string
	Shares []Share
	sticky nullable
}

// A Share is how many of the 4099 slots a member has.
type Share struct {
	Member string
	Slots  int
}

// Explain says why a request goes where Decide sends it. It may take long, and never fails.
func (t *Table) Explain(request map[string]any) Explanation { return t.explain(t.mapped(request)) }

// ExplainText says why a request goes where DecideText sends it.
func (t *Table) ExplainText(text []byte) Explanation { return t.explain(t.readText(text)) }

// Explain says why the request goes where Decide sends it.
func (r *Request) Explain() Explanation { return r.table.explain(r.values) }

func (t *Table) explain(values []value) Explanation {
	found := t.judge(values)
	made := Explanation{Decision: found.decision}
	rule := len(t.rules)
	if found.column >= 0 {
		rule = int(t.columns[found.column].rule)
		place := t.places[rule]
		made.Place = &place
		for i := range t.attributes {
			a := &t.attributes[i]
			for _, need := range t.needs(a, found.column, found.values[i]) {
				made.Matched = append(made.Matched, Condition{a.name, found.values[i].plain(), need.text})
			}
		}
	}
	if found.values != nil {
		made.Earlier = t.earlier(found.values, rule)
	}
	made.Walk = t.walk(found.decision)
	made.Pick = t.pick(found)
	return made
}

// plain is a legal value as Go has it.
func (v *value) plain() any {
	switch v.kind {
	case isBool:
		return v.flag
	case isInt:
		return v.number
	case isText:
		return v.text
	case isTexts:
		return slices.Clone(v.texts)
	}
	return nil
}

// earlier says what failed in the columns of the first rules.
func (t *Table) earlier(values []value, rules int) []Earlier {
	rows := make([]bitset, len(t.attributes))
	for i := range t.attributes {
		rows[i] = t.row(&t.attributes[i], values[i])
	}
	made := make([]Earlier, 0, rules)
	column := 0
	for rule := 0; rule < rules; rule++ {
		var lists unmetLists
		for ; column < len(t.columns) && int(t.columns[column].rule) == rule; column++ {
			var failed []Condition
			for i := range t.attributes {
				if rows[i].has(column) {
					continue
				}
				a := &t.attributes[i]
				for _, need := range t.needs(a, column, values[i]) {
					if !need.met {
						failed = append(failed, Condition{a.name, values[i].plain(), need.text})
					}
				}
			}
			lists.add(failed)
		}
		made = append(made, Earlier{t.rules[rule], lists.told()})
	}
	return made
}

// unmetLists are the lists of the conditions that failed in each column of a rule.
type unmetLists struct {
	numbers map[[2]string]int // of attribute and condition, in which two conditions on one request differ
	firsts  []Condition
	sets    [][]int // the numbers of a list, sorted
}

func (u *unmetLists) add(failed []Condition) {
	if u.numbers == nil {
		u.numbers = map[[2]string]int{}
	}
	set := make([]int, len(failed))
	for i, condition := range failed {
		key := [2]string{condition.Attribute, condition.Needs}
		number, ok := u.numbers[key]
		if !ok {
			number = len(u.numbers)
			u.numbers[key] = number
		}
		set[i] = number
	}
	slices.Sort(set)
	u.firsts = append(u.firsts, failed[0]) // a column that does not hold fails somewhere
	u.sets = append(u.sets, slices.Compact(set))
}

// told gives the first condition of each list, each once, less the lists that have all of another and more: of the
// columns of `opus[home]`, the one for the request's own home is told, not that its home should have been another too.
func (u *unmetLists) told() []Condition {
	order := make([]int, len(u.sets))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return len(u.sets[a]) - len(u.sets[b]) })
	var least [][]int
	kept := make([]bool, len(u.sets))
	for _, i := range order {
		kept[i] = !slices.ContainsFunc(least, func(set []int) bool {
			return len(set) < len(u.sets[i]) && isSubset(set, u.sets[i])
		})
		if kept[i] && !slices.ContainsFunc(least, func(set []int) bool { return slices.Equal(set, u.sets[i]) }) {
			least = append(least, u.sets[i])
		}
	}
	var told []Condition
	for i, first := range u.firsts {
		if kept[i] && !slices.ContainsFunc(told, func(c Condition) bool {
			return c.Attribute == first.Attribute && c.Needs == first.Needs
		}) {
			told = append(told, first)
		}
	}
	return told
}

// isSubset says whether all of a are in b; both are sorted.
func isSubset(a, b []int) bool {
	for _, number := range b {
		if len(a) > 0 && a[0] == number {
			a = a[1:]
		}
	}
	return len(a) == 0
}

// walk lists the hops that can follow, each state once.
func (t *Table) walk(d Decision) []Step {
	if d.fail != nil {
		return nil
	}
	order := []int32{d.state}
	index := map[int32]int{d.state: 0}
	var steps []Step
	for i := 0; i < len(order); i++ { // order grows as hops are met
		at := d
		at.state = order[i]
		at.pick()
		step := Step{Pool: at.Pool(), Upstream: at.Upstream(), Model: at.Model(), Retry: at.Retry()}
		for class, to := range t.states[order[i]].next {
			next := Next{Step: -1}
			if to >= 0 && t.states[to].pool < 0 {
				next.end = t.states[to].fail
				next.Fail = &Fail{next.end.status, next.end.message.text}
			} else if to >= 0 {
				if _, met := index[to]; !met {
					index[to] = len(order)
					order = append(order, to)
				}
				next.Step = index[to]
			}
			same := slices.IndexFunc(step.Next, func(n Next) bool { return n.Step == next.Step && n.end == next.end })
			if same < 0 {
				same = len(step.Next)
				step.Next = append(step.Next, next)
			}
			step.Next[same].Classes = append(step.Next[same].Classes, classNames[class])
		}
		steps = append(steps, step)
	}
	return steps
}

func (t *Table) pick(found judged) *Pick {
	p := found.decision.pool()
	if p == nil || p.maglev == nil {
		return nil
	}
	made := &Pick{Member: p.members[found.decision.member].name}
	if p.sticky >= 0 {
		made.sticky = nullable{t.attributes[p.sticky].name, true}
		made.Sticky = made.sticky.text
		if found.values != nil {
			made.Key = found.values[p.sticky].key()
		}
	}
	made.Slot = int(slotOf(made.Key))
	for i := range p.members {
		made.Shares = append(made.Shares, Share{Member: p.members[i].name})
	}
	for _, member := range p.maglev {
		made.Shares[member].Slots++
	}
	return made
}
