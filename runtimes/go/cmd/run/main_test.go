package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const tables = "../../../vectors/tables/"

// asked gives what run prints.
func asked(t *testing.T, input string, arguments ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(arguments, strings.NewReader(input), &out)
	return out.String(), err
}

func TestEveryLineIsAnswered(t *testing.T) {
	long := `{"x": "` + strings.Repeat("é", 100_000) + `"}`
	for input, lines := range map[string]int{
		"": 0, "\n": 1, "{}": 1, "{}\n": 1, "{}\n\n": 2, "{}\nno JSON\n\xff\n{}": 4, long + "\n" + long: 2, "{}\r\n{}": 2,
	} {
		out, err := asked(t, input, tables+"walks.json", "-")
		if err != nil || strings.Count(out, "\n") != lines {
			t.Errorf("%.40q: got %v, %.200q; want %d lines", input, err, out, lines)
		}
	}
}

// A byte order mark is passed over at the start of the file, and is no JSON elsewhere.
func TestAByteOrderMark(t *testing.T) {
	const mark = "\xef\xbb\xbf"
	for input, wanted := range map[string]string{
		mark + `{"route": 0}` + "\n" + mark + `{"route": 0}`: `{"route": 0}` + "\nno JSON", mark + mark + "{}": "no JSON", mark: "\n",
	} {
		got, err := asked(t, input, tables+"walks.json", "-")
		want, _ := asked(t, wanted, tables+"walks.json", "-")
		if err != nil || got != want {
			t.Errorf("%q: got %v, %s; want %s", input, err, got, want)
		}
	}
}

func TestAfter(t *testing.T) {
	for _, arguments := range [][]string{
		{tables + "walks.json", "-", "--after", "overloaded,timeout"},
		{"--after=overloaded,timeout", tables + "walks.json", "-"},
	} {
		out, err := asked(t, `{"route": 0}`, arguments...)
		if err != nil || !strings.Contains(out, `"hop":2`) {
			t.Errorf("%v: got %v, %s", arguments, err, out)
		}
	}
}

func TestUsageAndFilesThatAreNotThere(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{
		{}, {"a"}, {"a", "b", "c"}, {"--batch", "a"}, {"--other", "a", "b"}, {"a", "b", "--after"}, {"nowhere", "-"},
		{tables + "walks.json", "nowhere"}, {tables + "walks.json", "-", "--after", "unavailable"},
		{tables + "walks.json", "-", "--after", ""}, {broken, "-"}, {t.TempDir(), "-"},
	} {
		if out, err := asked(t, "", arguments...); err == nil || out != "" {
			t.Errorf("%v: got %v, %q", arguments, err, out)
		}
	}
}

func TestBatch(t *testing.T) {
	spaced := filepath.Join(t.TempDir(), "a table.json")
	data, err := os.ReadFile(tables + "walks.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(spaced, data, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ command, answer string }{
		{"decide - {}", "error no table"},
		{"load " + spaced, "loaded 0043e6123a16"},
		{"load ../../go.mod", "refused json "},
		{"load nowhere", "error "},
		{"load", "error "},
		{`decide - {"route": 0}`, `{"account":`},
		{"decide overloaded,refused {\"route\": 0}", `{"account":`},
		{"decide - ", `{"account":`},
		{"decide -", "error "},
		{"decide nobody {}", "error \"nobody\" is no error class"},
		{"decide  {}", "error "},
		{`explain {"route": 0}`, `{"decision":{`},
		{"explain ", `{"decision":{`},
		{"explain", "error "},
		{`record overloaded {"route": 0}`, `{"account":`},
		{"record nobody {}", "error "},
		{"\xff\x00", "error unknown command"},
		{"", "error unknown command"},
		{"explain {}\nexplain {}", `{"decision":{`}, // the last one without a newline
	} {
		out, err := asked(t, "load "+tables+"kinds.json\n"+c.command+"\n", "--batch")
		if c.answer == "error no table" {
			out, err = asked(t, c.command, "--batch")
			out = "\n" + out
		}
		_, answer, _ := strings.Cut(out, "\n")
		if err != nil || !strings.HasPrefix(answer, c.answer) || strings.Count(answer, "\n") != 1+strings.Count(c.command, "\n") {
			t.Errorf("%q: got %v, %q; want %q", c.command, err, answer, c.answer)
		}
	}
}

// An answer comes before the next command, and before the end of one that is half written.
func TestBatchAnswersAtOnce(t *testing.T) {
	commands, input := io.Pipe()
	output, answers := io.Pipe()
	go func() {
		answers.CloseWithError(run([]string{"--batch"}, commands, answers))
	}()
	lines := bufio.NewScanner(output)
	done := make(chan bool)
	go func() {
		defer close(done)
		for _, command := range []string{"load " + tables + "walks.json\ndec", "ide - {}\ndecide", " - {}\n"} {
			if _, err := io.WriteString(input, command); err != nil || !lines.Scan() {
				t.Errorf("%q is not answered: %v", command, err)
			}
		}
		input.Close()
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("no answer")
	}
}
