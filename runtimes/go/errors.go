package interlock

import "fmt"

// A Reason is the class of what is wrong with a table, the same in every runtime
// (docs/table-format.md, "What a reader refuses").
type Reason string

// The reasons for which a table is refused.
const (
	ReasonJSON      Reason = "json"      // it is no JSON object, or not as the format writes JSON
	ReasonFormat    Reason = "format"    // it is no decision table
	ReasonVersion   Reason = "version"   // its format version is not known to this reader
	ReasonDigest    Reason = "digest"    // it was changed after it was compiled
	ReasonStructure Reason = "structure" // a field is missing, unknown, or of another type or length
	ReasonBounds    Reason = "bounds"    // an index or a number lies outside what the format says of it
	ReasonLimit     Reason = "limit"     // it is larger than this reader takes
)

// A TableError says why a table cannot be used: what is wrong with it, and where.
type TableError struct {
	Reason  Reason
	Message string
}

// Error gives the message.
func (e *TableError) Error() string { return e.Message }

// refusal is how a check ends the reading of a table: Load recovers it, and it never leaves this package.
type refusal struct{ err *TableError }

func refuse(reason Reason, format string, arguments ...any) {
	panic(refusal{&TableError{reason, fmt.Sprintf(format, arguments...)}})
}
