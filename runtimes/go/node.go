package interlock

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const maxInteger = 1<<53 - 1

// A node is a value of a table's tree and the way to it, which is only spelt out when it is refused.
type node struct {
	value any
	up    *node
	name  string // of a field; "" for an item
	index int
}

func (n *node) where() string {
	switch {
	case n.up == nil:
		return "table"
	case n.name == "":
		return n.up.where() + "[" + strconv.Itoa(n.index) + "]"
	case n.up.up == nil:
		return n.name
	}
	return n.up.where() + "." + n.name
}

func (n *node) refuse(reason Reason, format string, arguments ...any) {
	refuse(reason, "%s: %s", n.where(), fmt.Sprintf(format, arguments...))
}

// object checks that the value is an object with exactly these fields.
func (n *node) object(names ...string) {
	object, ok := n.value.(map[string]any)
	if !ok {
		n.refuse(ReasonStructure, "must be an object")
	}
	for _, name := range names {
		if _, ok := object[name]; !ok {
			n.refuse(ReasonStructure, "field %q is missing", name)
		}
	}
	n.only(names...)
}

// only checks that the value is an object with no fields but these.
func (n *node) only(names ...string) {
	object, ok := n.value.(map[string]any)
	if !ok {
		n.refuse(ReasonStructure, "must be an object")
	}
	unknown := ""
	found := false
	for name := range object {
		if !slices.Contains(names, name) && (!found || name < unknown) {
			unknown, found = name, true
		}
	}
	if found {
		n.refuse(ReasonStructure, "unknown field %.80q", unknown)
	}
}

// field is a field of an object that has been checked.
func (n *node) field(name string) *node {
	object, _ := n.value.(map[string]any)
	return &node{value: object[name], up: n, name: name}
}

func (n *node) isNull() bool { return n.value == nil }

func (n *node) list() []any {
	list, ok := n.value.([]any)
	if !ok {
		n.refuse(ReasonStructure, "must be a list")
	}
	return list
}

// sized is a list of so many items.
func (n *node) sized(size int) []any {
	list := n.list()
	if len(list) != size {
		n.refuse(ReasonStructure, "must have %d items, has %d", size, len(list))
	}
	return list
}

// limited is a list of at most so many items.
func (n *node) limited(most int) []any {
	list := n.list()
	if len(list) > most {
		n.refuse(ReasonLimit, "has %d items, the limit is %d", len(list), most)
	}
	return list
}

func (n *node) item(i int) *node { return &node{value: n.value.([]any)[i], up: n, index: i} }

func (n *node) text() string {
	text, ok := n.value.(string)
	if !ok {
		n.refuse(ReasonStructure, "must be a string")
	}
	return text
}

// textOrNull is a string and whether there is one.
func (n *node) textOrNull() nullable {
	if n.isNull() {
		return nullable{}
	}
	return nullable{n.text(), true}
}

// texts is a list of strings.
func (n *node) texts() []string {
	list := n.list()
	texts := make([]string, len(list))
	for i := range list {
		text, ok := list[i].(string)
		if !ok {
			n.item(i).refuse(ReasonStructure, "must be a string")
		}
		texts[i] = text
	}
	return texts
}

func (n *node) boolean() bool {
	value, ok := n.value.(bool)
	if !ok {
		n.refuse(ReasonStructure, "must be true or false")
	}
	return value
}

func (n *node) choice(choices ...string) string {
	text := n.text()
	if !slices.Contains(choices, text) {
		n.refuse(ReasonStructure, "must be one of %s", strings.Join(choices, ", "))
	}
	return text
}

// integer is a number from lo to hi.
func (n *node) integer(lo, hi int64) int64 {
	value, ok := n.value.(int64)
	if _, long := n.value.(longInteger); !ok && !long {
		n.refuse(ReasonStructure, "must be an integer")
	}
	if !ok || value < lo || value > hi {
		n.refuse(ReasonBounds, "must lie in %d..=%d", lo, hi)
	}
	return value
}

// amount is a number that is not negative.
func (n *node) amount() int64 { return n.integer(0, maxInteger) }

// reference is an index into a list of size entries that is called of.
func (n *node) reference(size int, of string) int32 {
	value, ok := n.value.(int64)
	if _, long := n.value.(longInteger); !ok && !long {
		n.refuse(ReasonStructure, "must be an index into %s", of)
	}
	if !ok || value < 0 || value >= int64(size) {
		n.refuse(ReasonBounds, "index out of bounds, %s has %d entries", of, size)
	}
	return int32(value)
}

// references is a list of count indices into a list of size entries that is called of.
func (n *node) references(count, size int, of string) []int32 {
	list := n.sized(count)
	found := make([]int32, count)
	for i := range list {
		value, ok := list[i].(int64)
		if !ok || value < 0 || value >= int64(size) {
			n.item(i).reference(size, of) // refuses
		}
		found[i] = int32(value)
	}
	return found
}

// rising checks that texts stand in strictly rising order by code point.
func (n *node) rising(texts []string, what string) {
	for i := 1; i < len(texts); i++ {
		if texts[i-1] >= texts[i] {
			refuse(ReasonStructure, "%s[%d]: %s must be in strictly rising order", n.where(), i, what)
		}
	}
}

// distinct checks that no two texts are equal.
func (n *node) distinct(texts []string, what string) {
	seen := make(map[string]bool, len(texts))
	for _, text := range texts {
		if seen[text] {
			n.refuse(ReasonStructure, "%s must be distinct", what)
		}
		seen[text] = true
	}
}
