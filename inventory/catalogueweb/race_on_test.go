//go:build race

package catalogueweb

// many is how many datasets a large register has; the race detector makes
// everything ten times slower.
const many = 1200
