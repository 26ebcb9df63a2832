package interlock

import (
	"slices"
	"sort"
)

// sampled has the rows of all samples of a string with one salt, joined: one hash does for all.
type sampled struct {
	seed  uint32
	below []uint32 // rising
	rows  []int32  // of a text whose hash is not below so many of them
}

// samples joins the samples of a salt.
func (m *maker) samples(samples []sample) (joined []sampled) {
	var seeds []uint32
	bySeed := map[uint32][]sample{}
	for _, one := range samples {
		if bySeed[one.seed] == nil {
			seeds = append(seeds, one.seed)
		}
		bySeed[one.seed] = append(bySeed[one.seed], one)
	}
	for _, seed := range seeds {
		alike := bySeed[seed]
		if m.afford(len(alike)+1, len(alike)) {
			joined = append(joined, m.sampled(seed, alike))
			continue
		}
		for i := range alike {
			joined = append(joined, m.sampled(seed, alike[i:i+1]))
		}
	}
	return joined
}

func (m *maker) sampled(seed uint32, alike []sample) sampled {
	made := sampled{seed: seed}
	for i := range alike {
		made.below = append(made.below, alike[i].below)
	}
	slices.Sort(made.below)
	made.below = slices.Compact(made.below)
	for i := range len(made.below) + 1 {
		row := m.table.everyColumn()
		for j := range alike {
			holds := i < len(made.below) && made.below[i] <= alike[j].below
			row = row.and(m.table.pairRow(alike[j].holds, alike[j].fails, holds))
		}
		made.rows = append(made.rows, m.put(row))
	}
	return made
}

// row gives the row of a text.
func (s *sampled) row(text string) int32 {
	hash := murmur3(text, s.seed) % 10_000
	return s.rows[sort.Search(len(s.below), func(i int) bool { return hash < s.below[i] })]
}
