package interlock

import (
	"regexp"
	"strings"
	"testing"
)

// What the README shows is what the examples run.
func TestTheReadmeShowsTheExamples(t *testing.T) {
	examples := string(readFile(t, "example_test.go"))
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(readFile(t, "README.md")), -1)
	if len(blocks) == 0 {
		t.Fatal("the README has no examples")
	}
	for _, block := range blocks {
		if !strings.Contains(examples, block[1]) {
			t.Errorf("no example has\n%s", block[1])
		}
	}
}
