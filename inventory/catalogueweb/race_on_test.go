//go:build race

package catalogueweb

// Under the race detector everything takes ten times as long; `make test` runs
// the contract of harvesters once more without it, over 525 and 10,000.
const (
	usual    = 130 // datasets of a usual register
	many     = 260 // of a large one
	patience = 6   // jobs to wait for connections that fail
)
