package interlock

import "sync"

// A nullable is a string or null.
type nullable struct {
	text  string
	given bool
}

type attributeType uint8

const (
	boolType attributeType = iota
	intType
	enumType
	stringType
	setType
)

const noRow = -1

// An attribute is a classifier. Its rows are indices into the table's; noRow is none.
type attribute struct {
	name       string
	kind       attributeType
	hasDefault bool
	standIn    value // the default
	absent     int32 // noRow where it cannot be absent, and for sets

	no, yes int32 // of a bool

	lo, hi int64 // of an int
	cuts   []int64

	isEnum bool     // of a set: whether its elements are an enum's
	open   bool     // of enums and sets
	values []string // of enums and sets: the declared ones; of strings: the literals
	rows   []int32  // of ints, enums and strings
	other  int32    // of enums and strings; noRow in a closed enum

	patterns []pattern
	samples  []sample
	elements []element

	invalid [faults]*Invalid
	members map[string]bool // of a closed set
}

// mayBeAbsent says whether a request may go without it, no default standing in.
func (a *attribute) mayBeAbsent() bool { return a.absent != noRow }

type pattern struct {
	pieces       []string
	holds, fails int32
}

type sample struct {
	salt         nullable
	seed         uint32
	below        uint32
	holds, fails int32
}

type element struct {
	value        string
	holds, fails int32
}

type column struct{ rule, state int32 }

// A state is a hop, or an end if pool is -1. next has the state that follows an error of each class, or -1.
type state struct {
	pool int32
	next [classes]int32
	fail failure
}

// A failure is an answer of the table's own. Status 0 is null.
type failure struct {
	status  int
	message nullable
}

type pool struct {
	name     string
	members  []member
	maglev   []int32 // nil for a pool of one
	sticky   int     // the index of an attribute, or -1
	position int     // among the table's sticky attributes, where maglev is not nil and sticky not -1
	retry    int64
}

type member struct {
	upstream, model int32
	name            string // UPSTREAM/MODEL
}

type upstream struct {
	name, provider  string
	account, region nullable
	limit           *limit
	breaker         *breaker
}

type limit struct {
	count, burst int64
	period       int64 // in milliseconds
	status       int   // 0: spills
}

type breaker struct {
	share             int64 // in basis points
	requests          int64
	windowMS, probeMS int64
}

// A Place says where in the policy a rule is written.
type Place struct {
	File       string // below the policy's root, or std/…
	Start, End [2]int // line and column from 1, in code points; the end is exclusive
	Doc        string // the doc comment
	hasDoc     bool
}

// A Table is a compiled policy. It never changes, and may be used by any number of goroutines.
type Table struct {
	policy, version string
	attributes      []attribute
	index           map[string]int
	rows            []bitset
	columns         []column
	rules           []string
	states          []state
	invalid         int32
	pools           []pool
	upstreams       []upstream
	models          []string
	places          []Place // of the rules

	sticky []int  // the attributes by which some pool of several members is sticky, in name order
	keyed  []bool // by state: whether some walk from there enters such a pool

	// What deciding needs besides.
	steps []step
	least int     // how many rows each decision selects
	most  int     // how many a decision may select
	cells []int32 // the place of each one's row; nil: no attributes are joined
	cell  int     // where among the selected rows a cell's stands, and its number before
	fast  rowSet
	ends  []ending // by column

	requests sync.Pool // of *Request, for texts
}

// Policy is the policy's name.
func (t *Table) Policy() string { return t.policy }

// Version is the SHA-256 of what the table decides: comments and layout of the policy do not change it.
func (t *Table) Version() string { return t.version }
