// Package pilot carries the reference data the pilot begins with: vocabularies,
// institutions, services, and the decree as the register reads it. `jard seed`
// loads it, and loads a directory of corrected copies just as well.
//
// Every row says where it was seen in a provenance column: what is only
// remembered or inferred must be confirmed by the operator or a jurist.
package pilot

import "embed"

// Files holds the CSV files of this directory.
//
//go:embed *.csv
var Files embed.FS
