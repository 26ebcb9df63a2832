package interlock_test

import (
	"fmt"
	"time"

	"github.com/OWNER/interlock/runtimes/go"
)

// send stands for a gateway's own: the first upstream is overloaded, the next one answers.
func send(upstream, model string) interlock.ErrorClass {
	calls++
	fmt.Println("send to", upstream, "for", model)
	if calls == 1 {
		return interlock.Overloaded
	}
	return ""
}

var calls int

func Example() {
	table, err := interlock.LoadFile("../vectors/tables/walks.json")
	if err != nil {
		panic(err)
	}
	request := map[string]any{"route": 0, "session": "s-1"}

	d := table.Decide(request)
	for !d.Failed() {
		class := send(d.Upstream(), d.Model()) // yours: "" if it went well
		if class == "" {
			break
		}
		if d, err = table.After(d, class); err != nil { // where the request goes next
			panic(err) // only for a class that does not exist, or another table's decision
		}
	}
	if fail, failed := d.Fail(); failed {
		fmt.Println("answer", fail.Status, fail.Message)
	}
	fmt.Println("rule", d.Rule(), "hop", d.Hop())
	// Output:
	// send to far for n
	// send to east for m
	// rule session hop 1
}

func ExampleRequest() {
	table, err := interlock.LoadFile("../vectors/tables/walks.json")
	if err != nil {
		panic(err)
	}
	route, _ := table.Attribute("route")
	session, _ := table.Attribute("session")

	r := table.NewRequest() // one a goroutine, or from a sync.Pool
	r.SetInt(route, 0)
	r.SetString(session, "s-1")
	fmt.Println(r.Decide().Upstream())
	r.Reset()
	// Output: far
}

func ExampleLive() {
	live, err := interlock.NewLive("../vectors/tables/walks.json")
	if err != nil {
		panic(err)
	}
	table := live.Table() // once a request: its walk ends with this table
	fmt.Println(table.Decide(map[string]any{"route": 1}).Rule())

	if err := live.Reload(); err != nil { // say, on SIGHUP
		fmt.Println("the old table serves on:", err)
	}
	// Output: number
}

func ExampleState() {
	table, err := interlock.LoadFile("../vectors/tables/walks.json")
	if err != nil {
		panic(err)
	}
	start := time.Now()
	state := interlock.NewState(func() int64 { return time.Since(start).Milliseconds() })

	admitted, err := state.Admit(table, table.Decide(map[string]any{"route": 0, "session": "s-1"}))
	if err != nil {
		panic(err)
	}
	if admitted.Permit != nil { // the decision may be sent; else it is a fail
		fmt.Println("send to", admitted.Decision.Upstream())
		if err := admitted.Permit.Done(""); err != nil { // the class of the error, "" if there was none
			panic(err)
		}
	}
	// Output: send to far
}
