package interlock

// A SpanAttribute is an OpenTelemetry attribute: Value is a string, an int64, a bool or a []string.
type SpanAttribute struct {
	Key   string
	Value any
}

// SpanAttributes gives the attributes of a hop's span, or, of a fail, those that go onto the request's span
// (docs/record.md, "As OpenTelemetry attributes"). The module otel beside this one makes the spans themselves.
func (r Record) SpanAttributes() []SpanAttribute {
	d := &r.Decision
	made := []SpanAttribute{{"interlock.policy", d.Policy()}, {"interlock.policy.version", d.Version()}}
	put := func(key string, text nullable) {
		if text.given {
			made = append(made, SpanAttribute{key, text.text})
		}
	}
	put("interlock.rule", d.ruleOrNull())
	if u := d.upstream(); u != nil {
		put("interlock.pool", nullable{d.Pool(), true})
		put("interlock.upstream", nullable{u.name, true})
		put("interlock.account", u.account)
		put("gen_ai.provider.name", nullable{u.provider, true})
		put("gen_ai.request.model", nullable{d.Model(), true})
		put("cloud.region", u.region)
	}
	made = append(made, SpanAttribute{"interlock.hop", int64(d.hop)})
	if len(r.After) > 0 {
		after := make([]string, len(r.After))
		for i, class := range r.After {
			after[i] = string(class)
		}
		made = append(made, SpanAttribute{"interlock.after", after})
	}
	if d.fail != nil {
		if d.fail.status != 0 {
			made = append(made, SpanAttribute{"interlock.fail.status", int64(d.fail.status)})
		}
		put("interlock.fail.message", d.fail.message)
	}
	if d.invalid != nil {
		put("interlock.invalid.attribute", nullable{d.invalid.Attribute, d.invalid != notAnObject})
		put("interlock.invalid.reason", nullable{d.invalid.Reason, true})
	}
	for _, attribute := range r.Attributes {
		switch attribute.Value.(type) {
		case bool, int64, string:
			made = append(made, SpanAttribute{"interlock.attribute." + attribute.Name, attribute.Value})
		}
	}
	return append(made, SpanAttribute{"interlock.record", r.String()})
}
