// Run asks a table from a shell, as docs/runtimes.md says:
//
//	run TABLE REQUESTS.jsonl [--after CLASS,…]
//	run --batch
//
// The first prints the decision on each line of a file (-: standard input) after these errors; the second answers the
// commands load, decide, explain and record, a line each. The exit code is 2, with a message on standard error, if a
// file cannot be used or the usage is wrong.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/OWNER/interlock/runtimes/go"
)

const usage = "usage: run TABLE REQUESTS.jsonl [--after CLASS,…]\n       run --batch"

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func run(arguments []string, input io.Reader, output io.Writer) error {
	out := bufio.NewWriterSize(output, 1<<16)
	var err error
	if len(arguments) == 1 && arguments[0] == "--batch" {
		err = batch(input, out)
	} else {
		err = file(arguments, input, out)
	}
	return errors.Join(err, out.Flush())
}

// file answers the lines of a file.
func file(arguments []string, input io.Reader, out *bufio.Writer) error {
	var names []string
	var after []interlock.ErrorClass
	for i := 0; i < len(arguments); i++ {
		switch list, joined := strings.CutPrefix(arguments[i], "--after="); {
		case joined:
			after = split(list)
		case arguments[i] == "--after" && i+1 < len(arguments):
			i++
			after = split(arguments[i])
		case strings.HasPrefix(arguments[i], "--"):
			return errors.New(usage)
		default:
			names = append(names, arguments[i])
		}
	}
	if len(names) != 2 {
		return errors.New(usage)
	}
	if err := known(after); err != nil {
		return err
	}
	table, err := interlock.LoadFile(names[0])
	if err != nil {
		return err
	}
	if names[1] != "-" {
		opened, err := os.Open(names[1])
		if err != nil {
			return err
		}
		defer opened.Close()
		input = opened
	}
	var answer []byte
	first := true
	return eachLine(input, func(line []byte, _ bool) error {
		if first {
			line, first = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")), false // a byte order mark
		}
		decision, err := decide(table, line, after)
		if err != nil {
			return err
		}
		answer = append(decision.AppendJSON(answer[:0]), '\n')
		_, err = out.Write(answer)
		return err
	})
}

func split(list string) []interlock.ErrorClass {
	var classes []interlock.ErrorClass
	for _, name := range strings.Split(list, ",") {
		classes = append(classes, interlock.ErrorClass(name))
	}
	return classes
}

// known looks whether classes exist, so that a mistake is told even if no request has a walk.
func known(classes []interlock.ErrorClass) error {
	all := interlock.ErrorClasses()
	for _, class := range classes {
		found := false
		for _, one := range all {
			found = found || one == class
		}
		if !found {
			return fmt.Errorf("%q is no error class; these are: %s", string(class), strings.Trim(fmt.Sprint(all), "[]"))
		}
	}
	return nil
}

func decide(table *interlock.Table, request []byte, after []interlock.ErrorClass) (interlock.Decision, error) {
	decision := table.DecideText(request)
	for _, class := range after {
		var err error
		if decision, err = table.After(decision, class); err != nil {
			return decision, err
		}
	}
	return decision, nil
}

// eachLine gives each line without its newline, a last one without any too; more says whether another line is at hand.
func eachLine(input io.Reader, take func(line []byte, more bool) error) error {
	lines := bufio.NewReaderSize(input, 1<<16)
	for {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			start := bytes.Clone(line)
			line, err = lines.ReadBytes('\n')
			line = append(start, line...)
		}
		if err != nil && (err != io.EOF || len(line) == 0) {
			if err == io.EOF {
				return nil
			}
			return err
		}
		waiting, _ := lines.Peek(lines.Buffered())
		if failed := take(bytes.TrimSuffix(line, []byte{'\n'}), bytes.IndexByte(waiting, '\n') >= 0); failed != nil {
			return failed
		}
	}
}

// batch answers commands, each at once.
func batch(input io.Reader, out *bufio.Writer) error {
	var table *interlock.Table
	return eachLine(input, func(line []byte, more bool) error {
		var answer []byte
		table, answer = command(table, line)
		if _, err := out.Write(append(answer, '\n')); err != nil {
			return err
		}
		if more {
			return nil
		}
		return out.Flush()
	})
}

// command answers one command on a table, nil before any was loaded, and gives the table to ask from then on.
func command(table *interlock.Table, line []byte) (*interlock.Table, []byte) {
	verb, rest, given := bytes.Cut(line, []byte{' '})
	wrong := func(format string, arguments ...any) (*interlock.Table, []byte) {
		text := fmt.Sprintf(format, arguments...)
		return table, []byte("error " + strings.ReplaceAll(text, "\n", " "))
	}
	if string(verb) == "load" && given {
		loaded, err := interlock.LoadFile(string(rest))
		var refused *interlock.TableError
		if errors.As(err, &refused) {
			text := fmt.Sprintf("refused %s %s", refused.Reason, refused.Message)
			return table, []byte(strings.ReplaceAll(text, "\n", " "))
		} else if err != nil {
			return wrong("%v", err)
		}
		return loaded, []byte("loaded " + loaded.Version())
	}
	classes, request, asked := bytes.Cut(rest, []byte{' '})
	switch name := string(verb); {
	case name != "decide" && name != "explain" && name != "record":
		return wrong("unknown command %.80q; these are: load PATH, decide CLASSES REQUEST, explain REQUEST, record CLASSES REQUEST", verb)
	case !given || !asked && name != "explain":
		return wrong("%s: a field is missing", name)
	case table == nil:
		return wrong("no table is loaded")
	case name == "explain":
		return table, table.ExplainText(rest).JSON()
	case name == "decide":
		decision, err := decide(table, request, after(classes))
		if err != nil {
			return wrong("%v", err)
		}
		return table, decision.JSON()
	}
	record, err := table.RecordText(request, after(classes)...)
	if err != nil {
		return wrong("%v", err)
	}
	return table, record.JSON()
}

// after reads the field CLASSES.
func after(field []byte) []interlock.ErrorClass {
	if string(field) == "-" {
		return nil
	}
	return split(string(field))
}
