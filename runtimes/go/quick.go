package interlock

const (
	mostTried    = 8       // values that are compared one by one; more are looked up in a map
	fewCuts      = 4       // cuts that are searched without buckets
	mostBuckets  = 1024    // of an int
	mostCompared = 1 << 22 // bytes of an attribute's literals that are compared to make their rows ahead
)

// quick holds what deciding needs of an attribute besides what the table says: rows that are made ahead.
type quick struct {
	missing  int32            // the row where it is absent, or illegal and has a default; noRow if that is a fault
	buckets  buckets          // of an int
	index    map[string]int32 // where a value is in values, if many; of a set: in elements, noRow for its other values
	whole    []int32          // of a string: the rows of the literals, patterns and samples included; nil: not made
	nothing  int32            // of a set: the row of the empty one
	prefixes prefixes         // of a string
	patterns []pattern        // of a string: those that are not in prefixes
	single   []int32          // of a set: the rows of those with just one of elements; nil: not made
	invalid  [faults]*Invalid
}

// prepare makes what is made ahead, of a table that has all else.
func (t *Table) prepare() {
	t.rows.made, t.rows.budget, t.rows.kept = map[string]int32{}, mostMade, mostKept
	for i := range t.attributes {
		a := &t.attributes[i]
		a.fast = quick{missing: a.absent, nothing: noRow, invalid: a.invalids()}
		switch a.kind {
		case intType:
			a.fast.buckets = bucketsOf(a)
		case enumType:
			a.fast.index = indexOf(a.values)
		case stringType:
			a.fast.index = indexOf(a.values)
			if a.mayBeAbsent() && len(a.patterns)+len(a.samples) > 0 {
				a.fast.missing = t.rows.put(t.row(a, value{}))
			}
			t.joinPrefixes(a)
			t.foldLiterals(a)
		case setType:
			t.foldElements(a)
		}
		if a.hasDefault {
			a.fast.missing = t.rows.put(t.row(a, a.standIn))
		}
		t.most += 2 + len(a.fast.patterns) + len(a.samples) + len(a.elements)
	}
	t.rows.made = nil
}

// buckets finds the class of a number: bucket i of 2^shift numbers, from lo on, has the cuts start[i] to start[i+1].
type buckets struct {
	shift uint
	start []int32 // nil where there are few cuts
}

func bucketsOf(a *attribute) buckets {
	if len(a.cuts) <= fewCuts {
		return buckets{}
	}
	made := buckets{}
	for uint64(a.hi-a.lo)>>made.shift >= mostBuckets {
		made.shift++
	}
	count := int32(0)
	for i := range int64(uint64(a.hi-a.lo)>>made.shift + 1) {
		for int(count) < len(a.cuts) && a.cuts[count] <= a.lo+i<<made.shift {
			count++
		}
		made.start = append(made.start, count)
	}
	made.start = append(made.start, int32(len(a.cuts)))
	return made
}

// placeInt gives the row of a number from lo to hi.
func (a *attribute) placeInt(number int64) int32 {
	if a.fast.buckets.start == nil {
		return a.rows[cutsAtMost(a.cuts, number)]
	}
	bucket := uint64(number-a.lo) >> a.fast.buckets.shift
	first, last := a.fast.buckets.start[bucket], a.fast.buckets.start[bucket+1]
	return a.rows[int(first)+cutsAtMost(a.cuts[first:last], number)]
}

func indexOf(values []string) map[string]int32 {
	if len(values) <= mostTried {
		return nil
	}
	index := make(map[string]int32, len(values))
	for i, value := range values {
		index[value] = int32(i)
	}
	return index
}

func (t *Table) foldLiterals(a *attribute) {
	conditions := len(a.patterns) + len(a.samples)
	if conditions == 0 {
		a.fast.whole = a.rows
		return
	}
	bytes := 0
	for _, literal := range a.values {
		bytes += (len(literal) + 64) * conditions
	}
	if bytes > mostCompared || !t.rows.afford(len(a.values), conditions) {
		return
	}
	a.fast.whole = make([]int32, len(a.values))
	for i, literal := range a.values {
		a.fast.whole[i] = t.rows.put(t.row(a, value{kind: isText, text: literal}))
	}
}

func (t *Table) foldElements(a *attribute) {
	a.fast.nothing = t.rows.put(t.row(a, value{kind: isTexts}))
	if !a.hasDefault {
		a.fast.missing = a.fast.nothing
	}
	if !a.open || len(a.elements) > mostTried {
		a.fast.index = make(map[string]int32, len(a.values)+len(a.elements))
		for _, value := range a.values {
			a.fast.index[value] = noRow
		}
		for i, element := range a.elements {
			if _, known := a.fast.index[element.value]; known || a.open {
				a.fast.index[element.value] = int32(i)
			}
		}
	}
	if !t.rows.afford(len(a.elements), len(a.elements)) {
		return
	}
	a.fast.single = make([]int32, len(a.elements))
	for i, element := range a.elements {
		a.fast.single[i] = t.rows.put(t.row(a, value{kind: isTexts, texts: []string{element.value}}))
	}
}

// find gives the place of a text among an enum's values or a string's literals, or noRow.
func (a *attribute) find(text string) int32 {
	if a.fast.index != nil {
		if i, ok := a.fast.index[text]; ok {
			return i
		}
		return noRow
	}
	for i := range a.values {
		if a.values[i] == text {
			return int32(i)
		}
	}
	return noRow
}
