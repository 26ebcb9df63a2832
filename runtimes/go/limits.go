package interlock

import "math/bits"

// A bucket keeps a limit (docs/serving.md, "The limit"): tokens + part/period of them are there. That is the page's
// whole number of units of 1/period, in two numbers, as one would not hold the largest limits.
type bucket struct {
	limit  limit
	tokens int64
	part   int64 // less than period
	last   int64 // when it was filled last, in ms
}

func newBucket(limit limit, now int64) bucket {
	return bucket{limit: limit, tokens: limit.burst, last: now}
}

// fill adds what came back until now.
func (b *bucket) fill(now int64) {
	// d × count + part is at most a number of 127 bits, and what is beyond the bucket is lost.
	high, low := bits.Mul64(uint64(now-b.last), uint64(b.limit.count))
	low, carry := bits.Add64(low, uint64(b.part), 0)
	high += carry
	b.last = now
	period := uint64(b.limit.period)
	if high < period {
		whole, part := bits.Div64(high, low, period)
		if whole < uint64(b.limit.burst-b.tokens) {
			b.tokens += int64(whole)
			b.part = int64(part)
			return
		}
	}
	b.tokens, b.part = b.limit.burst, 0
}

// A phase is what a breaker is in.
type phase uint8

const (
	closed phase = iota
	open
	halfOpen
)

const parts = 10

// A fuse keeps a breaker (docs/serving.md, "The breaker").
type fuse struct {
	breaker breaker
	phase   phase
	since   int64  // when it opened, or let the probe through, in ms
	era     uint64 // rises when it changes, or the probe does: outcomes of an older one do not count
	newest  int64  // the slice of time that is counted in now
	counts  [parts]struct{ failures, outcomes int64 }
}

// lets says whether it lets a request through.
func (f *fuse) lets(now int64) bool {
	return f.phase == closed || now-f.since >= f.breaker.probeMS
}

// let is told that a request goes through.
func (f *fuse) let(now int64) {
	if f.phase != closed {
		f.enter(halfOpen, now)
	}
}

func (f *fuse) enter(phase phase, now int64) {
	f.phase, f.since = phase, now
	f.era++
}

// told is told of an outcome of a request that went through in an era.
func (f *fuse) told(era uint64, failed bool, now int64) {
	if era != f.era {
		return
	}
	if f.phase == halfOpen {
		clear(f.counts[:])
		if failed {
			f.enter(open, now)
		} else {
			f.enter(closed, now)
		}
		return
	}
	f.turn(now)
	count := &f.counts[mod(f.newest, parts)]
	count.outcomes++
	if failed {
		count.failures++
	}
	var failures, outcomes int64
	for _, count := range f.counts {
		failures += count.failures
		outcomes += count.outcomes
	}
	if outcomes >= f.breaker.requests && atLeast(failures, 10_000, f.breaker.share, outcomes) {
		clear(f.counts[:])
		f.enter(open, now)
	}
}

// turn makes the slice of now the one that is counted in, and forgets those older than the last ten.
func (f *fuse) turn(now int64) {
	length := max(1, (f.breaker.windowMS+parts-1)/parts)
	slice := floorDiv(now, length)
	for n := 0; f.newest < slice && n < parts; n++ {
		f.newest++
		f.counts[mod(f.newest, parts)] = struct{ failures, outcomes int64 }{}
	}
	f.newest = slice
}

// atLeast says whether a × b >= c × d, of numbers that are not negative.
func atLeast(a, b, c, d int64) bool {
	high1, low1 := bits.Mul64(uint64(a), uint64(b))
	high2, low2 := bits.Mul64(uint64(c), uint64(d))
	return high1 > high2 || high1 == high2 && low1 >= low2
}

func floorDiv(a, b int64) int64 { return (a - mod(a, b)) / b }

func mod(a, b int64) int64 { return (a%b + b) % b }
