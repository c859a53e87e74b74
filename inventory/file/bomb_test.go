package file_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"testing"

	"github.com/jard-odi/jard/inventory/file"
)

// archive packs names and contents.
func archive(t *testing.T, add func(*zip.Writer)) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	add(z)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func part(t *testing.T, z *zip.Writer, name string, b []byte) {
	t.Helper()
	w, err := z.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
}

// An archive in an archive stays closed: what lies in it is told by its name.
// Of a part that says its type only the beginning is unpacked.
func TestArchivesAreNotUnpacked(t *testing.T) {
	zeros := make([]byte, 8<<20)
	inner := archive(t, func(z *zip.Writer) { part(t, z, "data.csv", zeros) })
	for range 5 {
		before := inner
		inner = archive(t, func(z *zip.Writer) {
			for n := range 10 {
				part(t, z, fmt.Sprintf("%d.zip", n), before)
			}
		})
	}
	if f, holds := file.Inside(file.ZIP, bytes.NewReader(inner), int64(len(inner))); f != file.ZIP || len(holds) != 0 {
		t.Errorf("archives in archives = %s, %v", f, holds)
	}
	told := archive(t, func(z *zip.Writer) { part(t, z, "mimetype", zeros) })
	if f, _ := file.Inside(file.ZIP, bytes.NewReader(told), int64(len(told))); f != file.ZIP {
		t.Errorf("a type of 8 MiB = %s", f)
	}
	many := archive(t, func(z *zip.Writer) {
		for n := range 20_000 {
			part(t, z, fmt.Sprintf("%d.csv", n), nil)
		}
	})
	if f, holds := file.Inside(file.ZIP, bytes.NewReader(many), int64(len(many))); f != file.ZIP || len(holds) != 1 {
		t.Errorf("20,000 parts = %s, %v", f, holds)
	}
}
