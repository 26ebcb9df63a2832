package main

import (
	"context"
	"encoding/json"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

// loadOPA prepares the query once; inputs are OPA's own values, so that none is converted while the clock runs.
func loadOPA(c *Case) (func() (decide, error), error) {
	ctx := context.Background()
	query, err := rego.New(rego.Query("data.route.rule"), rego.Module("route.rego", c.Rego)).PrepareForEval(ctx)
	if err != nil {
		return nil, err
	}
	return func() (decide, error) {
		inputs := make([]ast.Value, len(c.Natural))
		for i, request := range c.Natural {
			if request["model_hint"] == nil {
				delete(request, "model_hint") // undefined, as it is in JSON
			}
			if inputs[i], err = ast.InterfaceToValue(request); err != nil {
				return nil, err
			}
		}
		return func(i int) int {
			result, err := query.Eval(ctx, rego.EvalParsedInput(inputs[i]))
			if err != nil {
				panic(err)
			}
			rule, err := result[0].Expressions[0].Value.(json.Number).Int64()
			if err != nil {
				panic(err)
			}
			return int(rule)
		}, nil
	}, nil
}
