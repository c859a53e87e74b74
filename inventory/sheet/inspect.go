package sheet

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/jard-odi/jard/fault"
)

// Bounds of a workbook before anything of it is unpacked.
const (
	maxUnpacked = 128 << 20
	maxParts    = 2_000
	maxSheets   = 50
	maxFormulas = 5_000
	maxMerges   = 2_000
)

// facts are what a workbook holds besides texts, found without unpacking it whole.
type facts struct {
	formulas map[string]map[string]bool // sheet, cell
	merges   map[string][]merge
}

// encrypted is how a workbook with a password names what it holds, in the letters of UTF-16.
var encrypted = []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00")

// inspect refuses workbooks that are more than texts in cells: with programs,
// with links to other files, or that unpack to a size no inventory has.
func inspect(data []byte) (*facts, error) {
	if bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0")) {
		if bytes.Contains(data, encrypted) {
			return nil, fault.New(fault.Invalid, "import.book.encrypted")
		}
		return nil, fault.New(fault.Invalid, "import.book.old")
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fault.New(fault.Invalid, "import.book.damaged")
	}
	if len(z.File) > maxParts {
		return nil, fault.New(fault.TooLarge, "import.book.bomb", maxUnpacked>>20)
	}
	var total uint64
	parts := map[string]*zip.File{}
	for _, f := range z.File {
		name := strings.ToLower(strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/"))
		switch {
		case f.UncompressedSize64 > maxUnpacked || total+f.UncompressedSize64 > maxUnpacked:
			return nil, fault.New(fault.TooLarge, "import.book.bomb", maxUnpacked>>20)
		case parts[name] != nil:
			return nil, fault.New(fault.Invalid, "import.book.damaged")
		case strings.Contains(name, "vbaproject") || strings.HasPrefix(name, "xl/macrosheets/") || strings.HasPrefix(name, "xl/activex/"):
			return nil, fault.New(fault.Invalid, "import.book.macros")
		case strings.HasPrefix(name, "xl/externallinks/") || name == "xl/connections.xml" || strings.HasPrefix(name, "xl/embeddings/"):
			return nil, fault.New(fault.Invalid, "import.book.links")
		}
		total += f.UncompressedSize64
		parts[name] = f
	}
	if parts["xl/workbook.xml"] == nil {
		return nil, fault.New(fault.Invalid, "import.book.none")
	}
	paths, err := sheetPaths(parts)
	if err != nil {
		return nil, damaged(err)
	}
	all := &facts{formulas: map[string]map[string]bool{}, merges: map[string][]merge{}}
	for name, at := range paths {
		if f := parts[at]; f != nil {
			if err := all.scan(name, f); err != nil {
				return nil, damaged(err)
			}
		}
	}
	return all, nil
}

func damaged(err error) error {
	if _, ok := fault.KindOf(err); ok {
		return err
	}
	return errors.Join(fault.New(fault.Invalid, "import.book.damaged"), err)
}

// sheetPaths maps each sheet's name to the part that holds it.
func sheetPaths(parts map[string]*zip.File) (map[string]string, error) {
	var book struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var rels struct {
		All []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	if err := readXML(parts["xl/workbook.xml"], &book); err != nil {
		return nil, err
	}
	if len(book.Sheets) > maxSheets {
		return nil, fault.New(fault.TooLarge, "import.book.sheets", maxSheets)
	}
	if f := parts["xl/_rels/workbook.xml.rels"]; f != nil {
		if err := readXML(f, &rels); err != nil {
			return nil, err
		}
	}
	paths := map[string]string{}
	for _, s := range book.Sheets {
		for _, r := range rels.All {
			if r.ID == s.ID {
				target := r.Target
				if !strings.HasPrefix(target, "/") {
					target = path.Join("xl", target)
				}
				paths[s.Name] = strings.ToLower(strings.TrimPrefix(target, "/"))
			}
		}
	}
	return paths, nil
}

func readXML(f *zip.File, into any) error {
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("open part: %w", err)
	}
	defer r.Close()
	if err := xml.NewDecoder(io.LimitReader(r, 8<<20)).Decode(into); err != nil {
		return fmt.Errorf("read part: %w", err)
	}
	return nil
}

// scan looks through a sheet's tags for formulas and merged cells.
func (a *facts) scan(name string, f *zip.File) error {
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("open sheet: %w", err)
	}
	defer r.Close()
	b := bufio.NewReaderSize(r, 64<<10)
	cell := make([]byte, 0, 16)
	a.formulas[name] = map[string]bool{}
	for {
		tag, err := nextTag(b)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read sheet: %w", err)
		}
		if colon := bytes.IndexByte(tag, ':'); colon >= 0 && colon < 12 && !bytes.ContainsAny(tag[:colon], " \"=") {
			tag = tag[colon+1:]
		}
		switch {
		case bytes.HasPrefix(tag, []byte("c ")):
			cell = append(cell[:0], attribute(tag, "r")...)
		case isTag(tag, "f"):
			if len(a.formulas[name]) < maxFormulas {
				a.formulas[name][string(cell)] = true
			}
		case bytes.HasPrefix(tag, []byte("mergeCell ")):
			if m, ok := parseMerge(string(attribute(tag, "ref"))); ok && len(a.merges[name]) < maxMerges {
				a.merges[name] = append(a.merges[name], m)
			}
		}
	}
}

func isTag(tag []byte, name string) bool {
	rest, ok := bytes.CutPrefix(tag, []byte(name))
	return ok && (len(rest) == 0 || rest[0] == ' ' || rest[0] == '/')
}

// nextTag returns what stands between the next < and its >; a tag longer than
// the buffer is cut, which no tag looked for here is.
func nextTag(b *bufio.Reader) ([]byte, error) {
	for {
		_, err := b.ReadSlice('<')
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
	}
	tag, err := b.ReadSlice('>')
	if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, err
	}
	return bytes.TrimSuffix(tag, []byte(">")), nil
}

// attribute returns the value of an attribute in a tag.
func attribute(tag []byte, name string) []byte {
	for _, quote := range []string{`"`, `'`} {
		if _, rest, ok := bytes.Cut(tag, []byte(" "+name+"="+quote)); ok {
			value, _, _ := bytes.Cut(rest, []byte(quote))
			return value
		}
	}
	return nil
}

func parseMerge(ref string) (merge, bool) {
	first, last, ok := strings.Cut(ref, ":")
	if !ok {
		return merge{}, false
	}
	left, top, err := excelize.CellNameToCoordinates(first)
	if err != nil {
		return merge{}, false
	}
	right, bottom, err := excelize.CellNameToCoordinates(last)
	return merge{left, top, right, bottom}, err == nil && left <= right && top <= bottom
}
