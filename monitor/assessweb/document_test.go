package assessweb

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/web"
)

// upload sends the form of an answer with a file.
func (h *house) upload(by identity.Actor, path, name string, data []byte, fields map[string]string) *httptest.ResponseRecorder {
	h.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for k, v := range fields {
		if err := w.WriteField(k, v); err != nil {
			h.t.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("upload", name)
	if err == nil {
		_, err = part.Write(data)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		h.t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(web.WithActor(context.Background(), by), "POST", path, &body)
	req.Header.Set("Accept-Language", "fr")
	req.Header.Set("Content-Type", w.FormDataContentType())
	rec := httptest.NewRecorder()
	h.handler.ServeHTTP(rec, req)
	return rec
}

var keptDocument = regexp.MustCompile(`href="(/desk/services/good/assessment/documents/([0-9a-f]{64}))"`)

func TestEvidenceIsKept(t *testing.T) {
	databasetest.Each(t, func(t *testing.T, db *gorm.DB) {
		h := open(t, db)
		city(h)
		pdf := []byte("%PDF-1.7\nfacture\x00\xff")
		yes := map[string]string{"word": "yes", "revision": "0", "note": "garder ceci"}
		for name, data := range map[string][]byte{"empty.pdf": {}, "page.html": []byte("<script>alert(1)</script>"), "renamed.pdf": []byte("MZ\x90\x00")} {
			h.want(h.upload(owner, payment, name, data, yes), 422, "garder ceci", `id="f-upload-error"`)
		}
		h.want(h.upload(owner, payment, "big.pdf", append(bytes.Clone(pdf), make([]byte, assess.MaxDocument)...), yes), 422, "dépasse 5 Mo")
		h.want(h.upload(other, payment, "facture.pdf", pdf, yes), 404)
		h.want(h.upload(owner, payment, `..\..\Facture "mars".exe`, pdf, yes), 303)
		page := h.ask(owner, payment, nil)
		h.want(page, 200, "Document gardé", "Facture mars.pdf")
		found := keptDocument.FindStringSubmatch(page.Body.String())
		if found == nil {
			t.Fatal(page.Body)
		}
		got := h.ask(mcd, found[1], nil)
		head := got.Header()
		if got.Code != 200 || !bytes.Equal(got.Body.Bytes(), pdf) || head.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(head.Get("Content-Disposition"), "attachment") ||
			!strings.Contains(head.Get("Content-Security-Policy"), "sandbox") || head.Get("Cache-Control") != "no-store" {
			t.Errorf("%d %v", got.Code, head)
		}
		h.want(h.ask(mcd, "/services/good/assessment", nil), 200, "SHA-256 "+found[2])
		for _, by := range []identity.Actor{other, nobody} {
			if rec := h.ask(by, found[1], nil); rec.Code == 200 {
				t.Errorf("%s of %s reads it", by.Role, by.Institution)
			}
		}
		h.want(h.ask(owner, "/desk/services/capped/assessment/documents/"+found[2], nil), 404)
		h.want(h.ask(owner, "/desk/services/good/assessment/documents/x", nil), 404)
		// Answered again without choosing the file anew, it stays; under another name it is another one, kept elsewhere.
		h.want(h.upload(owner, payment, "", nil, map[string]string{"word": "partly", "revision": "1", "file": "Facture mars.pdf"}), 303)
		h.want(h.ask(owner, payment, nil), 200, found[2])
		h.want(h.upload(owner, payment, "", nil, map[string]string{"word": "partly", "revision": "2", "file": "autre.pdf"}), 303)
		h.lacks(h.ask(owner, payment, nil), found[2])
		var n int64
		if db.Model(&assess.Document{}).Count(&n); n != 1 {
			t.Errorf("%d documents are kept", n)
		}
	})
}

// The installation's scanner looks at a document before it is kept.
func TestDocumentsAreScanned(t *testing.T) {
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
	if rec := h.upload(owner, payment, "a.pdf", []byte("%PDF-EICAR"), map[string]string{"word": "yes", "revision": "0"}); rec.Code < 400 {
		t.Errorf("what the scanner found was kept: %d", rec.Code)
	}
	h.want(h.upload(owner, payment, "a.pdf", []byte("%PDF-1.4"), map[string]string{"word": "yes", "revision": "0"}), 303)
}
