package main

import (
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

const (
	warmUp       = 200 * time.Millisecond
	shortest     = time.Millisecond
	tooLong      = time.Second / 4
	budget       = 6 * time.Second // what the rounds of a slow engine take together
	most, fewest = 400, 5          // rounds
)

// Figures are printed; nanoseconds and allocations are per decision.
type Figures struct {
	Version        string   `json:"version"`
	P50            float64  `json:"p50_ns"`
	P99            float64  `json:"p99_ns"`
	Rounds         int      `json:"rounds"`
	Requests       int      `json:"requests"`
	Allocations    float64  `json:"allocations"`
	AllocatedBytes float64  `json:"allocated_bytes"`
	LoadMS         *float64 `json:"load_ms"`
	TableBytes     *int64   `json:"table_bytes"`
}

// measure times rounds in which all requests are decided, so often that a round takes a millisecond.
func measure(decisions int, ask decide) Figures {
	sum := 0 // so that nothing is optimized away
	all := func() {
		for i := range decisions {
			sum += ask(i)
		}
	}
	start := time.Now()
	all()
	if once := time.Since(start); once > tooLong { // then the first requests only
		decisions = max(1, int(int64(decisions)*int64(tooLong)/int64(once)))
	}
	passes := 0
	start = time.Now()
	for time.Since(start) < warmUp {
		all()
		passes++
	}
	pass := time.Since(start) / time.Duration(passes)
	passes = int(shortest/pass) + 1
	rounds := min(most, max(fewest, int(budget/(pass*time.Duration(passes)))))
	taken := make([]float64, rounds)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range taken {
		start := time.Now()
		for range passes {
			all()
		}
		taken[i] = float64(time.Since(start).Nanoseconds()) / float64(passes*decisions)
	}
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(sum)
	slices.Sort(taken)
	made := float64(rounds * passes * decisions)
	return Figures{
		P50: taken[rounds/2], P99: taken[rounds*99/100], Rounds: rounds, Requests: decisions,
		Allocations:    float64(int(float64(after.Mallocs-before.Mallocs)/made*100)) / 100,
		AllocatedBytes: float64(int(float64(after.TotalAlloc-before.TotalAlloc) / made)),
	}
}

type cost struct {
	prepare      func() (decide, error)
	milliseconds float64 // median of five
	bytes        int64
}

func timeLoad(load func() (func() (decide, error), error)) (cost, error) {
	var taken []float64
	var told cost
	for range 5 {
		told.prepare = nil // so that its memory is free
		before := heap()
		start := time.Now()
		prepare, err := load()
		if err != nil {
			return cost{}, err
		}
		taken = append(taken, float64(time.Since(start).Nanoseconds())/1e6)
		told.prepare, told.bytes = prepare, heap()-before
	}
	slices.Sort(taken)
	told.milliseconds = taken[2]
	return told, nil
}

// heap is how many bytes are in use, garbage not included.
func heap() int64 {
	runtime.GC()
	runtime.GC() // the second also frees what sync.Pools held
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// version is that of a module in this program.
func version(path string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, module := range info.Deps {
		if module.Path == path {
			return path + " " + module.Version
		}
	}
	return ""
}
