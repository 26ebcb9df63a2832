package interlock

import "slices"

var typeFields = map[string][]string{
	"bool":   {"false", "true", "absent"},
	"int":    {"lo", "hi", "cuts", "rows", "absent"},
	"enum":   {"enum", "open", "values", "rows", "other", "absent"},
	"string": {"literals", "rows", "other", "absent", "patterns", "samples"},
	"set":    {"enum", "open", "values", "elements"},
}

// checkAttribute reads one attribute; rows is how many rows the table has.
func checkAttribute(n *node, a *attribute, rows int) {
	object, ok := n.value.(map[string]any)
	if !ok {
		n.refuse(ReasonStructure, "must be an object")
	}
	if _, ok := object["type"]; !ok {
		n.refuse(ReasonStructure, "field \"type\" is missing")
	}
	kind := n.field("type").choice("bool", "int", "enum", "string", "set")
	common := []string{"name", "type", "optional", "default", "stability", "error", "source"}
	n.object(append(common, typeFields[kind]...)...)
	a.name = n.field("name").text()
	optional := n.field("optional").boolean()
	n.field("stability").choice("per session", "rising", "per turn")
	if points := n.field("error"); !points.isNull() {
		points.amount()
	}
	if source := n.field("source"); !source.isNull() {
		source.object("kind", "name")
		source.field("kind").choice("header", "body", "metadata", "gateway")
		source.field("name").text()
	}
	a.hasDefault = !n.field("default").isNull()
	a.absent, a.other = noRow, noRow
	if kind != "set" {
		a.absent = rowIf(n.field("absent"), optional && !a.hasDefault, rows, "where the attribute is optional and has no default")
	} else if optional {
		n.field("optional").refuse(ReasonStructure, "must be false for a set")
	}
	switch kind {
	case "bool":
		checkBool(n, a, rows)
	case "int":
		checkInt(n, a, rows)
	case "enum":
		checkEnum(n, a, rows)
	case "string":
		checkString(n, a, rows)
	case "set":
		checkSet(n, a, rows)
	}
}

func rowOf(n *node, rows int) int32 { return n.reference(rows, "rows") }

// rowIf is a row if so, else null; when says when that is.
func rowIf(n *node, so bool, rows int, when string) int32 {
	if so && n.isNull() {
		n.refuse(ReasonStructure, "must be a row; it is a row exactly %s", when)
	}
	if !so {
		if !n.isNull() {
			n.refuse(ReasonStructure, "must be null; it is a row exactly %s", when)
		}
		return noRow
	}
	return rowOf(n, rows)
}

func checkBool(n *node, a *attribute, rows int) {
	a.kind = boolType
	a.no, a.yes = rowOf(n.field("false"), rows), rowOf(n.field("true"), rows)
	if a.hasDefault {
		a.standIn = value{kind: isBool, flag: n.field("default").boolean()}
	}
}

func checkInt(n *node, a *attribute, rows int) {
	a.kind = intType
	a.lo = n.field("lo").integer(-maxInteger, maxInteger)
	a.hi = n.field("hi").integer(a.lo, maxInteger)
	cuts := n.field("cuts")
	for i := range cuts.list() {
		a.cuts = append(a.cuts, cuts.item(i).integer(a.lo+1, a.hi))
		if i > 0 && a.cuts[i-1] >= a.cuts[i] {
			cuts.item(i).refuse(ReasonStructure, "cuts must be in strictly rising order")
		}
	}
	a.rows = n.field("rows").references(len(a.cuts)+1, rows, "rows")
	if a.hasDefault {
		a.standIn = value{kind: isInt, number: n.field("default").integer(a.lo, a.hi)}
	}
}

func checkValues(n *node, a *attribute) {
	a.values = n.field("values").texts()
	n.field("values").distinct(a.values, "values")
	a.open = n.field("open").boolean()
	a.isEnum = n.field("enum").textOrNull().given || !a.open || len(a.values) > 0
}

func checkEnum(n *node, a *attribute, rows int) {
	a.kind = enumType
	checkValues(n, a)
	a.rows = n.field("rows").references(len(a.values), rows, "rows")
	a.other = rowIf(n.field("other"), a.open, rows, "in an open enum")
	if a.hasDefault {
		a.standIn = value{kind: isText, text: n.field("default").text()}
		if !a.open && !slices.Contains(a.values, a.standIn.text) {
			n.field("default").refuse(ReasonBounds, "must be one of the values")
		}
	}
}

func checkString(n *node, a *attribute, rows int) {
	a.kind = stringType
	a.values = n.field("literals").texts()
	n.field("literals").rising(a.values, "literals")
	a.rows = n.field("rows").references(len(a.values), rows, "rows")
	a.other = rowOf(n.field("other"), rows)
	if a.hasDefault {
		a.standIn = value{kind: isText, text: n.field("default").text()}
	}
	patterns := n.field("patterns")
	for i := range patterns.list() {
		item := patterns.item(i)
		item.object("pieces", "holds", "fails")
		made := pattern{item.field("pieces").texts(), rowOf(item.field("holds"), rows), rowOf(item.field("fails"), rows)}
		if len(made.pieces) < 2 {
			item.field("pieces").refuse(ReasonStructure, "must have at least 2 items, has %d", len(made.pieces))
		}
		a.patterns = append(a.patterns, made)
	}
	samples := n.field("samples")
	for i := range samples.list() {
		a.samples = append(a.samples, checkSample(samples.item(i), rows))
	}
}

func checkSample(n *node, rows int) sample {
	n.object("salt", "seed", "below", "holds", "fails")
	made := sample{
		salt:  n.field("salt").textOrNull(),
		seed:  uint32(n.field("seed").integer(0, 1<<32-1)),
		below: uint32(n.field("below").integer(0, 10_000)),
		holds: rowOf(n.field("holds"), rows),
		fails: rowOf(n.field("fails"), rows),
	}
	seed := uint32(0)
	if made.salt.given {
		seed = murmur3(made.salt.text, 0)
	}
	if made.seed != seed {
		n.field("seed").refuse(ReasonStructure, "is not the salt's")
	}
	return made
}

func checkSet(n *node, a *attribute, rows int) {
	a.kind = setType
	checkValues(n, a)
	if !a.open {
		a.members = make(map[string]bool, len(a.values))
		for _, text := range a.values {
			a.members[text] = true
		}
	}
	if a.hasDefault {
		a.standIn = value{kind: isTexts, texts: n.field("default").texts()}
		slices.Sort(a.standIn.texts)
		a.standIn.texts = slices.Compact(a.standIn.texts)
		if !a.open {
			for _, text := range a.standIn.texts {
				if !a.members[text] {
					n.field("default").refuse(ReasonBounds, "may hold only the values")
				}
			}
		}
	}
	elements := n.field("elements")
	var names []string
	for i := range elements.list() {
		item := elements.item(i)
		item.object("value", "holds", "fails")
		made := element{item.field("value").text(), rowOf(item.field("holds"), rows), rowOf(item.field("fails"), rows)}
		a.elements = append(a.elements, made)
		names = append(names, made.value)
	}
	elements.rising(names, "values")
}
