// Package interlock asks a compiled decision table where a request goes, in which order to try again when an upstream
// fails, and why. It needs the standard library only.
//
//	table, err := interlock.LoadFile("claude_code.table.json")
//	…
//	d := table.Decide(request) // as encoding/json gives it
//	for !d.Failed() {
//		class := send(d.Upstream(), d.Model()) // yours: "" if it went well
//		if class == "" {
//			break
//		}
//		d, err = table.After(d, class) // where the request goes next
//	}
//
// Deciding never fails, whatever a request holds, and allocates nothing on requests as encoding/json gives them. Tables
// and decisions never change, and may be used by any number of goroutines. docs/table-format.md specifies every answer.
package interlock
