package interlock

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sum is the hash of a tree less some fields.
func sum(tree map[string]any, less ...string) string {
	rest := map[string]any{}
	for key, value := range tree {
		if !slices.Contains(less, key) {
			rest[key] = value
		}
	}
	hash := sha256.Sum256(appendTree(nil, rest))
	return hex.EncodeToString(hash[:])
}

// tableNames gives the names of the vectors' tables.
func tableNames(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob(tablePath("*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables: %v", err)
	}
	for i, file := range files {
		files[i] = strings.TrimSuffix(filepath.Base(file), ".json")
	}
	return files
}
