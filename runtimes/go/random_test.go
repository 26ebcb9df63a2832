package interlock

import (
	"fmt"
	"math"
	"math/rand"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// words are what random tables and requests make their strings of: few enough that they often meet.
var words = []string{"", "a", "ab", "abc", "b", "ba", "é", "日本", "\x00", "a*b", "abab", "x-1", "\U0001F600"}

func someWords(rng *rand.Rand, most int) []string {
	var some []string
	for range rng.Intn(most + 1) {
		some = append(some, words[rng.Intn(len(words))]+words[rng.Intn(len(words))])
	}
	sort.Strings(some)
	return slices.Compact(some)
}

func anyList[T any](items []T) []any {
	list := make([]any, len(items))
	for i, item := range items {
		list[i] = item
	}
	return list
}

// A tableMaker makes random tables that are right as the format says, if not what any compiler would write.
type tableMaker struct {
	*rand.Rand
	columns int
	rows    []any
}

// row puts in a random row with most of the columns, some, or only late ones.
func (m *tableMaker) row() any {
	if len(m.rows) > 3 && m.Intn(3) == 0 {
		return int64(m.Intn(len(m.rows)))
	}
	row := make(bitset, (m.columns+63)/64)
	chance := []float64{0.02, 0.5, 0.97}[m.Intn(3)]
	from := 0
	if m.Intn(4) == 0 {
		from = m.Intn(m.columns + 1)
	}
	for i := from; i < m.columns; i++ {
		if m.Float64() < chance {
			row[i>>6] |= 1 << (i & 63)
		}
	}
	text := hexOf(row.trimmed())
	for i, other := range m.rows {
		if other == text {
			return int64(i)
		}
	}
	m.rows = append(m.rows, text)
	return int64(len(m.rows) - 1)
}

func hexOf(row bitset) string {
	text := ""
	for _, word := range row {
		text = fmt.Sprintf("%016x", word) + text
	}
	if text = strings.TrimLeft(text, "0"); text == "" {
		return "0"
	}
	return text
}

func (m *tableMaker) rowList(count int) []any {
	list := make([]any, count)
	for i := range list {
		list[i] = m.row()
	}
	return list
}

func (m *tableMaker) pair(object map[string]any) map[string]any {
	object["holds"], object["fails"] = m.row(), m.row()
	return object
}

func (m *tableMaker) attribute(name string) map[string]any {
	kind := []string{"bool", "int", "enum", "string", "set"}[m.Intn(5)]
	optional := kind != "set" && m.Intn(2) == 0
	a := map[string]any{
		"name": name, "type": kind, "optional": optional, "default": nil, "stability": "per turn",
		"error": nil, "source": nil,
	}
	hasDefault := m.Intn(3) == 0
	if kind != "set" {
		a["absent"] = nil
		if optional && !hasDefault {
			a["absent"] = m.row()
		}
	}
	m.further(a, kind, hasDefault)
	return a
}

func (m *tableMaker) further(a map[string]any, kind string, hasDefault bool) {
	values := someWords(m.Rand, 12)
	if len(values) == 0 {
		values = []string{"v"}
	}
	open := m.Intn(2) == 0
	var standIn any
	switch kind {
	case "bool":
		a["false"], a["true"] = m.row(), m.row()
		standIn = m.Intn(2) == 0
	case "int":
		lo := int64(m.Intn(20) - 10)
		hi := lo + int64(m.Intn(40))
		var cuts []any
		for cut := lo + 1; cut <= hi; cut++ {
			if m.Intn(4) == 0 {
				cuts = append(cuts, cut)
			}
		}
		a["lo"], a["hi"], a["cuts"], a["rows"] = lo, hi, anyList(cuts), m.rowList(len(cuts)+1)
		standIn = lo
	case "enum":
		m.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
		a["enum"], a["open"], a["values"], a["other"] = "e", open, anyList(values), nil
		a["rows"] = m.rowList(len(values))
		if open {
			a["other"] = m.row()
		}
		standIn = values[0]
	case "string":
		literals := someWords(m.Rand, 12)
		patterns, samples := []any{}, []any{}
		for range m.Intn(5) {
			pieces := []any{words[m.Intn(len(words))], words[m.Intn(len(words))]}
			if m.Intn(2) == 0 {
				pieces[1] = ""
			}
			if m.Intn(3) == 0 {
				pieces = append(pieces, words[m.Intn(len(words))])
			}
			patterns = append(patterns, m.pair(map[string]any{"pieces": pieces}))
		}
		for range m.Intn(5) {
			salt := words[m.Intn(2)]
			samples = append(samples, m.pair(map[string]any{
				"salt": salt, "seed": int64(murmur3(salt, 0)), "below": int64(m.Intn(10_001)),
			}))
		}
		a["literals"], a["rows"], a["other"] = anyList(literals), m.rowList(len(literals)), m.row()
		a["patterns"], a["samples"] = patterns, samples
		standIn = words[m.Intn(len(words))]
	case "set":
		elements := []any{}
		for _, value := range someWords(m.Rand, 12) {
			elements = append(elements, m.pair(map[string]any{"value": value}))
		}
		a["enum"], a["open"], a["values"], a["elements"] = nil, open, anyList(values), elements
		standIn = []any{values[0], values[len(values)-1], values[0]}
	}
	if hasDefault {
		a["default"] = standIn
	}
}

// table makes the tree of a table with so many columns.
func (m *tableMaker) table() map[string]any {
	m.rows = nil
	var attributes, columns, rules, states, places []any
	place := map[string]any{"doc": nil, "file": int64(0), "start": []any{int64(1), int64(1)}, "end": []any{int64(1), int64(2)}}
	for i := range 1 + m.Intn(6) {
		attributes = append(attributes, m.attribute(string(rune('a'+i))))
		places = append(places, place)
	}
	for i := range m.columns {
		if i == 0 || m.Intn(3) > 0 {
			rules = append(rules, "r"+strconv.Itoa(len(rules)))
		}
		columns = append(columns, []any{int64(len(rules) - 1), int64(m.Intn(3))})
	}
	for i := range 3 {
		states = append(states, map[string]any{"fail": map[string]any{"status": int64(400 + i), "message": nil}})
	}
	rulePlaces := make([]any, len(rules))
	for i := range rulePlaces {
		rulePlaces[i] = place
	}
	tree := map[string]any{
		"format": "interlock-table", "format_version": int64(1), "policy": "random", "attributes": anyList(attributes),
		"rows": anyList(m.rows), "columns": anyList(columns), "rules": anyList(rules), "states": states,
		"invalid": int64(0), "pools": []any{}, "upstreams": []any{}, "models": []any{},
		"source": map[string]any{
			"files": []any{"f"}, "policy": place, "rules": rulePlaces, "attributes": places,
			"pools": []any{}, "upstreams": []any{}, "models": []any{},
		},
	}
	seal(tree)
	return tree
}

// seal puts in the hashes of a tree.
func seal(tree map[string]any) {
	tree["version"] = sum(tree, "version", "digest", "source")
	tree["digest"] = sum(tree, "digest")
}

// someRequest is a random request to a table, most of its values legal.
func someRequest(rng *rand.Rand, t *Table) map[string]any {
	request := map[string]any{}
	for i := range t.attributes {
		if a := &t.attributes[i]; rng.Intn(8) > 0 {
			request[a.name] = someValue(rng, a)
		}
	}
	return request
}

func someValue(rng *rand.Rand, a *attribute) any {
	word := func() string {
		if len(a.values) > 0 && rng.Intn(2) == 0 {
			return a.values[rng.Intn(len(a.values))]
		}
		if len(a.elements) > 0 && rng.Intn(2) == 0 {
			return a.elements[rng.Intn(len(a.elements))].value
		}
		return words[rng.Intn(len(words))] + words[rng.Intn(len(words))]
	}
	if rng.Intn(12) == 0 {
		return []any{
			nil, true, 1.5, 7.0, "a", "\xff", []any{}, []any{"a", 1.0}, []any{"\xff"}, map[string]any{}, math.NaN(),
			math.Inf(1), 1e300, -1e15, []any{nil}, uint64(math.MaxUint64), []any(nil), []string(nil),
		}[rng.Intn(18)]
	}
	switch a.kind {
	case boolType:
		return rng.Intn(2) == 0
	case intType:
		number := a.lo - 1 + rng.Int63n(a.hi-a.lo+3)
		switch rng.Intn(3) {
		case 0:
			return int(number)
		case 1:
			return number
		}
		return float64(number)
	case setType:
		list := []any{}
		texts := []string{}
		for range rng.Intn(5) {
			texts = append(texts, word())
			list = append(list, texts[len(texts)-1])
		}
		if rng.Intn(4) == 0 {
			return texts
		}
		return list
	}
	return word()
}
