package interlock

import (
	"strconv"
	"strings"
)

// An ErrorClass is a class of error that an upstream's answer, or its silence, may have.
type ErrorClass string

// The error classes, in the order of a state's next.
const (
	Overloaded      ErrorClass = "overloaded"
	RateLimited     ErrorClass = "rate_limited"
	ServerError     ErrorClass = "server_error"
	Timeout         ErrorClass = "timeout"
	Unreachable     ErrorClass = "unreachable"
	ContextOverflow ErrorClass = "context_overflow"
	Refused         ErrorClass = "refused"
)

const classes = 7

var classNames = [classes]ErrorClass{Overloaded, RateLimited, ServerError, Timeout, Unreachable, ContextOverflow, Refused}

// ErrorClasses gives the error classes, in the order of a state's next.
func ErrorClasses() []ErrorClass { return append([]ErrorClass(nil), classNames[:]...) }

// A Fail is the answer to give the client instead of an upstream's.
type Fail struct {
	// Status is the HTTP status, 400 to 599; 0 says that the error that was met, whose class is Message, goes to
	// the client as it is.
	Status int
	// Message is empty if there is none.
	Message string
}

// An Invalid says what is wrong with a request.
type Invalid struct {
	// Attribute is empty for a request that is no JSON object.
	Attribute string
	// Reason is "missing", "wrong_type", "out_of_range", "unknown_value" or "not_an_object".
	Reason string
	// Message is a sentence for whoever sent the request.
	Message string
}

var (
	notAnObject = &Invalid{Reason: "not_an_object", Message: "the request is not a JSON object"}
	noRule      = &failure{status: 500}
	returned    = func() (made [classes]*failure) {
		for i, class := range classNames {
			made[i] = &failure{message: nullable{string(class), true}}
		}
		return made
	}()
)

// invalids makes what is told of each fault of the attribute.
func (a *attribute) invalids() (made [faults]*Invalid) {
	put := func(fault fault, reason, message string) {
		made[fault] = &Invalid{a.name, reason, "`" + a.name + "` " + message}
	}
	put(missing, "missing", "is missing")
	put(wrongType, "wrong_type", [...]string{
		boolType: "must be a bool", intType: "must be an integer", enumType: "must be a string",
		stringType: "must be a string", setType: "must be a list of strings",
	}[a.kind])
	switch {
	case a.kind == intType:
		put(outOfRange, "out_of_range", "must lie in "+strconv.FormatInt(a.lo, 10)+"..="+strconv.FormatInt(a.hi, 10))
	case a.kind == enumType && !a.open:
		put(unknownValue, "unknown_value", "must be one of "+strings.Join(a.values, ", "))
	case a.kind == setType && !a.open:
		put(unknownValue, "unknown_value", "may hold only "+strings.Join(a.values, ", "))
	}
	return made
}

const inline = 4

// A Decision says where a request goes. It never changes, and two are == if they say the same and come from one table.
// The zero Decision was made by no table: all its methods give zero values.
type Decision struct {
	table   *Table
	fail    *failure // where it is a fail
	invalid *Invalid
	rule    int32 // -1: null
	state   int32 // -1: at an end
	member  int32
	hop     int32
	slots   [inline]uint16 // of the first sticky attributes, in a walk that is keyed
	more    string         // those of the others, two bytes each
}

// Policy is the policy's name.
func (d Decision) Policy() string {
	if d.table == nil {
		return ""
	}
	return d.table.policy
}

// Version is the table's version.
func (d Decision) Version() string {
	if d.table == nil {
		return ""
	}
	return d.table.version
}

// Rule is the name of the rule that decided; empty for an invalid request, and where no rule held.
func (d Decision) Rule() string { return d.ruleOrNull().text }

// Pool is the pool to use; empty if the decision is a fail.
func (d Decision) Pool() string {
	if p := d.pool(); p != nil {
		return p.name
	}
	return ""
}

// Upstream is the upstream to send to; empty if the decision is a fail.
func (d Decision) Upstream() string {
	if u := d.upstream(); u != nil {
		return u.name
	}
	return ""
}

// Provider is the upstream's provider; empty if the decision is a fail.
func (d Decision) Provider() string {
	if u := d.upstream(); u != nil {
		return u.provider
	}
	return ""
}

// Account is the upstream's account; empty if it has none, or the decision is a fail.
func (d Decision) Account() string {
	if u := d.upstream(); u != nil {
		return u.account.text
	}
	return ""
}

// Region is the upstream's region; empty if it has none, or the decision is a fail.
func (d Decision) Region() string {
	if u := d.upstream(); u != nil {
		return u.region.text
	}
	return ""
}

