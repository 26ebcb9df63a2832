package interlock

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

// Load reads a table from the bytes of its file; it keeps nothing of them. The error of a table that cannot be used is
// a *TableError.
func Load(data []byte) (table *Table, err error) {
	defer func() {
		if caught := recover(); caught != nil {
			refused, ok := caught.(refusal)
			if !ok {
				panic(caught)
			}
			err = refused.err
		}
	}()
	tree := parseTree(data)
	if format, _ := tree["format"].(string); format != "interlock-table" {
		refuse(ReasonFormat, "format: must be \"interlock-table\": this is no decision table")
	}
	if version, ok := tree["format_version"].(int64); !ok || version != 1 {
		refuse(ReasonVersion, "format_version: only 1 is known to this reader")
	}
	root := &node{value: tree}
	root.object(tableFields...)
	checkHashes(root, tree)
	made := check(root)
	made.prepareWalks()
	made.prepare()
	return made, nil
}

// LoadFile reads a table from a file. The error is a *TableError if the content is no table, and that of the file
// system if the file cannot be read.
func LoadFile(path string) (*Table, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxBytes+1))
	if err != nil {
		return nil, err
	}
	table, err := Load(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return table, nil
}

// checkHashes compares digest and version with the content, written canonically.
func checkHashes(root *node, tree map[string]any) {
	digest, version := sha256.New(), sha256.New()
	digestMark, versionMark := byte('{'), byte('{')
	var text []byte
	for _, key := range sortedKeys(tree) {
		if key == "digest" {
			continue
		}
		text = append(appendText(append(text[:0], digestMark), key), ':')
		text = appendTree(text, tree[key])
		digest.Write(text)
		digestMark = ','
		if key != "version" && key != "source" {
			text[0] = versionMark
			version.Write(text)
			versionMark = ','
		}
	}
	digest.Write([]byte{'}'})
	version.Write([]byte{'}'})
	for _, sum := range []struct {
		name string
		is   []byte
	}{{"digest", digest.Sum(nil)}, {"version", version.Sum(nil)}} {
		if root.field(sum.name).text() != hex.EncodeToString(sum.is) {
			refuse(ReasonDigest, "%s: does not match the table's content: it was changed after it was compiled", sum.name)
		}
	}
}
