//go:build !race

package catalogueweb

const (
	usual    = 525    // datasets of a usual register
	many     = 10_000 // of a large one
	patience = 30     // jobs to wait for connections that fail
)
