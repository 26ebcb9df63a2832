package interlock

import "slices"

// mostCells is how many cells attributes are joined to: more do not pay, as they do not stay in a processor's cache.
const mostCells = 256

// join gives each attribute its place among the selected rows, and parts for the table's rows. The attributes of few
// classes are joined in the first place: a cell has the columns that one class of each leaves, in one row.
func (m *maker) join() {
	t := m.table
	classes := make([][]int32, len(t.steps)) // the table's rows, each once
	var order []int
	for i := range t.steps {
		if s := &t.steps[i]; t.attributes[i].isPlain() {
			rows := append(slices.Clone(s.parts), s.other, s.missing, s.illegal)
			rows = slices.DeleteFunc(rows, func(row int32) bool { return row == noRow })
			slices.Sort(rows)
			classes[i] = slices.Compact(rows)
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
	}
	next := int32(min(joined, 1))
	for i := range t.steps {
		s := &t.steps[i]
		if slices.Contains(order[:joined], i) {
			continue
		}
		if t.attributes[i].isPlain() {
			s.renumber(m.of)
		}
		s.at = next
		next++
	}
	t.least = roundUp(int(next))
	t.most = roundUp(t.least + m.more)
}

// roundUp gives the next multiple of four: rows are taken in fours.
func roundUp(rows int) int { return (rows + 3) / 4 * 4 }

// cells makes the row of each cell, and the parts that add up to its number.
func (m *maker) cells(joined []int, classes [][]int32) {
	t := m.table
	rows := []bitset{t.everyColumn()}
	for _, i := range joined {
		stride := int32(len(rows))
		var longer []bitset
		for _, class := range classes[i] {
			for _, row := range rows {
				longer = append(longer, row.clone().and(t.rows[class]))
			}
		}
		rows = longer
		t.steps[i].renumber(func(row int32) int32 {
			class, _ := slices.BinarySearch(classes[i], row)
			return int32(class) * stride
		})
	}
	for _, row := range rows {
		t.cells = append(t.cells, m.put(row))
	}
}
