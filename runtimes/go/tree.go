package interlock

import (
	"strconv"
	"unicode/utf8"
)

const (
	maxBytes  = 64 << 20
	maxDepth  = 16 // a table has 8
	maxValues = 20_000_000
)

// A longInteger is an integer of more digits than an int64 surely holds: legal JSON, and out of every bound.
type longInteger string

// A tree is the JSON of a table: nil, bool, int64, longInteger, string, []any and map[string]any.
// A treeReader makes one, and refuses what no table may have.
type treeReader struct {
	scanner
	values int
}

// parseTree reads the text of a table up to what is no JSON object; refuses with ReasonJSON or ReasonLimit.
func parseTree(data []byte) map[string]any {
	if len(data) > maxBytes {
		refuse(ReasonLimit, "table: is larger than %d bytes", maxBytes)
	}
	if !utf8.Valid(data) {
		refuse(ReasonJSON, "table: is not UTF-8")
	}
	r := &treeReader{scanner: scanner{data: data}}
	value := r.value(1)
	must(r.end())
	object, ok := value.(map[string]any)
	if !ok {
		refuse(ReasonJSON, "table: must be a JSON object")
	}
	return object
}

func must(err error) {
	if err != nil {
		refuse(ReasonJSON, "table: is not JSON: %v", err)
	}
}

func (r *treeReader) value(depth int) any {
	if r.values++; r.values > maxValues {
		refuse(ReasonLimit, "table: has more than %d values", maxValues)
	}
	switch c := r.next(); {
	case depth > maxDepth && (c == '{' || c == '['):
		refuse(ReasonJSON, "table: is nested more than %d deep", maxDepth)
	case c == '{':
		return r.object(depth)
	case c == '[':
		return r.list(depth)
	case c == '"':
		return r.plain()
	case c == '-' || '0' <= c && c <= '9':
		return r.integer()
	}
	word, err := r.word()
	must(err)
	switch word {
	case "true":
		return true
	case "false":
		return false
	}
	return nil
}

func (r *treeReader) plain() string {
	text, lone, err := r.text()
	must(err)
	if lone {
		refuse(ReasonJSON, "table: a string has a lone surrogate")
	}
	return string(text)
}

func (r *treeReader) integer() any {
	written, integer, err := r.number()
	must(err)
	if !integer {
		refuse(ReasonJSON, "table: holds %.40s; the only numbers are integers", written)
	}
	if len(written) > 18 {
		return longInteger(written)
	}
	n, err := strconv.ParseInt(string(written), 10, 64)
	must(err)
	return n
}

func (r *treeReader) list(depth int) []any {
	r.pos++
	list := []any{}
	if r.next() == ']' {
		r.pos++
		return list
	}
	for {
		list = append(list, r.value(depth+1))
		if r.next() == ']' {
			r.pos++
			return list
		}
		must(r.expect(','))
	}
}

func (r *treeReader) object(depth int) map[string]any {
	r.pos++
	object := map[string]any{}
	if r.next() == '}' {
		r.pos++
		return object
	}
	for {
		if r.next() != '"' {
			must(r.errorf("expected a key"))
		}
		key := r.plain()
		if _, twice := object[key]; twice {
			refuse(ReasonJSON, "table: an object has the key %.80q twice", key)
		}
		must(r.expect(':'))
		object[key] = r.value(depth + 1)
		if r.next() == '}' {
			r.pos++
			return object
		}
		must(r.expect(','))
	}
}
