package main

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
)

// loadCEL compiles the programs, which are asked in order; -1 is that no rule of a program holds.
func loadCEL(c *Case) (func() (decide, error), error) {
	env, err := cel.NewEnv(
		cel.Variable("input_tokens", cel.IntType),
		cel.Variable("model_hint", cel.DynType), // a string or null
		cel.Variable("home", cel.StringType),
		cel.Variable("tier", cel.StringType),
		cel.Variable("account", cel.StringType),
		cel.Variable("has_tools", cel.BoolType),
		cel.Variable("hour", cel.IntType),
		cel.ParserRecursionLimit(100_000),
		cel.ParserExpressionSizeLimit(10_000_000),
	)
	if err != nil {
		return nil, err
	}
	var programs []cel.Program
	for _, text := range c.CEL {
		checked, issues := env.Compile(text)
		if issues.Err() != nil {
			return nil, issues.Err()
		}
		program, err := env.Program(checked, cel.EvalOptions(cel.OptOptimize))
		if err != nil {
			return nil, err
		}
		programs = append(programs, program)
	}
	return func() (decide, error) {
		requests := make([]cel.Activation, len(c.Natural))
		for i, request := range c.Natural {
			if requests[i], err = cel.NewActivation(request); err != nil {
				return nil, err
			}
		}
		return func(i int) int {
			for _, program := range programs {
				rule, _, err := program.Eval(requests[i])
				if err != nil {
					panic(err)
				}
				if rule := int(rule.(types.Int)); rule >= 0 {
					return rule
				}
			}
			return -1
		}, nil
	}, nil
}
