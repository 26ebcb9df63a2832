package interlock

import "math"

// A class has bucketsEach buckets, if that makes no more than mostBuckets.
const (
	bucketsEach = 32
	mostBuckets = 1024
)

// numbers finds the class of an int, in the same steps whatever the number is: a processor cannot foretell the turns
// of the usual search, and waits at each. Bucket i of 2^shift numbers begins in class start[i], and the cuts after that
// one's tell the rest. Where no bucket has cuts within, start has the parts themselves.
type numbers struct {
	lo    int64
	span  uint64 // hi - lo
	shift uint8
	first int32 // how many cuts are skipped at first, if they are not above the number: a power of two, halved in turn
	start []int32
	cuts  []int64 // less lo; and then some that no number reaches
}

func numbersOf(a *attribute) numbers {
	n := numbers{lo: a.lo, span: uint64(a.hi - a.lo)}
	for n.span>>n.shift >= uint64(min(bucketsEach*len(a.rows), mostBuckets)) {
		n.shift++
	}
	for _, cut := range a.cuts {
		n.cuts = append(n.cuts, cut-a.lo)
	}
	class, most := 0, 0
	for bucket := range int64(n.span>>n.shift) + 1 {
		for class < len(n.cuts) && n.cuts[class] <= bucket<<n.shift {
			class++
		}
		within := class
		for within < len(n.cuts) && n.cuts[within] < (bucket+1)<<n.shift {
			within++
		}
		n.start = append(n.start, int32(class))
		most = max(most, within-class)
	}
	for most > 0 {
		n.first = max(1, 2*n.first)
		most /= 2
	}
	for range 2 * n.first {
		n.cuts = append(n.cuts, math.MaxInt64)
	}
	return n
}

// settle puts the parts of the classes where they are found at once, if there is nothing to search.
func (n *numbers) settle(parts []int32) {
	if n.first == 0 {
		for bucket, class := range n.start {
			n.start[bucket] = parts[class]
		}
	}
}

// part gives that of lo + offset.
func (n *numbers) part(offset uint64, parts []int32) int32 {
	at := n.start[offset>>(n.shift&63)]
	if n.first == 0 {
		return at
	}
	for step := n.first; step > 0; step >>= 1 {
		at += step & atMost(n.cuts[at+step-1], int64(offset))
	}
	return parts[at]
}

// atMost is -1 if cut <= number and else 0. Neither is negative, so nothing overflows.
func atMost(cut, number int64) int32 { return int32((cut - number - 1) >> 63) }
