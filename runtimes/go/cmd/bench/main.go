// Bench measures deciding over a table and requests, and prints one JSON object:
//
//	bench TABLE REQUESTS.jsonl
//
// p50_ns, p99_ns and allocations are of an interlock.Request that is filled in beforehand, as form says; those that end
// in _map are of requests as encoding/json gives them, map[string]any, whose looking up takes most of the time.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"github.com/OWNER/interlock/runtimes/go"
)

const (
	rounds   = 400
	warmUp   = 200 * time.Millisecond
	roundsNS = 1_000_000 // what a round takes at least
)

func main() {
	if err := bench(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func bench(arguments []string) error {
	if len(arguments) != 2 {
		return errors.New("usage: bench TABLE REQUESTS.jsonl")
	}
	loadMS, err := timeLoad(arguments[0])
	if err != nil {
		return err
	}
	before := heap()
	table, err := interlock.LoadFile(arguments[0])
	if err != nil {
		return err
	}
	tableBytes := heap() - before
	data, err := os.ReadFile(arguments[1])
	if err != nil {
		return err
	}
	lines := bytes.Split(data, []byte{'\n'})
	if len(lines[len(lines)-1]) == 0 {
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 {
		return fmt.Errorf("%s: has no requests", arguments[1])
	}
	hash := sha256.New()
	maps := make([]map[string]any, len(lines))
	typed := make([]*interlock.Request, len(lines))
	for i, line := range lines {
		hash.Write(append(table.DecideText(line).JSON(), '\n'))
		if err := json.Unmarshal(line, &maps[i]); err != nil {
			maps[i] = nil // decided as no object
		}
		typed[i] = fill(table, maps[i])
	}
	var kept interlock.Decision // so that nothing is optimized away
	byMap := measure(len(lines), func() {
		for _, request := range maps {
			kept = table.Decide(request)
		}
	})
	byRequest := measure(len(lines), func() {
		for _, request := range typed {
			kept = request.Decide()
		}
	})
	runtime.KeepAlive(kept)
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"language":        "go",
		"version":         runtime.Version(),
		"answers_sha256":  hex.EncodeToString(hash.Sum(nil)),
		"form":            "interlock.Request",
		"p50_ns":          byRequest.p50,
		"p99_ns":          byRequest.p99,
		"allocations":     byRequest.allocations,
		"p50_ns_map":      byMap.p50,
		"p99_ns_map":      byMap.p99,
		"allocations_map": byMap.allocations,
		"load_ms":         loadMS,
		"table_bytes":     tableBytes,
	})
}

// fill makes a typed request of what encoding/json gave; what has no setter is left out.
func fill(table *interlock.Table, request map[string]any) *interlock.Request {
	typed := table.NewRequest()
	for name, given := range request {
		attribute, ok := table.Attribute(name)
		if !ok {
			continue
		}
		switch given := given.(type) {
		case bool:
			typed.SetBool(attribute, given)
		case float64:
			typed.SetInt(attribute, int64(given))
		case string:
			typed.SetString(attribute, given)
		case []any:
			texts := []string{}
			for _, item := range given {
				if text, ok := item.(string); ok {
					texts = append(texts, text)
				}
			}
			typed.SetList(attribute, texts)
		}
	}
	return typed
}

func timeLoad(path string) (milliseconds float64, err error) {
	var taken []float64
	for range 5 {
		start := time.Now()
		if _, err := interlock.LoadFile(path); err != nil {
			return 0, err
		}
		taken = append(taken, float64(time.Since(start).Nanoseconds())/1e6)
	}
	slices.Sort(taken)
	return taken[2], nil
}

// heap is how many bytes are in use, garbage not included.
func heap() int64 {
	runtime.GC()
	runtime.GC() // the second also frees what sync.Pools held
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

type figures struct{ p50, p99, allocations float64 }

// measure times rounds of several calls of all, each of which makes so many decisions.
func measure(decisions int, all func()) figures {
	calls := 0
	start := time.Now()
	for time.Since(start) < warmUp {
		all()
		calls++
	}
	calls = int(int64(calls)*roundsNS/int64(warmUp)) + 1
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	taken := make([]float64, 0, rounds)
	for range rounds {
		start := time.Now()
		for range calls {
			all()
		}
		taken = append(taken, float64(time.Since(start).Nanoseconds())/float64(calls*decisions))
	}
	runtime.ReadMemStats(&after)
	slices.Sort(taken)
	return figures{
		p50:         taken[rounds/2],
		p99:         taken[rounds*99/100],
		allocations: float64((after.Mallocs-before.Mallocs)*1000/uint64(rounds*calls*decisions)) / 1000,
	}
}
