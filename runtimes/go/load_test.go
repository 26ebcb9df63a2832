package interlock

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestLoadFile(t *testing.T) {
	if _, err := LoadFile("nowhere"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	path := filepath.Join(t.TempDir(), "t.json")
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	var refused *TableError
	if _, err := LoadFile(path); !errors.As(err, &refused) || refused.Reason != ReasonFormat || !strings.Contains(err.Error(), path) {
		t.Errorf("an object: %v", err)
	}
}

// White space, other escapes and another order of keys are no fault.
func TestLoadTakesWhatIsWrittenOtherwise(t *testing.T) {
	data := string(readFile(t, tablePath("kinds")))
	spaced := strings.ReplaceAll(strings.ReplaceAll(data, `,"`, ",\n\t\""), `"policy":"kinds"`, `"polic\u0079" : "kind\u0073"`)
	table := mustLoad(t, []byte(spaced))
	if want := mustLoad(t, []byte(data)); table.Version() != want.Version() || table.Policy() != "kinds" {
		t.Errorf("got %s %s", table.Policy(), table.Version())
	}
}

func TestLimits(t *testing.T) {
	tree := func() map[string]any { return parseTree(readFile(t, tablePath("kinds"))) }
	refusedFor := func(reason Reason, data []byte) {
		t.Helper()
		var refused *TableError
		if _, err := Load(data); !errors.As(err, &refused) || refused.Reason != reason {
			t.Errorf("got %v, want %s", err, reason)
		}
	}
	refusedFor(ReasonLimit, make([]byte, maxBytes+1))
	refusedFor(ReasonJSON, []byte(strings.Repeat("[", 1_000_000)))
	refusedFor(ReasonJSON, []byte(strings.Repeat(`{"a":`, 1_000_000)))
	columns := tree()
	columns["columns"] = make([]any, maxColumns+1)
	seal(columns)
	refusedFor(ReasonLimit, appendTree(nil, columns))
	attributes := tree()
	attributes["attributes"] = make([]any, maxAttributes+1)
	seal(attributes)
	refusedFor(ReasonLimit, appendTree(nil, attributes))
}

// Each row once took as much memory as the table has columns: a table of 2 MB would have taken 1.2 GB.
func TestShortRowsTakeLittleMemory(t *testing.T) {
	tree := parseTree(readFile(t, tablePath("kinds")))
	columns, rows := make([]any, maxColumns), make([]any, maxColumns)
	for i := range columns {
		columns[i] = []any{int64(0), int64(0)}
		rows[i] = fmt.Sprintf("%x", i)
	}
	tree["columns"], tree["rows"] = columns, rows
	seal(tree)
	data := appendTree(nil, tree)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	table := mustLoad(t, data)
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > 200<<20 {
		t.Errorf("loading %d bytes took %d", len(data), taken)
	}
	runtime.KeepAlive(table)
}
