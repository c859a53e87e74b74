package catalogueweb

import (
	"context"
	"io"
	"net/url"
	"testing"
	"time"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/inventory/catalogue"
)

// BenchmarkFormats writes the formats that are written when asked for, of a
// large register: JARD_LARGE says how large.
func BenchmarkFormats(b *testing.B) {
	h := stock(b, databasetest.Open(b), large())
	p := h.process()
	h.must(p.Refresh(context.Background()))
	s := p.feed.shelf.Current()
	run := func(name string, write func(io.Writer) error) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				h.must(write(io.Discard))
			}
			b.ReportMetric(resident(b, "VmRSS"), "RSS-MB")
		})
	}
	for _, what := range []table{csvTable(), xlsxTable()} {
		run(what.name, func(w io.Writer) error { return what.write(context.Background(), w, s) })
	}
	for _, format := range []string{"oai_dc", "dcat_ap"} {
		run("oai page "+format, func(w io.Writer) error { return oaiPage(s, w, format) })
	}
	run("sitemap", func(w io.Writer) error { return s.Sitemap().Stream(context.Background(), w, catalogue.Plain) })
}

// oaiPage asks for the first page of everything.
func oaiPage(s *catalogue.Snapshot, w io.Writer, format string) error {
	q, refused := catalogue.ParseOAI(url.Values{"verb": {"ListRecords"}, "metadataPrefix": {format}})
	if refused != nil {
		return refused
	}
	answer, err := s.OAI(context.Background(), q, time.Now())
	if err != nil {
		return err
	}
	_, err = w.Write(answer)
	return err
}
