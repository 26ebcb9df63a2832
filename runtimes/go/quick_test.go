package interlock

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"
)

func TestALookupFindsWhatAMapFinds(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	alike := []string{} // to a hash of length and both ends
	for i := range 100 {
		alike = append(alike, fmt.Sprintf("same end/%03d/same end", i))
	}
	words := func(count, letters int) (made []string) {
		seen := map[string]bool{}
		for len(made) < count {
			text := make([]byte, random.Intn(20))
			for i := range text {
				text[i] = byte('a' + random.Intn(letters))
			}
			if !seen[string(text)] {
				seen[string(text)] = true
				made = append(made, string(text))
			}
		}
		return made
	}
	for name, texts := range map[string][]string{
		"none": nil, "one": {"opus"}, "the empty one": {""}, "a few": {"", "a", "aa", "aaa", "opus", "opera"},
		"alike": alike, "a hundred": words(100, 3), "many": words(20_000, 26),
	} {
		l, index := lookupOf(texts), indexOf(texts)
		if slashed := l.byText != nil; slashed != (name == "alike") {
			t.Errorf("%s: looked up in a map: %v", name, slashed)
		}
		for _, text := range append(append(words(1000, 3), texts...), alike...) {
			expected := int32(noRow)
			if known := index[text]; known != nil {
				expected = known.text
			}
			if found := l.find(text); found.text != expected {
				t.Fatalf("%s: %q is found at %d, not %d", name, text, found.text, expected)
			}
		}
	}
}

func TestANumbersPartIsThatOfItsClass(t *testing.T) {
	random := rand.New(rand.NewSource(2))
	for _, span := range []int64{1, 2, 23, 1023, 1024, 1_000_000, 1<<54 - 2} {
		for _, count := range []int{0, 1, 2, 3, 5, 17, 300} {
			a := &attribute{kind: intType, lo: -(span / 2)}
			a.hi = a.lo + span
			for range count {
				cut := a.lo + 1 + random.Int63n(span)
				if random.Intn(2) == 0 { // many in one bucket
					cut = a.lo + 1 + random.Int63n(min(span, 400))
				}
				a.cuts = append(a.cuts, cut)
			}
			slices.Sort(a.cuts)
			a.cuts = slices.Compact(a.cuts)
			parts := make([]int32, len(a.cuts)+1)
			for i := range parts {
				a.rows = append(a.rows, int32(i))
				parts[i] = random.Int31()
			}
			n := numbersOf(a)
			n.settle(parts)
			asked := []int64{a.lo, a.hi}
			for _, cut := range a.cuts {
				asked = append(asked, cut-1, cut)
			}
			for range 100 {
				asked = append(asked, a.lo+random.Int63n(span+1))
			}
			for _, number := range asked {
				expected := parts[a.class(value{kind: isInt, number: number})]
				if found := n.part(uint64(number-a.lo), parts); found != expected {
					t.Fatalf("%d of %d..%d, cuts %v: part %d, not %d", number, a.lo, a.hi, a.cuts, found, expected)
				}
			}
		}
	}
}

func TestTheFirstColumnIsTheLowestThatAllRowsHave(t *testing.T) {
	random := rand.New(rand.NewSource(3))
	for _, columns := range []int{1, 63, 64, 65, 128, 1000, 4096, 4097, 20_000} {
		for range 6_000_000 / max(columns, 1000) {
			set := newRowSet(columns)
			all := make(bitset, (columns+63)/64)
			for i := range columns {
				all[i/64] |= 1 << (i % 64)
			}
			set.add(all)
			common, places := all.clone(), make([]int32, roundUp(1+random.Intn(9)))
			for i := range random.Intn(len(places) + 1) {
				row := make(bitset, len(all))
				for range 1 + random.Intn(4) { // stretches
					from := random.Intn(columns)
					for column := from; column < min(columns, from+random.Intn(columns)+1); column++ {
						if random.Intn(3) > 0 {
							row[column/64] |= 1 << (column % 64)
						}
					}
				}
				row = row.trimmed()
				places[i] = set.add(row)
				common = common.and(row)
			}
			expected := -1
			for column := columns - 1; column >= 0; column-- {
				if common.has(column) {
					expected = column
				}
			}
			if found := set.first(places); found != expected {
				t.Fatalf("%d columns, %d rows: column %d, not %d", columns, len(places), found, expected)
			}
		}
	}
}

func TestASampleEndsBelowItsShare(t *testing.T) {
	for _, text := range []string{"", "a", "session", "session-1"} {
		hash := murmur3(text, 7) % 10_000
		s := sampled{7, []uint32{hash, hash + 1}, []int32{0, 1, 2}}
		if row := s.row(text); row != 1 {
			t.Errorf("%q, whose hash is %d, has row %d of %v", text, hash, row, s.below)
		}
	}
}
