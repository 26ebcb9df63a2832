package interlock

import (
	"math/rand"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// limited is the table of walks with other limits and breakers.
func limited(t *testing.T, put func(name string, upstream map[string]any)) *Table {
	t.Helper()
	tree := parseTree(readFile(t, tablePath("walks")))
	for _, item := range tree["upstreams"].([]any) {
		upstream := item.(map[string]any)
		put(upstream["name"].(string), upstream)
	}
	seal(tree)
	return mustLoad(t, appendTree(nil, tree))
}

func limitOf(count, burst int64, per string, status any) map[string]any {
	return map[string]any{"count": count, "burst": burst, "per": per, "status": status}
}

func breakerOf(share, requests, window, probe int64) map[string]any {
	return map[string]any{"share": share, "requests": requests, "window_ms": window, "probe_ms": probe}
}

// A plainGate is what docs/serving.md says of one upstream, as plainly as it can be written: a breaker that keeps all
// outcomes, and a limit in units of 1/period.
type plainGate struct {
	limit    *limit
	breaker  *breaker
	units    int64
	filled   int64
	phase    string
	since    int64
	changes  int
	outcomes []plainOutcome
}

type plainOutcome struct {
	slice  int64
	failed bool
}

func newPlainGate(u *upstream) *plainGate {
	g := &plainGate{limit: u.limit, breaker: u.breaker, phase: "closed"}
	if u.limit != nil {
		g.units = u.limit.burst * u.limit.period
	}
	return g
}

func (g *plainGate) slice(now int64) int64 {
	length := int64(1)
	for length*10 < g.breaker.windowMS {
		length++
	}
	return now / length // times are not negative here
}

// ask gives "sent", "overloaded" or "fail", and the number of changes that a permit belongs to.
func (g *plainGate) ask(now int64) (string, int) {
	if g.breaker != nil && g.phase != "closed" && now < g.since+g.breaker.probeMS {
		return "overloaded", 0
	}
	if g.limit != nil {
		g.units = min(g.limit.burst*g.limit.period, g.units+(now-g.filled)*g.limit.count)
		g.filled = now
		if g.units < g.limit.period {
			if g.limit.status == 0 {
				return "overloaded", 0
			}
			return "fail", 0
		}
		g.units -= g.limit.period
	}
	if g.breaker != nil && g.phase != "closed" {
		g.phase, g.since = "half-open", now
		g.changes++
	}
	return "sent", g.changes
}

func (g *plainGate) tell(changes int, failed bool, now int64) {
	if g.breaker == nil || changes != g.changes {
		return
	}
	if g.phase == "half-open" {
		g.outcomes = nil
		g.changes++
		g.phase = "closed"
		if failed {
			g.phase, g.since = "open", now
		}
		return
	}
	g.outcomes = append(g.outcomes, plainOutcome{g.slice(now), failed})
	var all, failures int64
	for _, outcome := range g.outcomes {
		if outcome.slice > g.slice(now)-10 {
			all++
			if outcome.failed {
				failures++
			}
		}
	}
	if all >= g.breaker.requests && failures*10_000 >= g.breaker.share*all {
		g.phase, g.since, g.outcomes = "open", now, nil
		g.changes++
	}
}

func TestServingStateAgreesWithThePlainModel(t *testing.T) {
	opened, probed, spilled, failed := 0, 0, 0, 0
	for seed := range int64(150) {
		rng := rand.New(rand.NewSource(seed))
		table := limited(t, func(_ string, upstream map[string]any) {
			if rng.Intn(3) > 0 {
				per := []string{"s", "min"}[rng.Intn(2)]
				upstream["limit"] = limitOf(rng.Int63n(20), rng.Int63n(6), per, []any{nil, int64(429)}[rng.Intn(2)])
			}
			if rng.Intn(3) > 0 {
				upstream["breaker"] = breakerOf(rng.Int63n(10_001), rng.Int63n(8), rng.Int63n(300), rng.Int63n(200))
			}
		})
		var clock, latest int64
		state := NewState(func() int64 {
			latest = max(latest, clock) // of the times that were asked for
			return clock
		})
		gates := map[*upstream]*plainGate{}
		type sent struct {
			permit  *Permit
			gate    *plainGate
			changes int
		}
		var pending []sent
		for range 1500 {
			clock += []int64{0, 0, 1, 7, 40, 300, -5}[rng.Intn(7)]
			if len(pending) > 0 && rng.Intn(2) == 0 {
				i := rng.Intn(len(pending))
				p := pending[i]
				pending = append(pending[:i], pending[i+1:]...)
				class := ErrorClass("")
				if rng.Intn(2) == 0 {
					class = classNames[rng.Intn(classes)]
				}
				if err := p.permit.Done(class); err != nil {
					t.Fatal(err)
				}
				p.gate.tell(p.changes, class != "" && class != ContextOverflow && class != Refused, latest)
				if err := p.permit.Done(Overloaded); err != nil { // the second time counts for nothing
					t.Fatal(err)
				}
				continue
			}
			first := table.Decide(map[string]any{"route": rng.Intn(4), "session": words[rng.Intn(len(words))]})
			admitted, err := state.Admit(table, first)
			if err != nil {
				t.Fatal(err)
			}
			got, permit := admitted.Decision, admitted.Permit
			passed := 0
			want := first
			var gate *plainGate
			var changes int
			for !want.Failed() {
				u := want.upstream()
				if gate = gates[u]; gate == nil {
					gate = newPlainGate(u)
					gates[u] = gate
				}
				var answer string
				before := gate.phase
				if answer, changes = gate.ask(latest); answer == "sent" {
					if gate.phase == "half-open" {
						probed++
					}
					break
				}
				if before == "open" {
					opened++
				}
				if answer == "fail" {
					failed++
					want.fail, want.state, want.member = got.fail, -1, 0
					if fail, _ := got.Fail(); fail != (Fail{Status: 429}) || got.fail.message.given {
						t.Fatalf("seed %d: got %s, want a fail of the limit", seed, got)
					}
					break
				}
				spilled++
				passed++
				want, _ = table.After(want, Overloaded)
			}
			if got != want || (permit == nil) != want.Failed() {
				t.Fatalf("seed %d at %d: got %s, %v, want %s", seed, clock, got, permit, want)
			}
			if len(admitted.Errors) != passed ||
				slices.ContainsFunc(admitted.Errors, func(class ErrorClass) bool { return class != Overloaded }) {
				t.Fatalf("seed %d at %d: passed over %d upstreams, told %v", seed, clock, passed, admitted.Errors)
			}
			if permit != nil && rng.Intn(10) > 0 { // some are never given back
				pending = append(pending, sent{permit, gate, changes})
			}
		}
	}
	if opened == 0 || probed == 0 || spilled == 0 || failed == 0 {
		t.Errorf("not all was met: %d opened, %d probed, %d spilled, %d failed", opened, probed, spilled, failed)
	}
}

// What int64s do not hold: a full bucket of 2^53 tokens is 2^53 × 60,000 units, and a share may be as large.
func TestServingStateHoldsTheLargestNumbers(t *testing.T) {
	table := limited(t, func(_ string, upstream map[string]any) {
		upstream["limit"] = limitOf(maxInteger, maxInteger, "min", nil)
		upstream["breaker"] = breakerOf(maxInteger, maxInteger, maxInteger, maxInteger)
	})
	var clock int64
	state := NewState(func() int64 { return clock })
	for _, clock = range []int64{0, 1, 60_000, maxInteger} {
		for range 3 {
			admitted, err := state.Admit(table, table.Decide(map[string]any{"route": 0}))
			if err != nil || admitted.Permit == nil {
				t.Fatalf("at %d: %v, %v", clock, admitted, err)
			}
			if err := admitted.Permit.Done(Overloaded); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A chain that leads back to itself is written by no compiler, but is a table.
func TestAdmittingEndsALoop(t *testing.T) {
	tree := parseTree(readFile(t, tablePath("walks")))
	for _, item := range tree["upstreams"].([]any) {
		item.(map[string]any)["limit"] = limitOf(0, 0, "s", nil)
	}
	for i, item := range tree["states"].([]any) {
		if next, isHop := item.(map[string]any)["next"].([]any); isHop {
			next[0] = int64(i)
		}
	}
	seal(tree)
	table := mustLoad(t, appendTree(nil, tree))
	admitted, err := NewState(func() int64 { return 0 }).Admit(table, table.Decide(map[string]any{"route": 0}))
	fail, failed := admitted.Decision.Fail()
	if err != nil || admitted.Permit != nil || !failed || fail != (Fail{0, "overloaded"}) {
		t.Errorf("got %v, %v", admitted, err)
	}
}

func TestServingRefusesMistakes(t *testing.T) {
	walks := mustLoad(t, readFile(t, tablePath("walks")))
	kinds := mustLoad(t, readFile(t, tablePath("kinds")))
	state := NewState(func() int64 { return 0 })
	d := walks.Decide(map[string]any{"route": 0})
	if _, err := state.Admit(kinds, d); err == nil {
		t.Error("another table's decision is admitted")
	}
	admitted, err := state.Admit(walks, d)
	if err != nil || admitted.Permit == nil {
		t.Fatal(admitted, err)
	}
	if err := admitted.Permit.Done("unavailable"); err == nil {
		t.Error("an unknown class is taken")
	}
}

// An upstream goes on where a new table leaves its limit as it was, and starts anew where not.
func TestServingGoesOnWithANewTable(t *testing.T) {
	made := func(burst int64, policy string) *Table {
		tree := parseTree(readFile(t, tablePath("walks")))
		tree["policy"] = policy
		for _, item := range tree["upstreams"].([]any) {
			item.(map[string]any)["limit"] = limitOf(0, burst, "s", int64(429))
		}
		seal(tree)
		return mustLoad(t, appendTree(nil, tree))
	}
	state := NewState(func() int64 { return 0 })
	sent := func(table *Table) bool {
		admitted, err := state.Admit(table, table.Decide(map[string]any{"route": 0}))
		if err != nil {
			t.Fatal(err)
		}
		return admitted.Permit != nil
	}
	if !sent(made(1, "old")) || sent(made(1, "new")) {
		t.Error("a token is there anew")
	}
	if !sent(made(2, "new")) {
		t.Error("a new limit does not start full")
	}
}

// As many requests are let through at once as there are tokens, and one probe: run with -race.
func TestServingFromManyGoroutines(t *testing.T) {
	table := limited(t, func(_ string, upstream map[string]any) {
		upstream["limit"] = limitOf(1, 50, "s", int64(429))
		upstream["breaker"] = breakerOf(10_000, 10, 1000, 100)
	})
	var clock, sent atomic.Int64
	state := NewState(clock.Load)
	all := func(class ErrorClass) int64 {
		sent.Store(0)
		var wait sync.WaitGroup
		for range 8 {
			wait.Add(1)
			go func() {
				defer wait.Done()
				for range 20 {
					admitted, err := state.Admit(table, table.Decide(map[string]any{"route": 0}))
					if err != nil {
						t.Error(err)
					}
					if admitted.Permit != nil && admitted.Decision.Hop() == 0 {
						sent.Add(1)
						if err := admitted.Permit.Done(class); err != nil {
							t.Error(err)
						}
					}
				}
			}()
		}
		wait.Wait()
		return sent.Load()
	}
	if got := all(""); got != 50 {
		t.Errorf("%d were let through, want 50", got)
	}
	clock.Store(100_000)
	if got := all(Timeout); got < 10 || got > 17 { // those of eight goroutines may be under way when it opens
		t.Errorf("%d were let through, want about 10", got)
	}
	clock.Store(100_100)
	if got := all(Timeout); got != 1 {
		t.Errorf("%d were let through, want one probe", got)
	}
}
