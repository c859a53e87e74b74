//go:build !race

package catalogueweb

// many is how many datasets a large register has.
const many = 10_000
