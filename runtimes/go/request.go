package interlock

import "unicode/utf8"

// A Request holds the values of one request by attribute: the quickest form to decide on, as nothing is looked up by
// name and nothing allocated. It may be used again and again, by one goroutine at a time, and belongs to one table.
type Request struct {
	table    *Table
	values   []value
	selected []int32    // room for rows
	lists    [][]string // memory of lists
}

// NewRequest makes a request without any value.
func (t *Table) NewRequest() *Request {
	return &Request{table: t, values: make([]value, len(t.attributes)), selected: make([]int32, t.most)}
}

// Attribute gives the number by which a Request of this table knows an attribute; ok is false if there is none of that
// name. Another version of the table may have other numbers.
func (t *Table) Attribute(name string) (number int, ok bool) {
	number, ok = t.index[name]
	return number, ok
}

// Reset makes all attributes absent.
func (r *Request) Reset() { clear(r.values) }

// Unset makes an attribute absent.
func (r *Request) Unset(attribute int) { r.values[attribute] = value{} }

// SetBool gives an attribute a bool. If it is of another type, the request is invalid, as with all of these methods.
func (r *Request) SetBool(attribute int, given bool) {
	v := &r.values[attribute]
	v.kind, v.flag = isBool, given
}

// SetInt gives an attribute a number.
func (r *Request) SetInt(attribute int, given int64) {
	v := &r.values[attribute]
	v.kind, v.number = isInt, given
}

// SetString gives an attribute a string.
func (r *Request) SetString(attribute int, given string) {
	v := &r.values[attribute]
	v.kind, v.text = isText, given
}

// SetList gives an attribute a list, which must not change until the request is decided.
func (r *Request) SetList(attribute int, given []string) {
	r.values[attribute] = value{kind: isTexts, texts: given}
}

// Decide says where the request goes, as Table.Decide does.
func (r *Request) Decide() (d Decision) {
	t := r.table
	selected := r.selected[:t.least]
	clear(selected)
	selected, invalid := t.place(r.values, selected)
	if invalid != nil {
		return t.refused(invalid)
	}
	column := t.fast.first(selected)
	d.decided(t, column)
	if column >= 0 && t.ends[column].chooses {
		if t.keyed[d.state] {
			for i, attribute := range t.sticky {
				d.setSlot(i, t.attributes[attribute].slot(&r.values[attribute]))
			}
		}
		d.pick()
	}
	return d
}

// DecideText says where the request goes whose JSON text is given, read as the format says: of a key that stands twice
// the last counts, a lone surrogate makes a string one of the wrong type, 1e400 is out of any range, and a text that is
// no JSON is no object. It keeps nothing of the text.
func (t *Table) DecideText(text []byte) Decision {
	r := t.request()
	defer t.done(r)
	if !r.read(text) {
		return t.refused(notAnObject)
	}
	return r.Decide()
}

// read fills in an empty request from its text; it says whether that is a JSON object.
func (r *Request) read(text []byte) bool {
	if !utf8.Valid(text) {
		return false
	}
	s := &scanner{data: text}
	if s.next() != '{' {
		return false
	}
	s.pos++
	if s.next() == '}' {
		s.pos++
		return s.end() == nil
	}
	for {
		if s.next() != '"' {
			return false
		}
		key, lone, err := s.text()
		if err != nil || s.expect(':') != nil {
			return false
		}
		if attribute, declared := r.table.index[string(key)]; declared && !lone {
			err = r.readValue(s, &r.values[attribute])
		} else {
			err = s.skip()
		}
		if err != nil {
			return false
		}
		if s.next() == '}' {
			s.pos++
			return s.end() == nil
		}
		if s.expect(',') != nil {
			return false
		}
	}
}

func (r *Request) readValue(s *scanner, v *value) error {
	*v = value{kind: isOther}
	switch c := s.next(); {
	case c == '"':
		text, lone, err := s.text()
		if err == nil && !lone {
			*v = value{kind: isText, text: string(text)}
		}
		return err
	case c == '-' || '0' <= c && c <= '9':
		number, integer, err := s.number()
		if err == nil {
			*v = numeral(number, integer)
		}
		return err
	case c == '[':
		return readList(s, v)
	case c == '{':
		return s.skip()
	}
	word, err := s.word()
	switch word {
	case "true", "false":
		*v = value{kind: isBool, flag: word == "true"}
	case "null":
		*v = value{}
	}
	return err
}

// readList reads a list; one of anything but strings is of no attribute's type.
func readList(s *scanner, v *value) error {
	s.pos++
	texts, strings := []string(nil), true
	if s.next() == ']' {
		s.pos++
		*v = value{kind: isTexts}
		return nil
	}
	for {
		if s.next() == '"' {
			text, lone, err := s.text()
			if err != nil {
				return err
			}
			if strings = strings && !lone; strings {
				texts = append(texts, string(text))
			}
		} else {
			strings = false
			if err := s.skip(); err != nil {
				return err
			}
		}
		if s.next() == ']' {
			s.pos++
			if strings {
				*v = value{kind: isTexts, texts: texts}
			}
			return nil
		}
		if err := s.expect(','); err != nil {
			return err
		}
	}
}

// request gives one from the store.
func (t *Table) request() *Request {
	if r, ok := t.requests.Get().(*Request); ok {
		return r
	}
	return t.NewRequest()
}

// done puts it back, so that it keeps nobody's texts.
func (t *Table) done(r *Request) {
	for i, list := range r.lists {
		clear(list)
		r.lists[i] = list[:0]
	}
	r.Reset()
	t.requests.Put(r)
}

// setItems gives an attribute a list as encoding/json gives it. One of anything but strings is of no attribute's type.
func (r *Request) setItems(attribute int, items []any) {
	if r.lists == nil {
		r.lists = make([][]string, len(r.values))
	}
	list, kind := r.lists[attribute], isTexts
	for _, item := range items {
		text, ok := item.(string)
		if !ok {
			kind = isOther
			break
		}
		list = append(list, text)
	}
	r.lists[attribute] = list
	r.values[attribute].kind, r.values[attribute].texts = kind, list
}
