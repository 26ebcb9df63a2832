package interlock

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const vectors = "../vectors"

// A vector is a case of any of the kinds of vector files.
type vector struct {
	Name        string
	Request     string
	Decision    any
	After       []ErrorClass
	Decisions   []any
	Explanation any
	Record      any
	Steps       []servingStep
	// of a refusal
	Op, At, Reason, Seal string
	Old, New, Text, Hex  string
	Value                json.RawMessage
}

// A servingStep asks about an upstream, or tells how a request ended that an earlier step let through.
type servingStep struct {
	AtMS   int64 `json:"at_ms"`
	Admit  string
	Answer any
	Done   int
	Error  ErrorClass
}

// eachVector runs a test for each case of a folder, with the bytes of the case's table.
func eachVector(t *testing.T, folder string, check func(t *testing.T, table []byte, v vector)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(vectors, folder, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors in %s: %v", folder, err)
	}
	for _, file := range files {
		var content struct {
			Table string
			Cases []vector
		}
		readJSON(t, file, &content)
		table := readFile(t, tablePath(content.Table))
		if len(content.Cases) == 0 {
			t.Fatalf("%s has no cases", file)
		}
		for _, v := range content.Cases {
			t.Run(filepath.Base(file)+"/"+v.Name, func(t *testing.T) { check(t, table, v) })
		}
	}
}

