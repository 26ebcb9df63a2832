package interlock

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// nothing is what a column asks that no value meets.
const nothing = "false"

// A need is the text of what a column asks of an attribute, and whether a value meets it.
type need struct {
	text string
	met  bool
}

// needs reads each condition that a column sets for an attribute back from the rows; none where it takes any value.
func (t *Table) needs(a *attribute, column int, v value) []need {
	var found []need
	pair := func(holds, fails int32, text func() string, is func() bool) {
		ifHolds, ifFails := t.has(holds, column), t.has(fails, column)
		switch {
		case ifHolds && ifFails: // of most there are, nothing is asked
		case ifHolds:
			found = append(found, need{text(), is()})
		case ifFails:
			found = append(found, need{"not " + text(), !is()})
		default:
			found = append(found, need{nothing, false})
		}
	}
	for i := range a.patterns {
		p := &a.patterns[i]
		pair(p.holds, p.fails,
			func() string { return a.name + " like " + quotedPattern(p.pieces) },
			func() bool { return p.matches(v) })
	}
	for i := range a.samples {
		s := &a.samples[i]
		pair(s.holds, s.fails,
			func() string { return s.text(a.name) },
			func() bool { return s.takes(v) })
	}
	for i := range a.elements {
		e := &a.elements[i]
		pair(e.holds, e.fails,
			func() string { return a.name + " contains " + literal(e.value, a.isEnum) },
			func() bool { _, is := slices.BinarySearch(v.texts, e.value); return is })
	}
	if a.kind != setType {
		if text := t.onValue(a, column); text != "" {
			found = append(found, need{text, t.has(a.class(v), column)})
		}
	}
	return found
}

// has says whether a row has a column; noRow has none.
func (t *Table) has(row int32, column int) bool {
	return row != noRow && t.rows[row].has(column)
}

func (s *sample) text(name string) string {
	if s.salt.given {
		name += ", " + quoted(s.salt.text)
	}
	percent := strconv.Itoa(int(s.below / 100))
	if part := s.below % 100; part > 0 {
		percent += strings.TrimRight("."+strconv.Itoa(int(part/10))+strconv.Itoa(int(part%10)), "0")
	}
	return "sample(" + name + ") < " + percent + "%"
}

// onValue is the condition on a scalar, patterns and samples apart; empty if there is none.
func (t *Table) onValue(a *attribute, column int) string {
	var taken []bool
	if a.kind == boolType {
		taken = []bool{t.has(a.no, column), t.has(a.yes, column)}
	}
	for _, row := range a.rows {
		taken = append(taken, t.has(row, column))
	}
	if a.other != noRow {
		taken = append(taken, t.has(a.other, column))
	}
	absent := t.has(a.absent, column)
	if !slices.Contains(taken, false) {
		if a.mayBeAbsent() && !absent {
			return "has " + a.name
		}
		return ""
	}
	if !slices.Contains(taken, true) {
		if absent {
			return "not has " + a.name
		}
		return nothing
	}
	switch a.kind {
	case boolType:
		return a.onBool(taken[0], absent)
	case intType:
		return a.onInt(taken, absent)
	}
	return a.onListed(taken, absent)
}

func (a *attribute) onBool(no, absent bool) string {
	told := a.mayBeAbsent() && no != absent // then its absence is told from false
	switch {
	case told && no:
		return a.name + " == false"
	case told:
		return a.name + " != false"
	case no:
		return "not " + a.name
	}
	return a.name
}

func (a *attribute) onInt(taken []bool, absent bool) string {
	inside, outside := a.runs(taken, true), a.runs(taken, false)
	var yes, no []string
	for _, run := range inside {
		yes = append(yes, a.in(run))
	}
	for _, run := range outside {
		no = append(no, a.notIn(run))
	}
	if absent || len(outside) < len(inside) && !a.mayBeAbsent() {
		return strings.Join(no, " and ")
	}
	return strings.Join(yes, " or ")
}

// A run is the first and the last value of neighbouring classes.
type run struct{ first, last int64 }

