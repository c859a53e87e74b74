package sheet

import (
	"archive/zip"
	"bytes"
	"testing"
)

// A workbook that says it unpacks to a tebibyte is not begun; one that says
// little and unpacks to much is cut off by the reader of archives.
func TestBooksThatUnpackToTooMuch(t *testing.T) {
	for _, says := range []uint64{1 << 40, 10} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.CreateRaw(&zip.FileHeader{Name: "xl/worksheets/sheet1.xml", Method: zip.Store, CompressedSize64: 1 << 20, UncompressedSize64: says})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if tables, err := openSheets(bytes.NewReader(b.Bytes()), int64(b.Len())); err == nil {
			t.Errorf("a part that says %d bytes is a workbook: %+v", says, tables)
		}
	}
}