func tablePath(name string) string { return filepath.Join(vectors, "tables", name+".json") }

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func readJSON(t testing.TB, path string, into any) {
	t.Helper()
	if err := json.Unmarshal(readFile(t, path), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func mustLoad(t testing.TB, data []byte) *Table {
	t.Helper()
	table, err := Load(data)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// sameJSON compares what a runtime wrote with the parsed JSON of a vector, and looks that it is canonical.
func sameJSON(t *testing.T, got []byte, want any) {
	t.Helper()
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer) // sorts keys
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(want); err != nil {
		t.Fatal(err)
	}
	canonical := string(appendTree(nil, parseTree(append([]byte(`{"":`), append(buffer.Bytes(), '}')...))[""]))
	if string(got) != canonical {
		t.Errorf("got  %s\nwant %s", got, canonical)
	}
}

func TestDecideVectors(t *testing.T) {
	for _, folder := range []string{"decide", "requests"} {
		eachVector(t, folder, func(t *testing.T, table []byte, v vector) {
			loaded := mustLoad(t, table)
			sameJSON(t, loaded.DecideText([]byte(v.Request)).JSON(), v.Decision)
			if request, ok := naturally(v.Request); ok {
				sameJSON(t, loaded.Decide(request).JSON(), v.Decision)
			}
		})
	}
}

// naturally parses a request as a gateway would; ok is false where encoding/json loses what the vector is about.
func naturally(text string) (request map[string]any, ok bool) {
	if err := json.Unmarshal([]byte(text), &request); err != nil {
		return nil, false
	}
	return request, !strings.Contains(strings.ToLower(text), `\ud`)
}

func TestWalkVectors(t *testing.T) {
	eachVector(t, "walks", func(t *testing.T, table []byte, v vector) {
		loaded := mustLoad(t, table)
		decision := loaded.DecideText([]byte(v.Request))
		sameJSON(t, decision.JSON(), v.Decisions[0])
		for i, class := range v.After {
			var err error
			if decision, err = loaded.After(decision, class); err != nil {
				t.Fatal(err)
			}
			sameJSON(t, decision.JSON(), v.Decisions[i+1])
		}
	})
}

func TestRefuseVectors(t *testing.T) {
	eachVector(t, "refuse", func(t *testing.T, table []byte, v vector) {
		_, err := Load(edited(t, table, v))
		refused, ok := err.(*TableError)
		if !ok {
			t.Fatalf("got error %v, want a *TableError", err)
		}
		if string(refused.Reason) != v.Reason {
			t.Errorf("got reason %s (%s), want %s", refused.Reason, refused.Message, v.Reason)
		}
	})
}

// edited does to the bytes of a table what a case of refuse/ says.
func edited(t testing.TB, table []byte, v vector) []byte {
	t.Helper()
	switch v.Op {
	case "text":
		return []byte(v.Text)
	case "hex":
		data, err := hex.DecodeString(v.Hex)
		if err != nil {
			t.Fatal(err)
		}
		return data
	case "replace":
		if bytes.Count(table, []byte(v.Old)) != 1 {
			t.Fatalf("%q does not stand once in the table", v.Old)
		}
		return bytes.Replace(table, []byte(v.Old), []byte(v.New), 1)
	}
	tree := parseTree(table)
	steps := strings.Split(v.At, "/")[1:]
	var holder any = tree
	for _, step := range steps[:len(steps)-1] {
		switch at := holder.(type) {
		case map[string]any:
			holder = at[step]
		case []any:
			holder = at[number(t, step)]
		}
	}
	last := steps[len(steps)-1]
	switch at := holder.(type) {
	case map[string]any:
		if v.Op == "remove" {
			delete(at, last)
		} else {
			at[last] = treeOf(v.Value)
		}
	case []any:
		if v.Op == "remove" {
			t.Fatal("no case removes an item")
		}
		at[number(t, last)] = treeOf(v.Value)
	default:
		t.Fatalf("nothing is at %s", v.At)
	}
	if v.Seal == "both" {
		tree["version"] = sum(tree, "version", "digest", "source")
	}
	if v.Seal != "none" {
		tree["digest"] = sum(tree, "digest")
	}
	return append(appendTree(nil, tree), '\n')
}

func number(t testing.TB, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func treeOf(value json.RawMessage) any {
	if value == nil { // encoding/json gives null so
		return nil
	}
	return parseTree([]byte(fmt.Sprintf(`{"":%s}`, value)))[""]
}

func TestHashVectors(t *testing.T) {
	var content struct {
		Cases []struct {
			Text string
			Seed uint32
			Hash uint32
		}
	}
	readJSON(t, filepath.Join(vectors, "hash.json"), &content)
	if len(content.Cases) == 0 {
		t.Fatal("no cases")
	}
	for _, c := range content.Cases {
		if got := murmur3(c.Text, c.Seed); got != c.Hash {
			t.Errorf("murmur3(%q, %d) = %d, want %d", c.Text, c.Seed, got, c.Hash)
		}
	}
}

func TestExplainVectors(t *testing.T) {
	eachVector(t, "explain", func(t *testing.T, table []byte, v vector) {
		loaded := mustLoad(t, table)
		sameJSON(t, loaded.ExplainText([]byte(v.Request)).JSON(), v.Explanation)
		if request, ok := naturally(v.Request); ok {
			sameJSON(t, loaded.Explain(request).JSON(), v.Explanation)
		}
	})
}

func TestRecordVectors(t *testing.T) {
	if _, err := os.Stat(filepath.Join(vectors, "record")); os.IsNotExist(err) {
		t.Skip("there is no folder record/")
	}
	eachVector(t, "record", func(t *testing.T, table []byte, v vector) {
		record, err := mustLoad(t, table).RecordText([]byte(v.Request), v.After...)
		if err != nil {
			t.Fatal(err)
		}
		sameJSON(t, record.JSON(), v.Record)
	})
}

func TestServingVectors(t *testing.T) {
	if _, err := os.Stat(filepath.Join(vectors, "serving")); os.IsNotExist(err) {
		t.Skip("there is no folder serving/")
	}
	eachVector(t, "serving", func(t *testing.T, table []byte, v vector) {
		clock := v.Steps[0].AtMS
		loaded, state := mustLoad(t, table), NewState(func() int64 { return clock })
		permits := make([]*Permit, len(v.Steps))
		for i, step := range v.Steps {
			clock = step.AtMS
			if step.Admit == "" {
				if err := permits[step.Done].Done(step.Error); err != nil {
					t.Fatal(err)
				}
				continue
			}
			at := slices.IndexFunc(loaded.upstreams, func(u upstream) bool { return u.name == step.Admit })
			permit, status := state.ask(&loaded.upstreams[at])
			var got any = map[string]any{"status": float64(status)}
			if permit != nil {
				got = "send"
			} else if status == 0 {
				got = "overloaded"
			}
			if permits[i] = permit; !reflect.DeepEqual(got, step.Answer) {
				t.Fatalf("step %d: got %v, want %v", i, got, step.Answer)
			}
		}
	})
}
