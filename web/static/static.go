// Package static holds the style sheet, the script and the fonts of the pages,
// as the asset build leaves them in dist. Without them the program still
// builds and every page still works, unstyled.
package static

import "embed"

// Files is the folder dist: manifest.json, the files it names, and a
// compressed copy beside each that gains from it.
//
//go:embed all:dist
var Files embed.FS
