// Package snippets carries ready-made settings of web servers: what a criterion
// that is red asks of nginx, Apache and IIS, to be copied as it stands. They
// are named as the snippet of a criterion is.
package snippets

import (
	"embed"
	"io/fs"
	"path"
)

// Files holds a folder for each server.
//
//go:embed nginx/*.conf apache/*.conf iis/*.conf
var Files embed.FS

// Servers lists the servers in the order they are shown.
func Servers() []string { return []string{"nginx", "apache", "iis"} }

// Of returns the settings of that name for a server; ok is false when there
// are none.
func Of(server, name string) (text string, ok bool) {
	data, err := fs.ReadFile(Files, path.Join(server, name+".conf"))
	return string(data), err == nil
}
