package interlock

import "strconv"

// JSON is the explanation as canonical JSON, as docs/table-format.md specifies it.
func (e Explanation) JSON() []byte {
	out := e.Decision.AppendJSON([]byte(`{"decision":`))
	out = appendList(append(out, `,"earlier":`...), e.Earlier, func(out []byte, earlier Earlier) []byte {
		out = appendText(append(out, `{"rule":`...), earlier.Rule)
		return append(appendList(append(out, `,"unmet":`...), earlier.Unmet, appendCondition), '}')
	})
	out = appendList(append(out, `,"matched":`...), e.Matched, appendCondition)
	out = append(out, `,"pick":`...)
	if e.Pick == nil {
		out = append(out, "null"...)
	} else {
		out = e.Pick.appendJSON(out)
	}
	out = append(out, `,"place":`...)
	if e.Place == nil {
		out = append(out, "null"...)
	} else {
		out = e.Place.appendJSON(out)
	}
	return append(appendList(append(out, `,"walk":`...), e.Walk, appendStep), '}')
}

// String is the explanation as JSON.
func (e Explanation) String() string { return string(e.JSON()) }

// MarshalJSON makes encoding/json write an explanation as JSON does, but for the escapes of HTML that it adds.
func (e Explanation) MarshalJSON() ([]byte, error) { return e.JSON(), nil }

func appendList[T any](out []byte, items []T, write func([]byte, T) []byte) []byte {
	out = append(out, '[')
	for i, item := range items {
		if i > 0 {
			out = append(out, ',')
		}
		out = write(out, item)
	}
	return append(out, ']')
}

func appendInt(out []byte, number int) []byte { return strconv.AppendInt(out, int64(number), 10) }

func appendClass(out []byte, class ErrorClass) []byte { return appendText(out, string(class)) }

func appendCondition(out []byte, c Condition) []byte {
	out = appendText(append(out, `{"attribute":`...), c.Attribute)
	out = append(appendText(append(out, `,"needs":`...), c.Needs), `,"value":`...)
	if texts, ok := c.Value.([]string); ok {
		out = appendList(out, texts, appendText)
	} else {
		out = appendTree(out, c.Value)
	}
	return append(out, '}')
}

func appendStep(out []byte, s Step) []byte {
	out = appendText(append(out, `{"model":`...), s.Model)
	out = appendList(append(out, `,"next":`...), s.Next, func(out []byte, next Next) []byte {
		out = append(appendList(append(out, `{"classes":`...), next.Classes, appendClass), `,"to":`...)
		switch {
		case next.Step >= 0:
			out = appendInt(out, next.Step)
		case next.Fail != nil:
			out = next.end.appendJSON(out)
		default:
			out = append(out, "null"...)
		}
		return append(out, '}')
	})
	out = appendText(append(out, `,"pool":`...), s.Pool)
	out = appendInt(append(out, `,"retry":`...), s.Retry)
	return append(appendText(append(out, `,"upstream":`...), s.Upstream), '}')
}

func (p *Pick) appendJSON(out []byte) []byte {
	out = appendText(append(out, `{"key":`...), p.Key)
	out = appendText(append(out, `,"member":`...), p.Member)
	out = appendList(append(out, `,"shares":`...), p.Shares, func(out []byte, share Share) []byte {
		out = appendText(append(out, `{"member":`...), share.Member)
		return append(appendInt(append(out, `,"slots":`...), share.Slots), '}')
	})
	out = appendInt(append(out, `,"slot":`...), p.Slot)
	return append(appendNullable(append(out, `,"sticky":`...), p.sticky), '}')
}

func (p *Place) appendJSON(out []byte) []byte {
	out = appendNullable(append(out, `{"doc":`...), nullable{p.Doc, p.hasDoc})
	out = appendList(append(out, `,"end":`...), p.End[:], appendInt)
	out = appendText(append(out, `,"file":`...), p.File)
	return append(appendList(append(out, `,"start":`...), p.Start[:], appendInt), '}')
}
