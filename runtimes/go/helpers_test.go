package interlock

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
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
