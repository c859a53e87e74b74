// Package questions carries the question sets that Jard comes with. Every set
// says of each question where its wording was seen; what is ours alone is to
// be read by the operator before it is asked ("à valider").
package questions

import "embed"

// Files holds the sets of this directory.
//
//go:embed *.yaml
var Files embed.FS