// Model is the model to ask for; empty if the decision is a fail.
func (d Decision) Model() string {
	if p := d.pool(); p != nil {
		return d.table.models[p.members[d.member].model]
	}
	return ""
}

// Retry is how often to try again on the same upstream after an error of the classes from Overloaded to Unreachable,
// before After is asked; 0 if the decision is a fail.
func (d Decision) Retry() int {
	if p := d.pool(); p != nil {
		return int(p.retry)
	}
	return 0
}

// Hop counts the moves to another pool since the request came in.
func (d Decision) Hop() int { return int(d.hop) }

// Failed says whether the request goes nowhere: Fail says what to answer.
func (d Decision) Failed() bool { return d.fail != nil }

// Fail is the answer to give instead of an upstream's; ok is false if there is an upstream to send to.
func (d Decision) Fail() (fail Fail, ok bool) {
	if d.fail == nil {
		return Fail{}, false
	}
	return Fail{d.fail.status, d.fail.message.text}, true
}

// Invalid says what is wrong with the request; ok is false if nothing is.
func (d Decision) Invalid() (invalid Invalid, ok bool) {
	if d.invalid == nil {
		return Invalid{}, false
	}
	return *d.invalid, true
}

func (d *Decision) ruleOrNull() nullable {
	if d.table == nil || d.rule < 0 {
		return nullable{}
	}
	return nullable{d.table.rules[d.rule], true}
}

func (d *Decision) pool() *pool {
	if d.table == nil || d.fail != nil {
		return nil
	}
	return &d.table.pools[d.table.states[d.state].pool]
}

func (d *Decision) upstream() *upstream {
	if p := d.pool(); p != nil {
		return &d.table.upstreams[p.members[d.member].upstream]
	}
	return nil
}

// JSON is the decision as canonical JSON, as `interlock decide --format json` prints it.
func (d Decision) JSON() []byte { return d.AppendJSON(nil) }

// String is the decision as JSON.
func (d Decision) String() string { return string(d.JSON()) }

// MarshalJSON makes encoding/json write a decision as JSON does, but for the escapes of HTML that it adds.
func (d Decision) MarshalJSON() ([]byte, error) { return d.JSON(), nil }

// AppendJSON appends the decision as canonical JSON.
func (d Decision) AppendJSON(out []byte) []byte {
	return append(d.appendFields(append(out, '{'), "", ""), '}')
}

// appendFields writes the fields of a decision, with two places at which a record has more.
func (d *Decision) appendFields(out []byte, afterAccount, atSlots string) []byte {
	var account, model, pool, provider, region, upstream nullable
	if u := d.upstream(); u != nil {
		account, region = u.account, u.region
		upstream, provider = nullable{u.name, true}, nullable{u.provider, true}
		model, pool = nullable{d.Model(), true}, nullable{d.Pool(), true}
	}
	out = appendNullable(append(out, `"account":`...), account)
	out = append(append(out, afterAccount...), `,"fail":`...)
	if d.fail == nil {
		out = append(out, "null"...)
	} else {
		out = d.fail.appendJSON(out)
	}
	out = strconv.AppendInt(append(out, `,"hop":`...), int64(d.hop), 10)
	out = append(out, `,"invalid":`...)
	if invalid := d.invalid; invalid == nil {
		out = append(out, "null"...)
	} else {
		out = appendNullable(append(out, `{"attribute":`...), nullable{invalid.Attribute, invalid != notAnObject})
		out = appendText(append(out, `,"message":`...), invalid.Message)
		out = append(appendText(append(out, `,"reason":`...), invalid.Reason), '}')
	}
	out = appendNullable(append(out, `,"model":`...), model)
	out = appendText(append(out, `,"policy":`...), d.Policy())
	out = appendNullable(append(out, `,"pool":`...), pool)
	out = appendNullable(append(out, `,"provider":`...), provider)
	if atSlots != "" {
		out = append(out, `,"record":1`...)
	}
	out = appendNullable(append(out, `,"region":`...), region)
	out = appendNullable(append(out, `,"rule":`...), d.ruleOrNull())
	out = append(out, atSlots...)
	out = appendNullable(append(out, `,"upstream":`...), upstream)
	return appendText(append(out, `,"version":`...), d.Version())
}

func (f *failure) appendJSON(out []byte) []byte {
	out = appendNullable(append(out, `{"message":`...), f.message)
	out = append(out, `,"status":`...)
	if f.status == 0 {
		return append(out, "null}"...)
	}
	return append(strconv.AppendInt(out, int64(f.status), 10), '}')
}

func appendNullable(out []byte, text nullable) []byte {
	if !text.given {
		return append(out, "null"...)
	}
	return appendText(out, text.text)
}
