package assessweb

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

func TestEvidenceOverTheAPI(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		city(h)
		const at = "/api/v1/services/good/assessment"
		raw := []string{"Content-Type", "application/octet-stream"}
		pdf := "%PDF-1.7\nfacture\x00\xff"
		for name, body := range map[string]string{"nothing": "", "a page": "<script>alert(1)</script>", "a program": "MZ\x90\x00"} {
			if rec := h.send(owner, "POST", at+"/documents?name=x.pdf", body, raw...); rec.Code != 422 && rec.Code != 400 {
				t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
			}
		}
		if rec := h.send(owner, "POST", at+"/documents", pdf+strings.Repeat("x", assess.MaxDocument), raw...); rec.Code != 413 {
			t.Errorf("more than may be kept: %d", rec.Code)
		}
		var kept, again assessmentDocumentOut
		name := url.QueryEscape(`..\..\Facture "mars".exe`)
		rec := h.send(owner, "POST", at+"/documents?name="+name, pdf, raw...)
		h.want(rec, 201, "Facture mars.pdf", "application/pdf")
		if err := json.Unmarshal(rec.Body.Bytes(), &kept); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(h.send(owner, "POST", at+"/documents?name=other.pdf", pdf, raw...).Body.Bytes(), &again); err != nil || again.Hash != kept.Hash {
			t.Errorf("the same bytes: %+v, %v", again, err)
		}
		h.want(h.send(mcd, "GET", at+"/documents", ""), 200, kept.Hash)
		one := h.send(mcd, "GET", at+"/documents/"+kept.Hash, "")
		head := one.Header()
		if one.Code != 200 || one.Body.String() != pdf || head.Get("Content-Type") != "application/pdf" || head.Get("Cache-Control") != "no-store" ||
			!strings.HasPrefix(head.Get("Content-Disposition"), "attachment") || !strings.Contains(head.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%d %v", one.Code, head)
		}
		h.want(h.send(owner, "GET", at+"/documents/"+strings.Repeat("0", 64), ""), 404)

		answer := at + "/answers/" + payment[strings.LastIndex(payment, "/")+1:]
		h.want(h.send(owner, "PUT", answer, `{"word":"yes"}`), 422, "link")
		h.want(h.send(owner, "PUT", answer, `{"word":"yes","document":"`+strings.Repeat("0", 64)+`"}`), 422, "document")
		rec = h.send(owner, "PUT", answer, `{"word":"yes","document":"`+kept.Hash+`"}`)
		h.want(rec, 200, kept.Hash, `"state":"given"`, "Facture mars.pdf")
		if rec.Header().Get("ETag") != `"1"` {
			t.Errorf("ETag %s", rec.Header().Get("ETag"))
		}
		h.want(h.send(owner, "PUT", answer, `{"word":"no"}`), 412) // what it replaces was not said
		h.want(h.send(owner, "PUT", answer, `{"word":"no"}`, "If-Match", "*"), 412)
		h.want(h.send(owner, "PUT", answer, `{"word":"no"}`, "If-Match", `"1"`), 200, `"revision":2`)
		h.want(h.send(mcd, "GET", at+"/answers", ""), 200, `"word":"no"`)
		h.want(h.send(owner, "PUT", at+"/answers/availability", `{"value":1,"link":"https://example.tn/"}`), 422)

		for _, by := range []identity.Actor{other, nobody} {
			for _, rec := range []int{
				h.send(by, "POST", at+"/documents", pdf, raw...).Code, h.send(by, "GET", at+"/documents/"+kept.Hash, "").Code,
				h.send(by, "GET", at+"/documents", "").Code, h.send(by, "GET", at+"/answers", "").Code, h.send(by, "PUT", answer, `{"word":"no"}`, "If-Match", `"2"`).Code,
			} {
				if rec < 401 || rec > 404 {
					t.Errorf("%s of %s: %d", by.Role, by.Institution, rec)
				}
			}
		}
		var n int64
		if db.Model(&assess.Document{}).Count(&n); n != 1 {
			t.Errorf("%d documents are kept", n)
		}
	})
}

// What comes over the API is looked at too.
func TestDocumentsOverTheAPIAreScanned(t *testing.T) {
	h := open(t, databasetest.Open(t))
	city(h)
	shell, err := web.New(web.Options{Now: func() time.Time { return h.now }, Log: slog.New(slog.DiscardHandler), Scan: func(_ context.Context, file io.Reader) (string, error) {
		data, err := io.ReadAll(file)
		if bytes.Contains(data, []byte("EICAR")) {
			return "Test.EICAR", err
		}
		return "", err
	}})
	if err != nil {
		t.Fatal(err)
	}
	New(shell, h.store, h.watched, people, func() time.Time { return h.now }).Routes()
	h.handler = shell.Handler()
	const at = "/api/v1/services/good/assessment/documents"
	if rec := h.send(owner, "POST", at, "%PDF-EICAR", "Content-Type", "application/octet-stream"); rec.Code < 400 {
		t.Errorf("what the scanner found was kept: %d", rec.Code)
	}
	h.want(h.send(owner, "POST", at, "%PDF-1.4", "Content-Type", "application/octet-stream"), 201)
}
