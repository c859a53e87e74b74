//go:build race

package catalogueweb

// Under the race detector everything takes ten times as long.
const (
	usual    = 260   // datasets of a usual register
	many     = 1_200 // of a large one
	patience = 6     // jobs to wait for connections that fail
)
