// Package questions carries the question sets that Jard comes with. Every set
// says of each question where its wording was seen; what is ours alone is to
// be read by the operator before it is asked ("à valider").
package questions

import "embed"

// Files holds the sets of this directory.
//
//go:embed *.yaml
var Files embed.FS

// Notice is what people are told before they answer about what is kept of it:
// a line a sentence, by code, in every language, with where it comes from and
// whether a lawyer has read it.
//
//go:embed notice.csv
var Notice []byte
