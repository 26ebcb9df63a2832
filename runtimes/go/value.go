package interlock

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

type valueKind uint8

const (
	isAbsent valueKind = iota
	isBool
	isInt
	isHuge // a number of integral value that no int64 holds, or one beyond the doubles: out of any range
	isText
	isTexts // a list of strings
	isOther // of a type that no attribute has
)

// A value is what a request gives for an attribute, in whichever form it came.
type value struct {
	kind   valueKind
	flag   bool
	number int64
	text   string
	texts  []string
}

// natural is a value as encoding/json gives it, or as Go code would write it.
func natural(given any) value {
	switch given := given.(type) {
	case nil:
		return value{}
	case string:
		return value{kind: isText, text: given}
	case float64:
		return float(given)
	case bool:
		return value{kind: isBool, flag: given}
	case []any:
		return listed(given)
	case int:
		return value{kind: isInt, number: int64(given)}
	}
	return rarer(given)
}

func rarer(given any) value {
	switch given := given.(type) {
	case []string:
		return value{kind: isTexts, texts: given}
	case int64:
		return value{kind: isInt, number: given}
	case int32:
		return value{kind: isInt, number: int64(given)}
	case int16:
		return value{kind: isInt, number: int64(given)}
	case int8:
		return value{kind: isInt, number: int64(given)}
	case uint:
		return unsigned(uint64(given))
	case uint64:
		return unsigned(given)
	case uint32:
		return value{kind: isInt, number: int64(given)}
	case uint16:
		return value{kind: isInt, number: int64(given)}
	case uint8:
		return value{kind: isInt, number: int64(given)}
	case float32:
		return float(float64(given))
	case json.Number:
		return written(string(given))
	}
	return value{kind: isOther}
}

// listed is a list as encoding/json gives it. One of anything but strings is of no attribute's type.
func listed(given []any) value {
	texts := make([]string, len(given))
	for i, item := range given {
		text, ok := item.(string)
		if !ok {
			return value{kind: isOther}
		}
		texts[i] = text
	}
	return value{kind: isTexts, texts: texts}
}

func unsigned(given uint64) value {
	if given > math.MaxInt64 {
		return value{kind: isHuge}
	}
	return value{kind: isInt, number: int64(given)}
}

func float(given float64) value {
	// Each int64 bound that is tested is a double; NaN fails every test.
	if given >= -1<<63 && given < 1<<63 {
		if whole := int64(given); float64(whole) == given {
			return value{kind: isInt, number: whole}
		}
		return value{kind: isOther}
	}
	if math.IsInf(given, 0) || math.IsNaN(given) {
		return value{kind: isOther}
	}
	return value{kind: isHuge} // a double so large is integral
}

// written is the value of the text of a JSON number, or of another type if it is none.
func written(text string) value {
	s := scanner{data: []byte(text)}
	if c := s.next(); s.pos > 0 || c != '-' && (c < '0' || c > '9') {
		return value{kind: isOther}
	}
	number, integer, err := s.number()
	if err != nil || s.pos < len(text) {
		return value{kind: isOther}
	}
	return numeral(number, integer)
}

// numeral is the value of a JSON number. One with fraction or exponent is the nearest double.
func numeral(number []byte, integer bool) value {
	if integer {
		if len(number) > 18 {
			return value{kind: isHuge}
		}
		whole, _ := strconv.ParseInt(string(number), 10, 64) // cannot fail: at most 18 digits
		return value{kind: isInt, number: whole}
	}
	double, err := strconv.ParseFloat(string(number), 64)
	if err != nil { // beyond the doubles, as its form is right
		return value{kind: isHuge}
	}
	return float(double)
}

// A fault is a reason for which a request is invalid.
type fault uint8

const (
	noFault fault = iota
	missing
	wrongType
	outOfRange
	unknownValue
	faults
)

// legal gives the legal value that v is, the default standing in where it is not, or its fault. The texts of a set are
// each once and sorted. It is written plainly: deciding fast must agree with it.
func (a *attribute) legal(v value) (value, fault) {
	found, fault := a.checked(v)
	if fault != noFault && a.hasDefault {
		return a.standIn, noFault
	}
	if fault == noFault && a.kind == setType {
		found.texts = slices.Clone(found.texts)
		slices.Sort(found.texts)
		found.texts = slices.Compact(found.texts)
	}
	return found, fault
}

func (a *attribute) checked(v value) (value, fault) {
	if v.kind == isAbsent {
		switch {
		case a.hasDefault:
			return v, missing
		case a.kind == setType:
			return value{kind: isTexts}, noFault
		case a.mayBeAbsent():
			return v, noFault
		}
		return v, missing
	}
	switch a.kind {
	case boolType:
		if v.kind != isBool {
			return v, wrongType
		}
	case intType:
		if v.kind != isInt && v.kind != isHuge {
			return v, wrongType
		}
		if v.kind == isHuge || v.number < a.lo || v.number > a.hi {
			return v, outOfRange
		}
	case enumType, stringType:
		if v.kind != isText || !utf8.ValidString(v.text) {
			return v, wrongType
		}
		if a.kind == enumType && !a.open && !slices.Contains(a.values, v.text) {
			return v, unknownValue
		}
	case setType:
		if v.kind != isTexts || slices.ContainsFunc(v.texts, func(text string) bool { return !utf8.ValidString(text) }) {
			return v, wrongType
		}
		if a.open {
			break
		}
		for _, text := range v.texts {
			if _, known := a.members[text]; !known {
				return v, unknownValue
			}
		}
	}
	return v, noFault
}

// slot is where a legal value that is no set falls in a Maglev table.
func (v *value) slot() uint16 {
	switch v.kind {
	case isText:
		return slotOf(v.text)
	case isBool:
		return slotOf(strconv.FormatBool(v.flag))
	case isInt:
		var room [20]byte
		return slotOf(string(strconv.AppendInt(room[:0], v.number, 10)))
	}
	return slotOf("")
}

// key is the text by which a legal value that is no set picks a pool's member.
func (v *value) key() string {
	switch v.kind {
	case isText:
		return v.text
	case isBool:
		return strconv.FormatBool(v.flag)
	case isInt:
		return strconv.FormatInt(v.number, 10)
	}
	return ""
}