func (a *attribute) runs(taken []bool, which bool) []run {
	var runs []run
	start := a.lo
	for i, is := range taken {
		end := a.hi
		if i < len(a.cuts) {
			end = a.cuts[i] - 1
		}
		if is == which {
			if n := len(runs); n > 0 && runs[n-1].last == start-1 {
				runs[n-1].last = end
			} else {
				runs = append(runs, run{start, end})
			}
		}
		start = end + 1
	}
	return runs
}

func (a *attribute) in(r run) string {
	first, next := strconv.FormatInt(r.first, 10), strconv.FormatInt(r.last+1, 10)
	switch {
	case r.first == r.last:
		return a.name + " == " + first
	case r.first == a.lo:
		return a.name + " < " + next
	case r.last == a.hi:
		return a.name + " >= " + first
	}
	return a.name + " in " + first + ".." + next
}

func (a *attribute) notIn(r run) string {
	switch {
	case r.first == r.last:
		return a.name + " != " + strconv.FormatInt(r.first, 10)
	case r.first == a.lo || r.last == a.hi:
		return "not " + a.in(r)
	}
	return a.name + " not in " + strconv.FormatInt(r.first, 10) + ".." + strconv.FormatInt(r.last+1, 10)
}

// onListed is onValue for enums and strings.
func (a *attribute) onListed(taken []bool, absent bool) string {
	number := 0
	for _, is := range taken[:len(a.values)] {
		if is {
			number++
		}
	}
	hasOther := a.other != noRow
	negated := absent || len(a.values)-number < number-1 && !a.mayBeAbsent()
	if hasOther {
		negated = taken[len(taken)-1]
	}
	var texts []string
	for i, text := range a.values {
		if taken[i] != negated {
			texts = append(texts, literal(text, a.kind == enumType))
		}
	}
	if !negated {
		yes := oneOf(a.name+" ==", a.name+" in", texts)
		if hasOther && absent {
			return "not has " + a.name + " or " + yes
		}
		return yes
	}
	no := oneOf(a.name+" !=", a.name+" not in", texts)
	if hasOther && a.mayBeAbsent() && !absent {
		return "has " + a.name + " and " + no
	}
	return no
}

func oneOf(one, several string, texts []string) string {
	if len(texts) == 1 {
		return one + " " + texts[0]
	}
	return several + " [" + strings.Join(texts, ", ") + "]"
}

var (
	isWord   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*(-[A-Za-z0-9_]+)*$`).MatchString
	reserved = []string{"and", "or", "not", "in", "like", "has", "contains", "sample", "true", "false"}
)

// literal writes a string, or an enum's value, which is bare if it is a word.
func literal(text string, bare bool) string {
	if bare && isWord(text) && !slices.Contains(reserved, text) {
		return text
	}
	return quoted(text)
}

func quotedPattern(pieces []string) string {
	inner := make([]string, len(pieces))
	for i, piece := range pieces {
		text := quoted(piece)
		inner[i] = strings.ReplaceAll(text[1:len(text)-1], "*", `\*`)
	}
	return `"` + strings.Join(inner, "*") + `"`
}

// quoted writes a string of the policy language.
func quoted(text string) string {
	var out strings.Builder
	out.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			out.WriteByte('\\')
			out.WriteRune(r)
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\t':
			out.WriteString(`\t`)
		case unseen(r):
			out.WriteString(`\u{` + strings.ToUpper(strconv.FormatInt(int64(r), 16)) + `}`)
		default:
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
	return out.String()
}

// unseen says whether a character cannot be seen, or moves what is around it. The list is the format's, not that of
// the Unicode tables: all runtimes are to write alike.
func unseen(r rune) bool {
	return r <= 0x1f || 0x7f <= r && r <= 0xa0 || r == 0xad || r == 0x61c || 0x200b <= r && r <= 0x200f ||
		0x2028 <= r && r <= 0x202f || 0x205f <= r && r <= 0x206f || r == 0x3000 || r == 0xfeff ||
		0xfff9 <= r && r <= 0xfffb || 0xe0000 <= r && r <= 0xe0fff
}
