package interlock

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func TestLive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.json")
	write := func(data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := NewLive(path); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("a file that is not there: %v", err)
	}
	write(readFile(t, tablePath("kinds")))
	live, err := NewLive(path)
	if err != nil {
		t.Fatal(err)
	}
	kinds := live.Table()

	write([]byte(`{"format":`))
	var refused *TableError
	if err := live.Reload(); !errors.As(err, &refused) || refused.Reason != ReasonJSON {
		t.Errorf("a broken file: %v", err)
	}
	if live.Table() != kinds {
		t.Error("the old table does not serve on")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := live.Reload(); !errors.Is(err, os.ErrNotExist) || live.Table() != kinds {
		t.Errorf("a file that is gone: %v", err)
	}

	write(readFile(t, tablePath("walks")))
	var wait sync.WaitGroup
	for range 4 {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for range 200 {
				table := live.Table()
				if d := table.Decide(map[string]any{}); d.Version() != table.Version() {
					t.Error("a decision of no one table")
				}
			}
		}()
	}
	if err := live.Reload(); err != nil {
		t.Error(err)
	}
	wait.Wait()
	if live.Table().Policy() != "walks" {
		t.Errorf("the table is %s", live.Table().Policy())
	}
}
