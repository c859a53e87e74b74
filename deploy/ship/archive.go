package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
)

// handed are the files of the sources that go with the program, and where
// they are put; folders go whole.
var handed = []struct{ from, to string }{
	{"LICENSE", "LICENSE"},
	{"README.md", "README.md"},
	{"CHANGELOG.md", "CHANGELOG.md"},
	{"docs", "docs"},
	{"configs/jard.example.yaml", "etc/jard.yaml"},
	{"configs/pilot", "share/pilot"},
	{"deploy/install.sh", "install.sh"},
	{"deploy/systemd", "deploy/systemd"},
	{"deploy/nginx", "deploy/nginx"},
	{"deploy/caddy", "deploy/caddy"},
	{"deploy/haproxy", "deploy/haproxy"},
	{"deploy/compose", "deploy/compose"},
	{"deploy/kubernetes", "deploy/kubernetes"},
	{"deploy/prometheus", "deploy/prometheus"},
	{"deploy/alertmanager", "deploy/alertmanager"},
	{"deploy/grafana", "deploy/grafana"},
}

// archive writes what is installed from: one file that needs nothing from
// elsewhere.
func (o order) archive(ctx context.Context) error {
	if o.arch != "amd64" && o.arch != "arm64" {
		return errors.New("archive: --arch is amd64 or arm64")
	}
	top := "jard-" + o.version + "-linux-" + o.arch + "/"
	all, err := parts(ctx, o.root, o.binary)
	if err != nil {
		return err
	}
	if err := judge(all); err != nil {
		return err
	}
	var list bytes.Buffer
	if err := o.list(ctx, &list, all); err != nil {
		return err
	}
	entries := []entry{
		{name: top + "bin/jard", mode: 0o755, from: o.binary},
		{name: top + "sbom.cdx.json", mode: 0o644, text: list.Bytes()},
		{name: top + "THIRD-PARTY.txt", mode: 0o644, text: notices(all)},
	}
	for _, h := range handed {
		some, err := under(filepath.Join(o.root, filepath.FromSlash(h.from)), top+h.to)
		if err != nil {
			return err
		}
		entries = append(entries, some...)
	}
	return create(o.out, func(w io.Writer) error {
		z := gzip.NewWriter(w)
		return errors.Join(write(z, o.at, entries), z.Close())
	})
}

// under are the files at and under from, programs of ours left out.
func under(from, to string) ([]entry, error) {
	var entries []entry
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, ".go") || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		mode := int64(0o644)
		if info.Mode()&0o100 != 0 {
			mode = 0o755
		}
		if name != "." {
			name = to + "/" + filepath.ToSlash(name)
		} else {
			name = to
		}
		entries = append(entries, entry{name: name, mode: mode, from: path})
		return nil
	})
	return entries, err
}
