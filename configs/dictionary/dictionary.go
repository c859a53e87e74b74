// Package dictionary carries the words by which public sites name what a
// visitor looks for, and what a megabyte of mobile data costs. Rows say where
// they come from; what is only usual or remembered is to be confirmed by the
// operator ("à valider").
package dictionary

import "embed"

// Files holds the CSV files of this directory.
//
//go:embed *.csv
var Files embed.FS
