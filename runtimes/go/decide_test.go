package interlock

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand"
	"path/filepath"
	"testing"
)

// agree looks that a request gets the same decision in every form, and that of the plain path.
func agree(t *testing.T, table *Table, request map[string]any) {
	t.Helper()
	plain := table.judge(table.mapped(request)).decision
	if got := table.Decide(request); got != plain {
		t.Fatalf("Decide(%#v) = %s, plainly %s", request, got, plain)
	}
	typed := table.NewRequest()
	copy(typed.values, table.mapped(request))
	if got := typed.Decide(); got != plain {
		t.Fatalf("Request(%#v) = %s, plainly %s", request, got, plain)
	}
	if text, err := json.Marshal(request); err == nil { // NaN and infinities are no JSON
		var parsed map[string]any
		if err := json.Unmarshal(text, &parsed); err != nil {
			t.Fatal(err)
		}
		if got, want := table.DecideText(text), table.Decide(parsed); got != want {
			t.Fatalf("DecideText(%s) = %s, Decide %s", text, got, want)
		}
	}
}

func TestDecideAgreesWithThePlainPath(t *testing.T) {
	for seed := range int64(60) {
		rng := rand.New(rand.NewSource(seed))
		// 64 and fewer columns, some words of them, and more than 64 words have a way of being found each.
		columns := []int{0, 1, 5, 63, 64, 65, 128, 700, 4096, 4097, 9000}[seed%11]
		table := mustLoad(t, appendTree(nil, (&tableMaker{Rand: rng, columns: columns}).table()))
		if rng.Intn(2) == 0 { // what is not made ahead for want of room is decided alike
			table.prepareWithin(mostMade, rng.Intn(200))
		}
		for range 300 {
			agree(t, table, someRequest(rng, table))
		}
	}
}

func TestDecideAgreesOnTheTablesOfTheVectors(t *testing.T) {
	for _, name := range tableNames(t) {
		rng := rand.New(rand.NewSource(1))
		table := mustLoad(t, readFile(t, tablePath(name)))
		for range 2000 {
			agree(t, table, someRequest(rng, table))
		}
	}
}

// A table whose rows take more room than Decide has of its own.
func TestDecideWithManyConditions(t *testing.T) {
	rng := rand.New(rand.NewSource(1))
	maker := &tableMaker{Rand: rng, columns: 200}
	maker.rows = nil
	tree := maker.table()
	elements := []any{}
	for i := range 500 {
		elements = append(elements, map[string]any{
			"value": fmt.Sprintf("e%03d", i), "holds": int64(rng.Intn(len(maker.rows))), "fails": int64(rng.Intn(len(maker.rows))),
		})
	}
	tree["attributes"] = []any{map[string]any{
		"name": "many", "type": "set", "optional": false, "default": nil, "stability": "per turn", "error": nil,
		"source": nil, "enum": nil, "open": true, "values": []any{}, "elements": elements,
	}}
	source := tree["source"].(map[string]any)
	source["attributes"] = source["attributes"].([]any)[:1]
	seal(tree)
	table := mustLoad(t, appendTree(nil, tree))
	for range 300 {
		var list []any
		for range rng.Intn(6) {
			list = append(list, fmt.Sprintf("e%03d", rng.Intn(510)))
		}
		agree(t, table, map[string]any{"many": list})
	}
}

func TestDecidingAllocatesNothing(t *testing.T) {
	for _, folder := range []string{"decide", "walks"} {
		eachVector(t, folder, func(t *testing.T, data []byte, v vector) {
			table := mustLoad(t, data)
			request, ok := naturally(v.Request)
			if !ok {
				t.Skip("encoding/json loses what this is about")
			}
			if got := testing.AllocsPerRun(10, func() { table.Decide(request) }); got > 0 {
				t.Errorf("Decide allocates %v times", got)
			}
			typed := table.NewRequest()
			copy(typed.values, table.mapped(request))
			if got := testing.AllocsPerRun(10, func() { typed.Decide() }); got > 0 {
				t.Errorf("Request.Decide allocates %v times", got)
			}
		})
	}
}

func TestNumbersOfEveryKind(t *testing.T) {
	table := mustLoad(t, readFile(t, tablePath("kinds")))
	decide := func(tokens any) string {
		invalid, _ := table.Decide(map[string]any{"home": "us_east", "beta": true, "tokens": tokens}).Invalid()
		return invalid.Reason
	}
	for _, good := range []any{
		7, int8(7), int16(7), int32(7), int64(7), uint(7), uint8(7), uint16(7), uint32(7), uint64(7), float32(7), 7.0,
		json.Number("7"), json.Number("7.0"), json.Number("70e-1"), math.Copysign(0, -1),
	} {
		if got := decide(good); got != "" {
			t.Errorf("%T %v is invalid: %s", good, good, got)
		}
	}
	for _, far := range []any{
		1e300, -1e300, float64(1 << 63), float64(-1 << 63), uint64(math.MaxUint64), int64(math.MinInt64),
		json.Number("1e400"), json.Number("99999999999999999999"),
	} {
		if got := decide(far); got != "out_of_range" {
			t.Errorf("%T %v: got %q", far, far, got)
		}
	}
	for _, wrong := range []any{
		7.5, "7", true, math.NaN(), math.Inf(1), float32(math.Inf(-1)), json.Number("NaN"), json.Number(" 7"),
		json.Number(""), json.Number("7x"), complex(7, 0), struct{}{},
	} {
		if got := decide(wrong); got != "wrong_type" {
			t.Errorf("%T %v: got %q", wrong, wrong, got)
		}
	}
}

