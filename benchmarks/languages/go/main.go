// Bench times one peer in Go over a case, and prints one JSON object:
//
//	bench CASE.json PEER
//
// Exit code 3: the peer decides a request differently, which standard error names, and nothing was timed.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// Request is what a gateway in Go holds; there is no hint where ModelHint is empty.
type Request struct {
	InputTokens int64  `json:"input_tokens"`
	ModelHint   string `json:"model_hint"`
	Home        string `json:"home"`
	Tier        string `json:"tier"`
	Account     string `json:"account"`
	HasTools    bool   `json:"has_tools"`
	Hour        int64  `json:"hour"`
}

// Case is written by benchmarks/languages/peers.py. Expected has the index of the rule for each of Requests.
type Case struct {
	Requests []Request        `json:"requests"`
	Natural  []map[string]any `json:"-"`
	Expected []int            `json:"expected"`
	CEL      []string         `json:"cel"`
	Rego     string           `json:"rego"`
}

// A decide gives the rule for request i, which is in its natural form already.
type decide func(i int) int

// A peer is loaded, which is timed, then prepares the requests, which is not, and then decides.
type peer struct {
	version string
	load    func(*Case) (prepare func() (decide, error), err error)
}

var peers = map[string]peer{
	"if-chain": {"", func(c *Case) (func() (decide, error), error) {
		return func() (decide, error) {
			return func(i int) int { return chain(&c.Requests[i]) }, nil
		}, nil
	}},
	"CEL": {version("cel.dev/cel-go"), loadCEL},
	"OPA": {version("github.com/open-policy-agent/opa"), loadOPA},
}

var errDiffers = errors.New("decides differently")

func main() {
	if err := bench(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		if errors.Is(err, errDiffers) {
			os.Exit(3)
		}
		os.Exit(2)
	}
}

func bench(arguments []string) error {
	if len(arguments) != 2 {
		return errors.New("usage: bench CASE.json PEER")
	}
	asked, ok := peers[arguments[1]]
	if !ok {
		return fmt.Errorf("there is no peer %q", arguments[1])
	}
	c, err := read(arguments[0])
	if err != nil {
		return err
	}
	cost, err := timeLoad(func() (func() (decide, error), error) { return asked.load(c) })
	if err != nil {
		return err
	}
	ask, err := cost.prepare()
	if err != nil {
		return err
	}
	for i, want := range c.Expected {
		if got := ask(i); got != want {
			return fmt.Errorf("%s %w: by rule %d, not by %d, for %v", arguments[1], errDiffers, got, want, c.Natural[i])
		}
	}
	told := measure(len(c.Expected), ask)
	told.Version, told.LoadMS, told.TableBytes = asked.version, &cost.milliseconds, &cost.bytes
	if arguments[1] == "if-chain" { // is part of the program
		told.LoadMS, told.TableBytes = nil, nil
	}
	return json.NewEncoder(os.Stdout).Encode(told)
}

func read(path string) (*Case, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &Case{}
	if err := json.Unmarshal(data, c); err != nil {
		return nil, err
	}
	for i := range c.Requests {
		c.Natural = append(c.Natural, natural(&c.Requests[i]))
	}
	return c, nil
}

// natural is the request for engines that want a map: an absent hint is null.
func natural(r *Request) map[string]any {
	given := map[string]any{
		"input_tokens": r.InputTokens, "model_hint": nil, "home": r.Home, "tier": r.Tier,
		"account": r.Account, "has_tools": r.HasTools, "hour": r.Hour,
	}
	if r.ModelHint != "" {
		given["model_hint"] = r.ModelHint
	}
	return given
}
