// Package themes holds what people write about, as lists of words: data that
// whoever knows the languages may widen without touching a program.
package themes

import _ "embed"

// Names are the themes with their names.
//
//go:embed themes.csv
var Names []byte

// Patterns are the words by which a theme is recognised.
//
//go:embed patterns.csv
var Patterns []byte
