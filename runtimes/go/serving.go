package interlock

import (
	"slices"
	"sync"
	"sync/atomic"
)

// A State keeps the limits and breakers of upstreams while serving (docs/serving.md): one a process, for all its
// tables. An upstream is known by its name, limit and breaker, so that these start anew where a new table changes them,
// and go on where it does not. It may be used by any number of goroutines.
type State struct {
	clock func() int64
	mu    sync.Mutex
	last  int64 // the latest time of the clock
	gates map[gateKey]*gate
}

type gateKey struct {
	name       string
	hasLimit   bool
	hasBreaker bool
	limit      limit
	breaker    breaker
}

// A gate keeps one upstream. Its lock is never held while another's is.
type gate struct {
	mu     sync.Mutex
	key    gateKey
	bucket bucket
	fuse   fuse
}

// NewState makes a state in which no request was yet seen. clock gives the time in whole milliseconds from any start;
// a time before an earlier one counts as that one. It must be safe for concurrent use.
func NewState(clock func() int64) *State {
	return &State{clock: clock, last: clock(), gates: map[gateKey]*gate{}}
}

// A Permit says that one request may be sent. It is to be given back with Done, once: one that never is costs its
// token, and keeps a breaker that waits for its probe waiting.
type Permit struct {
	state *State
	gate  *gate
	era   uint64
	done  atomic.Bool
}

// An Admitted decision may be sent, with its permit; or it is a fail, without one.
type Admitted struct {
	Decision Decision
	Permit   *Permit      // nil with a fail
	Errors   []ErrorClass // Overloaded for each upstream that was passed over, for the record of the walk
}

// Admit goes on from a decision of the table, with After and Overloaded, until one may be sent, or the walk ends in a
// fail: the table's own, or that of a limit. The error is After's.
func (s *State) Admit(t *Table, d Decision) (Admitted, error) {
	if err := t.owns(d); err != nil {
		return Admitted{}, err
	}
	var errors []ErrorClass
	for !d.Failed() {
		if d.Hop() > len(t.states) { // a loop, which no compiler writes
			d.fail, d.state = returned[0], -1 // overloaded
			d.pick()
			break
		}
		permit, status := s.ask(d.upstream())
		if permit != nil {
			return Admitted{d, permit, errors}, nil
		}
		if status != 0 {
			d.fail, d.state = &failure{status: status}, -1
			d.pick()
			break
		}
		var err error
		if d, err = t.After(d, Overloaded); err != nil {
			return Admitted{}, err
		}
		errors = append(errors, Overloaded)
	}
	return Admitted{d, nil, errors}, nil
}

// Done gives the permit back. class is the error with which the request ended; empty if it ended well, or with an error
// that goes to the client as it is and has no class. Another call changes nothing. The error is that of an unknown
// class; then the permit is not given back.
func (p *Permit) Done(class ErrorClass) error {
	index := slices.Index(classNames[:], class)
	if index < 0 && class != "" {
		return unknownClass(class)
	}
	if p.done.Swap(true) || !p.gate.key.hasBreaker {
		return nil
	}
	p.gate.mu.Lock()
	defer p.gate.mu.Unlock()
	failed := index >= 0 && index < 5 // context_overflow and refused are the request's own
	p.gate.fuse.told(p.era, failed, p.state.now())
	return nil
}

// now is the time, which never goes back.
func (s *State) now() int64 {
	now := s.clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = max(s.last, now)
	return s.last
}

// ask asks whether a request may be sent to an upstream now: a permit, or the status of a fail, or 0 for overloaded.
func (s *State) ask(u *upstream) (permit *Permit, status int) {
	g := s.gate(u)
	if !g.key.hasLimit && !g.key.hasBreaker {
		return &Permit{state: s, gate: g}, 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := s.now()
	if g.key.hasBreaker && !g.fuse.lets(now) {
		return nil, 0
	}
	if g.key.hasLimit {
		if g.bucket.fill(now); g.bucket.tokens == 0 {
			return nil, g.key.limit.status
		}
		g.bucket.tokens--
	}
	if g.key.hasBreaker {
		g.fuse.let(now)
	}
	return &Permit{state: s, gate: g, era: g.fuse.era}, 0
}

func (s *State) gate(u *upstream) *gate {
	key := gateKey{name: u.name}
	if u.limit != nil {
		key.hasLimit, key.limit = true, *u.limit
	}
	if u.breaker != nil {
		key.hasBreaker, key.breaker = true, *u.breaker
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.gates[key]
	if g == nil {
		g = &gate{key: key, bucket: newBucket(key.limit, s.last), fuse: fuse{breaker: key.breaker}}
		s.gates[key] = g
	}
	return g
}
