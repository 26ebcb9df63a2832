package interlock

import "slices"

// A Record is what a log keeps of a decision (docs/record.md): enough to explain it later with the same table, and
// nothing of the request's own texts.
type Record struct {
	// Decision is the one after the errors.
	Decision Decision
	// After has the errors met so far.
	After []ErrorClass
	// Attributes says what each attribute was, in name order; nil for an invalid request.
	Attributes []Recorded
	// Slots has each attribute by which pools of several members are sticky, with where its value falls, in name
	// order; nil for an invalid request.
	Slots []RecordedSlot
}

// A Recorded says what an attribute was, the default where it stood in.
type Recorded struct {
	Name string
	// Value is nil if it was absent; a bool; an int64; for an enum the string, if the policy declares it, or an
	// Undeclared; for a string a RecordedText; for a set the indices []int, rising, of the elements it held.
	Value any
}

// Undeclared stands for a value of an open enum that the policy does not declare.
type Undeclared struct{}

// A RecordedText is what is kept of a string: indices into the attribute's lists, rising.
type RecordedText struct {
	Literal int // -1 if it is none
	Like    []int
	Sample  []int
}

// A RecordedSlot is where an attribute's value falls in a Maglev table, 0 to 4098.
type RecordedSlot struct {
	Name string
	Slot int
}

// Record is the record of the decision on a request after these errors; it fails as After does.
func (t *Table) Record(request map[string]any, after ...ErrorClass) (Record, error) {
	return t.record(t.mapped(request), after)
}

// RecordText is Record for the text of a request, as DecideText reads it.
func (t *Table) RecordText(text []byte, after ...ErrorClass) (Record, error) {
	return t.record(t.readText(text), after)
}

// Record is the record of the decision on the request after these errors; it fails as Table.After does.
func (r *Request) Record(after ...ErrorClass) (Record, error) { return r.table.record(r.values, after) }

func (t *Table) record(values []value, after []ErrorClass) (Record, error) {
	found := t.judge(values)
	made := Record{Decision: found.decision, After: slices.Clone(after)}
	for _, class := range after {
		var err error
		if made.Decision, err = t.After(made.Decision, class); err != nil {
			return Record{}, err
		}
	}
	if found.values == nil {
		return made, nil
	}
	made.Attributes = make([]Recorded, len(t.attributes))
	for i := range t.attributes {
		made.Attributes[i] = Recorded{t.attributes[i].name, t.attributes[i].recorded(found.values[i])}
	}
	made.Slots = make([]RecordedSlot, len(t.sticky))
	for i, attribute := range t.sticky {
		made.Slots[i] = RecordedSlot{t.attributes[attribute].name, int(slotOf(found.values[attribute].key()))}
	}
	return made, nil
}

// recorded is what a record keeps of a legal value.
func (a *attribute) recorded(v value) any {
	switch {
	case a.kind == setType:
		held := []int{}
		for i := range a.elements {
			if _, is := slices.BinarySearch(v.texts, a.elements[i].value); is {
				held = append(held, i)
			}
		}
		return held
	case v.kind == isAbsent:
		return nil
	case a.kind == boolType:
		return v.flag
	case a.kind == intType:
		return v.number
	case a.kind == enumType:
		if slices.Contains(a.values, v.text) {
			return v.text
		}
		return Undeclared{}
	}
	text := RecordedText{Literal: slices.Index(a.values, v.text)}
	for i := range a.patterns {
		if a.patterns[i].matches(v) {
			text.Like = append(text.Like, i)
		}
	}
	for i := range a.samples {
		if a.samples[i].takes(v) {
			text.Sample = append(text.Sample, i)
		}
	}
	return text
}

// JSON is the record as canonical JSON: equal records are equal bytes.
func (r Record) JSON() []byte {
	head := appendList([]byte(`,"after":`), r.After, appendClass)
	head = append(head, `,"attributes":`...)
	tail := []byte(`,"slots":`)
	if r.Attributes == nil {
		head, tail = append(head, "null"...), append(tail, "null"...)
	} else {
		for i, attribute := range r.Attributes {
			head = append(appendText(append(head, mark(i)), attribute.Name), ':')
			head = appendRecorded(head, attribute.Value)
		}
		head = appendClose(head, len(r.Attributes))
		for i, slot := range r.Slots {
			tail = append(appendText(append(tail, mark(i)), slot.Name), ':')
			tail = appendInt(tail, slot.Slot)
		}
		tail = appendClose(tail, len(r.Slots))
	}
	return append(r.Decision.appendFields([]byte{'{'}, string(head), string(tail)), '}')
}

// String is the record as JSON.
func (r Record) String() string { return string(r.JSON()) }

// MarshalJSON makes encoding/json write a record as JSON does, but for the escapes of HTML that it adds.
func (r Record) MarshalJSON() ([]byte, error) { return r.JSON(), nil }

func mark(i int) byte {
	if i == 0 {
		return '{'
	}
	return ','
}

func appendClose(out []byte, members int) []byte {
	if members == 0 {
		out = append(out, '{')
	}
	return append(out, '}')
}

func appendRecorded(out []byte, given any) []byte {
	switch given := given.(type) {
	case Undeclared:
		return append(out, "false"...)
	case []int:
		return appendList(out, given, appendInt)
	case RecordedText:
		out = append(appendList(append(out, `{"like":`...), given.Like, appendInt), `,"literal":`...)
		if given.Literal < 0 {
			out = append(out, "null"...)
		} else {
			out = appendInt(out, given.Literal)
		}
		return append(appendList(append(out, `,"sample":`...), given.Sample, appendInt), '}')
	}
	return appendTree(out, given)
}