func TestStringsThatAreNoUTF8AreOfTheWrongType(t *testing.T) {
	table := mustLoad(t, readFile(t, tablePath("kinds")))
	for name, given := range map[string]any{"home": "us_\xff", "features": []any{"\xff"}, "hint": "\xed\xa0\x80"} {
		request := map[string]any{"home": "us_east", "beta": true, "tokens": 7}
		request[name] = given
		invalid, _ := table.Decide(request).Invalid()
		if invalid.Attribute != name || invalid.Reason != "wrong_type" {
			t.Errorf("%s = %q: got %+v", name, given, invalid)
		}
	}
	if got := string(table.DecideText([]byte("{\"x\": \"\xff\"}")).JSON()); got != string(table.Decide(nil).JSON()) {
		t.Errorf("a text that is no UTF-8 is decided as %s", got)
	}
}

func TestTypedRequests(t *testing.T) {
	table := mustLoad(t, readFile(t, tablePath("kinds")))
	number := func(name string) int {
		n, ok := table.Attribute(name)
		if !ok {
			t.Fatalf("no attribute %s", name)
		}
		return n
	}
	if _, ok := table.Attribute("nobody"); ok {
		t.Error("there is an attribute that there is none of")
	}
	r := table.NewRequest()
	same := func(request map[string]any) {
		t.Helper()
		if got, want := r.Decide(), table.Decide(request); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got, want := r.Explain().String(), table.Explain(request).String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	same(map[string]any{})
	r.SetString(number("home"), "us_east")
	r.SetInt(number("tokens"), 6)
	r.SetBool(number("beta"), true)
	r.SetList(number("features"), []string{"beta"})
	same(map[string]any{"home": "us_east", "tokens": 6, "beta": true, "features": []string{"beta"}})
	r.Unset(number("features"))
	same(map[string]any{"home": "us_east", "tokens": 6, "beta": true})
	r.SetInt(number("beta"), 1)
	same(map[string]any{"home": "us_east", "tokens": 6, "beta": 1})
	r.Reset()
	same(map[string]any{})
}

func TestAfterRefusesMistakes(t *testing.T) {
	walks := mustLoad(t, readFile(t, tablePath("walks")))
	again := mustLoad(t, readFile(t, tablePath("walks")))
	kinds := mustLoad(t, readFile(t, tablePath("kinds")))
	d := walks.Decide(map[string]any{"route": 0})
	if _, err := walks.After(d, "unavailable"); err == nil {
		t.Error("an unknown class is taken")
	}
	if _, err := kinds.After(d, Overloaded); err == nil {
		t.Error("another table's decision is taken")
	}
	if _, err := walks.After(Decision{}, Overloaded); err == nil {
		t.Error("nobody's decision is taken")
	}
	want, _ := walks.After(d, Overloaded)
	if got, err := again.After(d, Overloaded); err != nil || got.String() != want.String() {
		t.Errorf("a decision of the same version gives %s, %v; want %s", got, err, want)
	}
	if (Decision{}).Upstream() != "" || (Decision{}).Failed() {
		t.Error("the zero decision says something")
	}
}

func TestRecordsDecideAsDecideDoes(t *testing.T) {
	files, _ := filepath.Glob(tablePath("*"))
	for _, file := range files {
		rng := rand.New(rand.NewSource(2))
		table := mustLoad(t, readFile(t, file))
		for range 300 {
			request := someRequest(rng, table)
			d := table.Decide(request)
			after := []ErrorClass{}
			for range rng.Intn(4) {
				class := classNames[rng.Intn(classes)]
				after = append(after, class)
				d, _ = table.After(d, class)
			}
			record, err := table.Record(request, after...)
			if err != nil || record.Decision != d {
				t.Fatalf("record %s, %v; want %s", record, err, d)
			}
			var fields map[string]any
			if err := json.Unmarshal(record.JSON(), &fields); err != nil || len(fields) != 16 {
				t.Fatalf("%s: %v", record, err)
			}
			if got := table.Explain(request).Decision; len(after) == 0 && got != d {
				t.Fatalf("explained as %s, want %s", got, d)
			}
		}
	}
}
