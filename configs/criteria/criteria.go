// Package criteria carries the sets of criteria that Jard comes with. Every
// criterion says where its lines come from; what is ours alone is to be agreed
// with the operator before an edition stands on it ("à valider").
package criteria

import "embed"

// Default names the set that a new house judges by.
const Default = "default-tn"

// Files holds the sets of this directory.
//
//go:embed *.yaml
var Files embed.FS
