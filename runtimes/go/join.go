package interlock

import (
	"cmp"
	"math/bits"
	"slices"
)

// mostCells is how many cells attributes are joined to: more do not pay, as they do not stay in a processor's cache.
const mostCells = 256

// A shared row is that of an attribute, or the one of the cell of several.
type shared struct {
	steps   []int
	columns float64 // how many its rows have, on average
}

// join gives each attribute its place among the selected rows. The attributes of few classes are joined in one: a cell
// has the columns that one class of each leaves, in one row. Rows of few columns are the first, as they decide soonest
// that a column is none.
func (m *maker) join() {
	t := m.table
	classes := make([][]int32, len(t.steps)) // places, each once
	var order []int
	var all []shared
	for i := range t.steps {
		t.steps[i].each(func(part *int32) { classes[i] = append(classes[i], *part) })
		slices.Sort(classes[i])
		classes[i] = slices.Compact(classes[i])
		if !t.steps[i].loose {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return len(classes[i]) - len(classes[j]) })
	joined, cells := 0, 1
	for joined < len(order) && cells*len(classes[order[joined]]) <= mostCells {
		cells *= len(classes[order[joined]])
		joined++
	}
	if joined < 2 || !m.afford(cells, joined) {
		joined = 0
	} else {
		m.cells(order[:joined], classes)
		all = append(all, shared{order[:joined], m.columns(t.cells)})
	}
	isJoined := make([]bool, len(t.steps))
	for _, i := range order[:joined] {
		isJoined[i] = true
	}
	for i := range t.steps {
		if !isJoined[i] {
			all = append(all, shared{[]int{i}, m.columns(classes[i])})
		}
	}
	slices.SortStableFunc(all, func(a, b shared) int { return cmp.Compare(a.columns, b.columns) })
	for at, one := range all {
		for _, i := range one.steps {
			t.steps[i].at = int32(at)
		}
	}
	if joined > 0 {
		t.cell = int(t.steps[order[0]].at)
	}
	t.least = roundUp(len(all))
	t.most = roundUp(t.least + m.more)
}

// roundUp gives the next multiple of four: rows are taken in fours.
func roundUp(rows int) int { return (rows + 3) / 4 * 4 }

// columns is how many columns rows have, on average.
func (m *maker) columns(places []int32) float64 {
	sum := 0
	for _, place := range places {
		for _, word := range m.words[place] {
			sum += bits.OnesCount64(word)
		}
	}
	return float64(sum) / float64(max(1, len(places)))
}

// cells makes the row of each cell, and the parts that add up to its number.
func (m *maker) cells(joined []int, classes [][]int32) {
	t := m.table
	rows := []bitset{t.everyColumn()}
	for _, i := range joined {
		stride := int32(len(rows))
		var longer []bitset
		for _, class := range classes[i] {
			for _, row := range rows {
				longer = append(longer, row.clone().and(m.words[class]))
			}
		}
		rows = longer
		t.steps[i].each(func(part *int32) {
			class, _ := slices.BinarySearch(classes[i], *part)
			*part = int32(class) * stride
		})
	}
	for _, row := range rows {
		t.cells = append(t.cells, m.put(row))
	}
}
