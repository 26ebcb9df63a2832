package interlock

import "encoding/binary"

// mostMade is how many words may be read to make rows ahead that deciding could do without, and mostKept how many of
// them are kept: a table of few bytes is not to take much time or memory.
const (
	mostMade = 1 << 27
	mostKept = 1 << 22
)

// A maker makes the rows that deciding needs. Of equal ones, one is kept.
type maker struct {
	table        *Table
	fast         rowSet
	made         map[string]int32 // places by words
	words        map[int32]bitset // by place
	placed       []int32          // places by the table's rows; noRow: not yet
	more         int              // how many rows a decision may select besides those that each does
	budget, kept int
}

func newMaker(t *Table, made, kept int) *maker {
	m := &maker{table: t, fast: newRowSet(len(t.columns)), made: map[string]int32{}, words: map[int32]bitset{}, budget: made, kept: kept}
	m.placed = make([]int32, len(t.rows))
	for i := range m.placed {
		m.placed[i] = noRow
	}
	m.put(t.everyColumn()) // at 0: rows that are not selected change nothing
	return m
}

// afford says whether so many rows may be kept, each of which is made of so many others.
func (m *maker) afford(rows, others int) bool {
	words := rows * ((len(m.table.columns)+63)/64 + 1)
	if words > m.kept || words*others > m.budget {
		return false
	}
	m.kept -= words
	m.budget -= words * others
	return true
}

// put gives the place of a row.
func (m *maker) put(words bitset) int32 {
	key := make([]byte, 0, len(words)*8)
	for _, word := range words {
		key = binary.LittleEndian.AppendUint64(key, word)
	}
	place, ok := m.made[string(key)]
	if !ok {
		place = m.fast.add(words)
		m.made[string(key)] = place
		m.words[place] = words
	}
	return place
}

// all gives the places of some of the table's rows.
func (m *maker) all(rows []int32) []int32 {
	places := make([]int32, len(rows))
	for i, row := range rows {
		places[i] = m.of(row)
	}
	return places
}

// of gives the place of one of the table's rows.
func (m *maker) of(row int32) int32 {
	if m.placed[row] == noRow {
		m.placed[row] = m.put(m.table.rows[row])
	}
	return m.placed[row]
}
