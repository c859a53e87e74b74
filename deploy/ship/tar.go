package main

import (
	"archive/tar"
	"cmp"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// entry is a file or, with a slash at the end of its name, a folder.
type entry struct {
	name string
	mode int64
	uid  int // and gid
	from string
	text []byte
}

// write writes entries as a tar whose bytes depend on nothing else: sorted,
// one moment for all, numbers instead of names. Folders above are put in.
func write(to io.Writer, at time.Time, entries []entry) error {
	entries = withFolders(entries)
	w := tar.NewWriter(to)
	for _, e := range entries {
		if err := e.write(w, at); err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
	}
	return w.Close()
}

func (e entry) write(w *tar.Writer, at time.Time) error {
	h := &tar.Header{Name: e.name, Mode: e.mode, Uid: e.uid, Gid: e.uid, ModTime: at, Format: tar.FormatPAX, Typeflag: tar.TypeReg}
	switch {
	case strings.HasSuffix(e.name, "/"):
		h.Typeflag = tar.TypeDir
		return w.WriteHeader(h)
	case e.from == "":
		h.Size = int64(len(e.text))
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		_, err := w.Write(e.text)
		return err
	}
	file, err := os.Open(e.from)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	h.Size = info.Size()
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err = io.Copy(w, file)
	return err
}

func withFolders(entries []entry) []entry {
	there := map[string]bool{}
	for _, e := range entries {
		there[e.name] = true
	}
	all := slices.Clone(entries)
	for _, e := range entries {
		for folder := path.Dir(strings.TrimSuffix(e.name, "/")) + "/"; folder != "./" && !there[folder]; folder = path.Dir(strings.TrimSuffix(folder, "/")) + "/" {
			there[folder] = true
			all = append(all, entry{name: folder, mode: 0o755})
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Compare(a.name, b.name) })
	return all
}
