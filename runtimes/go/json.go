package interlock

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A scanner reads JSON (RFC 8259). encoding/json will not do: it puts U+FFFD in the place of a lone surrogate,
// hides that a key stands twice and takes bytes that are no UTF-8.
//
// INVARIANT: data is valid UTF-8; who makes a scanner has checked it.
type scanner struct {
	data []byte
	pos  int
}

func (s *scanner) errorf(format string, arguments ...any) error {
	return fmt.Errorf(format+" at byte %d", append(arguments, s.pos)...)
}

// next skips white space and gives the byte there, 0 at the end of the text (where a 0 is no JSON anyway).
func (s *scanner) next() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// expect reads one punctuation mark.
func (s *scanner) expect(mark byte) error {
	if s.next() != mark || s.pos >= len(s.data) {
		return s.errorf("expected %q", mark)
	}
	s.pos++
	return nil
}

// end checks that nothing follows.
func (s *scanner) end() error {
	if s.next(); s.pos < len(s.data) {
		return s.errorf("there is more after the end")
	}
	return nil
}

// word reads one of the literals true, false and null, whose first letter is next.
func (s *scanner) word() (string, error) {
	for _, word := range [...]string{"true", "false", "null"} {
		if end := s.pos + len(word); end <= len(s.data) && string(s.data[s.pos:end]) == word {
			s.pos = end
			return word, nil
		}
	}
	return "", s.errorf("expected a value")
}

// number reads a number and says whether it is written without fraction and exponent.
func (s *scanner) number() (written []byte, integer bool, err error) {
	start := s.pos
	if s.data[s.pos] == '-' {
		s.pos++
	}
	first := s.pos
	if !s.digits() {
		return nil, false, s.errorf("expected a digit")
	}
	if s.data[first] == '0' && s.pos > first+1 {
		return nil, false, s.errorf("a number begins with 0")
	}
	integer = true
	if s.pos < len(s.data) && s.data[s.pos] == '.' {
		integer = false
		s.pos++
		if !s.digits() {
			return nil, false, s.errorf("expected a digit")
		}
	}
	if s.pos < len(s.data) && (s.data[s.pos] == 'e' || s.data[s.pos] == 'E') {
		integer = false
		s.pos++
		if s.pos < len(s.data) && (s.data[s.pos] == '+' || s.data[s.pos] == '-') {
			s.pos++
		}
		if !s.digits() {
			return nil, false, s.errorf("expected a digit")
		}
	}
	return s.data[start:s.pos], integer, nil
}

func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.data) && '0' <= s.data[s.pos] && s.data[s.pos] <= '9' {
		s.pos++
	}
	return s.pos > start
}

// text reads a string whose opening quote is next. The result is part of data where it has no escapes. lone says
// that it has a lone surrogate, in whose place the result has U+FFFD.
func (s *scanner) text() (text []byte, lone bool, err error) {
	s.pos++
	start := s.pos
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return s.data[start : s.pos-1], false, nil
		case c == '\\':
			return s.escaped(start)
		case c < 0x20:
			return nil, false, s.errorf("a control character in a string")
		default:
			s.pos++
		}
	}
	return nil, false, s.errorf("a string has no end")
}

// escaped is text from the first escape on.
func (s *scanner) escaped(start int) (text []byte, lone bool, err error) {
	text = append(make([]byte, 0, s.pos-start+16), s.data[start:s.pos]...)
	for s.pos < len(s.data) {
		c := s.data[s.pos]
		s.pos++
		switch {
		case c == '"':
			return text, lone, nil
		case c < 0x20:
			s.pos--
			return nil, false, s.errorf("a control character in a string")
		case c != '\\':
			text = append(text, c)
			continue
		}
		if s.pos >= len(s.data) {
			break
		}
		c = s.data[s.pos]
		s.pos++
		if c == 'u' {
			r, err := s.hex4()
			if err != nil {
				return nil, false, err
			}
			if utf16.IsSurrogate(r) {
				r = s.pair(r)
				lone = lone || r == utf8.RuneError
			}
			text = utf8.AppendRune(text, r)
			continue
		}
		i := strings.IndexByte(`"\/bfnrt`, c)
		if i < 0 {
			s.pos--
			return nil, false, s.errorf("an unknown escape in a string")
		}
		text = append(text, "\"\\/\b\f\n\r\t"[i])
	}
	return nil, false, s.errorf("a string has no end")
}

// pair reads the second half of a surrogate pair, if there is one, and gives U+FFFD if not.
func (s *scanner) pair(high rune) rune {
	if s.pos+1 < len(s.data) && s.data[s.pos] == '\\' && s.data[s.pos+1] == 'u' {
		before := s.pos
		s.pos += 2
		if low, err := s.hex4(); err == nil {
			if r := utf16.DecodeRune(high, low); r != utf8.RuneError {
				return r
			}
		}
		s.pos = before // it is a character of its own
	}
	return utf8.RuneError
}

func (s *scanner) hex4() (rune, error) {
	var r rune
	for i := 0; i < 4; i++ {
		var digit byte
		if s.pos < len(s.data) {
			digit = s.data[s.pos]
		}
		switch {
		case '0' <= digit && digit <= '9':
			digit -= '0'
		case 'a' <= digit && digit <= 'f':
			digit -= 'a' - 10
		case 'A' <= digit && digit <= 'F':
			digit -= 'A' - 10
		default:
			return 0, s.errorf("expected four hexadecimal digits")
		}
		r = r<<4 | rune(digit)
		s.pos++
	}
	return r, nil
}

// skip reads a value and forgets it. It keeps its own stack, so that no nesting is too deep for it.
func (s *scanner) skip() error {
	var room [64]byte
	open := room[:0]
	for {
		switch c := s.next(); {
		case c == '{' || c == '[':
			s.pos++
			if s.next() == c+2 { // an empty one: '{'+2 is '}', '['+2 is ']'
				s.pos++
				break
			}
			open = append(open, c)
			if c == '{' {
				if err := s.skipKey(); err != nil {
					return err
				}
			}
			continue
		case c == '"':
			if _, _, err := s.text(); err != nil {
				return err
			}
		case c == '-' || '0' <= c && c <= '9':
			if _, _, err := s.number(); err != nil {
				return err
			}
		default:
			if _, err := s.word(); err != nil {
				return err
			}
		}
		for { // a value has ended
			if len(open) == 0 {
				return nil
			}
			inner := open[len(open)-1]
			c := s.next()
			if c == inner+2 {
				s.pos++
				open = open[:len(open)-1]
				continue
			}
			if err := s.expect(','); err != nil {
				return err
			}
			if inner == '{' {
				if err := s.skipKey(); err != nil {
					return err
				}
			}
			break
		}
	}
}

func (s *scanner) skipKey() error {
	if s.next() != '"' {
		return s.errorf("expected a key")
	}
	if _, _, err := s.text(); err != nil {
		return err
	}
	return s.expect(':')
}
