package interlock

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// eachCase gives the cases of all files of the folders, and their tables' names.
func eachCase(f *testing.F, folders []string, take func(table string, v vector)) {
	f.Helper()
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(vectors, folder, "*.json"))
		if err != nil || len(files) == 0 {
			f.Fatalf("no vectors in %s: %v", folder, err)
		}
		for _, file := range files {
			var content struct {
				Table string
				Cases []vector
			}
			readJSON(f, file, &content)
			for _, v := range content.Cases {
				take(content.Table, v)
			}
		}
	}
}

// Any text is decided alike on all ways, and read where encoding/json reads it.
func FuzzDecideText(f *testing.F) {
	var tables []*Table
	for _, name := range tableNames(f) {
		tables = append(tables, mustLoad(f, readFile(f, tablePath(name))))
	}
	eachCase(f, []string{"decide", "requests", "walks"}, func(_ string, v vector) { f.Add([]byte(v.Request)) })
	f.Add([]byte(strings.Repeat("[", 100_000)))
	f.Add([]byte(`{"tokens": ` + strings.Repeat(`[{"a":`, 5000) + "1" + strings.Repeat("}]", 5000) + "}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, table := range tables {
			got := table.DecideText(text)
			if plain := table.judge(table.readText(text)).decision; got != plain {
				t.Fatalf("got %s, plainly %s", got, plain)
			}
			if explained := table.ExplainText(text); explained.Decision != got {
				t.Fatalf("got %s, explained %s", got, explained.Decision)
			}
			notAnObject := got.invalid == notAnObject
			if is := json.Valid(text) && utf8.Valid(text) && strings.TrimLeft(string(text), " \t\r\n")[0] == '{'; is == notAnObject {
				// encoding/json refuses what is nested in more than 10,000 others.
				if strings.Count(string(text), "[")+strings.Count(string(text), "{") <= 10_000 {
					t.Fatalf("%q: read as an object: %v, by encoding/json: %v", text, !notAnObject, is)
				}
			}
			if request, ok := naturally(string(text)); ok && request != nil && !notAnObject {
				if natural := table.Decide(request); natural != got {
					t.Fatalf("got %s, of the map %s", got, natural)
				}
			}
		}
	})
}

// Any bytes are a table or are refused with a reason, also with hashes that are right; a table answers every question.
func FuzzLoad(f *testing.F) {
	eachCase(f, []string{"refuse"}, func(name string, v vector) {
		table, err := os.ReadFile(tablePath(name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(edited(f, table, v))
	})
	for _, name := range []string{"kinds", "numbers", "strings"} {
		f.Add(readFile(f, tablePath(name)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tryTable(t, data)
		if tree, ok := tryTree(data); ok {
			seal(tree)
			tryTable(t, appendTree(nil, tree))
		}
	})
}

func tryTree(data []byte) (tree map[string]any, ok bool) {
	defer func() {
		if caught := recover(); caught != nil {
			_ = caught.(refusal)
		}
	}()
	return parseTree(data), true
}

func tryTable(t *testing.T, data []byte) {
	t.Helper()
	table, err := Load(data)
	var refused *TableError
	if err != nil {
		if !errors.As(err, &refused) || refused.Reason == "" || refused.Message == "" {
			t.Fatalf("refused without a reason: %v", err)
		}
		return
	}
	for _, request := range []map[string]any{nil, {}, {"tokens": 7, "home": "us_east", "beta": true}} {
		d := table.Decide(request)
		if explained := table.Explain(request); explained.Decision != d {
			t.Fatalf("got %s, explained %s", d, explained.Decision)
		}
		if _, err := table.Record(request, classNames[:]...); err != nil {
			t.Fatal(err)
		}
		sameText(t, d.JSON())
		sameText(t, table.Explain(request).JSON())
	}
}

// sameText looks that what was written is canonical JSON.
func sameText(t *testing.T, text []byte) {
	t.Helper()
	if got := appendTree(nil, parseTree(text)); string(got) != string(text) {
		t.Fatalf("%s is not canonical, but %s", text, got)
	}
}
