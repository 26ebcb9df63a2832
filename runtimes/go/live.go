package interlock

import (
	"sync"
	"sync/atomic"
)

// A Live holds the table of a file, and puts a new one in its place whole, between two requests. It may be used by any
// number of goroutines. A walk ends with the table it began with: take Table once a request.
type Live struct {
	path    string
	current atomic.Pointer[Table]
	reading sync.Mutex // so that what was read last is what is put in last
}

// NewLive reads the table of a file; it fails as LoadFile does.
func NewLive(path string) (*Live, error) {
	l := &Live{path: path}
	if err := l.Reload(); err != nil {
		return nil, err
	}
	return l, nil
}

// Table is the current table.
func (l *Live) Table() *Table { return l.current.Load() }

// Reload reads the file anew. If it cannot be used, the error says why, as that of LoadFile does, and the old table
// serves on.
func (l *Live) Reload() error {
	l.reading.Lock()
	defer l.reading.Unlock()
	table, err := LoadFile(l.path)
	if err != nil {
		return err
	}
	l.current.Store(table)
	return nil
}
