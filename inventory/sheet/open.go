package sheet

import (
	"bytes"
	"iter"
	"path"
	"slices"
	"strings"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/inventory"
)

// Formats lists what Open reads.
func Formats() []string { return []string{"xlsx", "csv", "jsonl", "ckan", "datajson"} }

// Options say how a file is read.
type Options struct {
	Form       *Form
	Vocabulary *inventory.Vocabulary
	Labels     map[string]string // headings this institution explained before, folded: code of the column
	Layouts    []Layout          // where a person says the headings are and what they mean; nil to find out
	Format     string            // one of Formats; "auto" or empty to find out
	Name       string            // of the file; its ending decides where its first bytes do not
	Portal     string            // host of the catalogue a CKAN or data.json file came from
}

// List is a file opened.
type List struct {
	Format string
	Rows   iter.Seq[inventory.Row] // may be walked once
	seen   func() []inventory.SheetSeen
}

// Seen tells what was found in each sheet, once Rows has been walked.
func (l *List) Seen() []inventory.SheetSeen { return l.seen() }

// Open finds out what data is and how to read it.
func Open(data []byte, o Options) (*List, error) {
	if len(data) > MaxFile {
		return nil, fault.New(fault.TooLarge, "import.file.too_large", MaxFile>>20)
	}
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, fault.New(fault.Invalid, "import.file.empty")
	}
	l := &List{Format: o.Format, seen: func() []inventory.SheetSeen { return nil }}
	if l.Format == "" || l.Format == "auto" {
		l.Format = FormatOf(data, o.Name)
	}
	if !slices.Contains(Formats(), l.Format) {
		return nil, fault.At("format", "import.format", clip(l.Format, 20))
	}
	if kind := kindOf(data); kind != "" {
		return nil, fault.New(fault.Invalid, "import.file.kind", kind)
	}
	if err := o.Form.checkLayouts(o.Layouts); err != nil {
		return nil, err
	}
	t := &tabulator{form: o.Form, labels: o.Labels, layouts: o.Layouts}
	switch l.Format {
	case "xlsx", "csv":
		t.r = newReader(o.Form, o.Vocabulary)
		l.seen = func() []inventory.SheetSeen { return t.seen }
		l.Rows = t.readXLSX(data)
		if l.Format == "csv" {
			l.Rows = t.readCSV(data)
		}
	case "jsonl":
		l.Rows = ReadJSONL(bytes.NewReader(data), o.Vocabulary)
	case "ckan":
		l.Rows = ReadCKAN(bytes.NewReader(data), o.Vocabulary, o.Portal)
	case "datajson":
		l.Rows = ReadDataJSON(bytes.NewReader(data), o.Vocabulary, o.Portal)
	}
	return l, nil
}

// FormatOf looks at the first bytes: what a file is called is not always what it is.
func FormatOf(data []byte, name string) string {
	head := bytes.TrimSpace(bytes.TrimPrefix(data[:min(len(data), 64<<10)], []byte("\xEF\xBB\xBF")))
	first, rest, _ := bytes.Cut(head, []byte("\n"))
	first, rest = bytes.TrimSpace(first), bytes.TrimSpace(rest)
	has := func(key string) bool { return bytes.Contains(head, []byte(`"`+key+`"`)) }
	object := bytes.HasPrefix(first, []byte("{")) && bytes.HasSuffix(first, []byte("}"))
	switch {
	case bytes.HasPrefix(data, []byte("PK")), bytes.HasPrefix(data, []byte("\xD0\xCF\x11\xE0")):
		return "xlsx"
	case strings.EqualFold(path.Ext(name), ".jsonl"):
		return "jsonl"
	case !bytes.HasPrefix(head, []byte("{")) && !bytes.HasPrefix(head, []byte("[")):
		return "csv"
	case bytes.Contains(head, []byte("project-open-data")), has("conformsTo"), has("dcat:Dataset"):
		return "datajson"
	case object && (bytes.HasPrefix(rest, []byte("{")) || len(rest) == 0 && !has("result") && !has("datasets")):
		return "jsonl"
	}
	return "ckan"
}

// kindOf names what people hand in for a table that is none; "" when it is none of those.
func kindOf(data []byte) string {
	head := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(data[:min(len(data), 512)], []byte("\xEF\xBB\xBF"))))
	for _, one := range []struct{ mark, name string }{
		{"%pdf-", "PDF"},
		{"{\\rtf", "RTF"},
		{"<!doctype", "HTML"},
		{"<html", "HTML"},
		{"<table", "HTML"},
		{"<?xml", "XML"},
		{"\x89png", "PNG"},
		{"\xff\xd8\xff", "JPEG"},
		{"rar!", "RAR"},
		{"7z\xbc\xaf", "7z"},
		{"\x1f\x8b", "gzip"},
		{"sqlite format", "SQLite"},
	} {
		if bytes.HasPrefix(head, []byte(one.mark)) {
			return one.name
		}
	}
	return ""
}
