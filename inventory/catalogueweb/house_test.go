package catalogueweb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/database/databasetest"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/cataloguedb"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/portaldb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web"
)

func TestMain(m *testing.M) { databasetest.Main(m) }

// base is where the world reaches the catalogue. It is not where the test
// server listens: what harvesters are told must not depend on that.
const base = "http://jard.example"

// house is a running catalogue on a real database.
type house struct {
	tb       testing.TB
	db       *gorm.DB
	register *inventorydb.Store
	pages    *Pages
	shell    *web.Shell
	server   *httptest.Server
	client   *http.Client
	people   *identitydb.Store
	settings catalogue.Settings
	lost     atomic.Bool  // the database does not answer
	requests atomic.Int64 // that reached the server
	where    atomic.Value // the address it listens on now, a string
	skew     atomic.Int64 // how far the server's clock is off, in nanoseconds
	kept     bool         // receipts are kept, as a server does
	end      func()       // stores the receipts that wait
}

var errLost = errors.New("database lost")

func (h *house) CatalogueVersion(ctx context.Context) (inventorydb.Version, error) {
	if h.lost.Load() {
		return inventorydb.Version{}, errLost
	}
	return h.register.CatalogueVersion(ctx)
}

func (h *house) CatalogueRows(ctx context.Context) iter.Seq2[catalogue.Row, error] {
	return h.register.CatalogueRows(ctx)
}

func (h *house) PublicationsByID(ctx context.Context, ids []string) ([]inventory.Publication, error) {
	return h.register.PublicationsByID(ctx, ids)
}

func (h *house) Vocabulary(ctx context.Context) (*inventory.Vocabulary, error) {
	return h.register.Vocabulary(ctx)
}

// open starts a catalogue with n public datasets.
func open(tb testing.TB, db *gorm.DB, n int, change ...func(*catalogue.Settings)) *house {
	tb.Helper()
	h := &house{tb: tb, db: db, register: inventorydb.New(db, time.Now)}
	people := identitydb.New(db, time.Now)
	h.seed(people)
	h.add(1, n)

	h.settings = catalogue.Settings{BaseURL: base, Title: lang.Text{"fr": "Registre", "ar": "السجل"}, Contact: "contact@jard.example"}
	for _, c := range change {
		c(&h.settings)
	}
	h.people = people
	h.boot()
	return h
}

// boot starts the pages anew on the same database, as another process would.
func (h *house) boot() {
	h.tb.Helper()
	shell, err := web.New(web.Options{Log: slog.New(journal(h.tb)), BaseURL: base})
	h.must(err)
	h.shell = shell
	clock := func() time.Time { return time.Now().Add(time.Duration(h.skew.Load())) }
	source := Source{Register: h, Institutions: h.people, Snapshots: cataloguedb.New(h.db, clock), History: h.register}
	h.pages = New(shell, source, h.settings, clock, slog.New(slog.DiscardHandler))
	h.pages.feed.patience = time.Minute // a busy machine is no reason to be told of the past
	h.pages.Routes()
	if h.kept {
		h.keepReceipts(clock)
	}
	h.serve(shell.Handler())
}

// keepReceipts lets the next process know the walks of this one.
func (h *house) keepReceipts(clock func() time.Time) {
	if h.end != nil {
		h.end()
	}
	p := h.pages.With(nil, portaldb.New(h.db, clock))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.KeepReceipts(ctx)
	}()
	h.end = sync.OnceFunc(func() {
		cancel()
		<-ended
	})
	h.tb.Cleanup(h.end)
}

// journal is nothing in a test. In a benchmark it is a file, as nginx keeps one.
func journal(tb testing.TB) slog.Handler {
	if _, measured := tb.(*testing.B); !measured {
		return slog.DiscardHandler
	}
	f, err := os.Create(filepath.Join(tb.TempDir(), "log"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { f.Close() })
	return slog.NewTextHandler(f, nil)
}

// serve listens, and gives every reader a client that finds base here.
func (h *house) serve(handler http.Handler) {
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.requests.Add(1)
		handler.ServeHTTP(w, r)
	}))
	h.where.Store(h.server.Listener.Addr().String())
	h.tb.Cleanup(h.server.Close)
	h.client = clientOf(h.tb, h.server.Listener.Addr().String())
}

func (h *house) seed(people *identitydb.Store) {
	h.tb.Helper()
	v, err := sheet.ReadVocabulary(pilot.Files)
	if err != nil {
		h.tb.Fatal(err)
	}
	ctx, by := h.tb.Context(), identity.System("test")
	if err := h.register.Seed(ctx, by, v); err != nil {
		h.tb.Fatal(err)
	}
	for _, i := range []identity.Institution{
		{Slug: "marhp", Acronym: "MARHP", Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère de l'Agriculture", "ar": "وزارة الفلاحة"}},
		{Slug: "ms", Acronym: "MS", Kind: identity.Ministry, Name: lang.Text{"fr": "Ministère de la Santé", "ar": "وزارة الصحة"}},
	} {
		if err := people.SaveInstitution(ctx, by, i); err != nil {
			h.tb.Fatal(err)
		}
	}
}

func datasetID(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012x", n) }

// content is that of the nth dataset, complete enough to be submitted.
func content(n int) inventory.Content {
	return inventory.Content{
		Title: lang.Text{"fr": fmt.Sprintf("Production d'olives %d", n), "ar": fmt.Sprintf("إنتاج الزيتون %d", n)},
		Description: lang.Text{
			"fr": "Production mensuelle d'olives à huile par gouvernorat, exprimée en tonnes.",
			"ar": "الإنتاج الشهري لزيتون الزيت حسب الولاية بالطن",
		},
		Keywords: lang.Words{"fr": {"olives", "qualité de l'air"}, "ar": {"زيتون"}},
		Theme:    []string{"agriculture", "sante"}[n%2], Frequency: "monthly", Licence: "CC-BY-4.0", Openness: inventory.Open,
		ContactName: "Données ouvertes", ContactEmail: "donnees@marhp.example", DataModified: "2026-07-01",
		Distributions: []inventory.Distribution{{
			ID: fmt.Sprintf("10000000-0000-4000-8000-%012x", n), Title: lang.Text{"fr": "Fichier", "ar": "ملف"},
			URL: "https://data.marhp.example/page", DownloadURL: fmt.Sprintf("https://data.marhp.example/f%d.csv", n),
			Format: "CSV", MediaType: "text/csv", Bytes: 1234,
		}},
	}
}

// modified is when the nth dataset last changed.
func modified(n int) time.Time {
	return time.Date(2026, 8, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n)*time.Minute + time.Duration(n)*time.Microsecond)
}

// publication is the nth dataset as the public sees it.
func publication(n int) inventory.Publication {
	p := inventory.Publication{
		DatasetID: datasetID(n), Ref: fmt.Sprintf("TN-MARHP-2026-%05d", n), Name: fmt.Sprintf("production-%d", n),
		Institution: []string{"marhp", "ms"}[n%2], Revision: 3, Content: content(n),
		Issued: modified(n).Add(-time.Hour), Modified: modified(n),
	}
	p.Content = p.Content.Clean()
	p.Hash = p.Content.Hash()
	return p
}

// add makes datasets from..to public, as an approval leaves them behind.
func (h *house) add(from, to int) {
	h.tb.Helper()
	var datasets []inventory.Dataset
	var live []inventory.Publication
	for n := from; n <= to; n++ {
		p := publication(n)
		live = append(live, p)
		datasets = append(datasets, inventory.Dataset{
			ID: p.DatasetID, Ref: p.Ref, Name: p.Name, Institution: p.Institution, State: inventory.Approved, Revision: 3,
			Content: p.Content, ApprovedRevision: 3, ApprovedHash: p.Hash, CreatedAt: p.Issued, UpdatedAt: p.Modified,
		})
	}
	if len(live) == 0 {
		return
	}
	h.must(h.db.CreateInBatches(datasets, 100).Error)
	h.must(h.db.CreateInBatches(live, 100).Error)
	h.bump()
}

// withdraw makes a tombstone of the nth dataset.
func (h *house) withdraw(n int, reason, replacement string) {
	h.tb.Helper()
	at := time.Now().UTC().Truncate(time.Microsecond)
	h.must(h.db.Model(&inventory.Publication{}).Where("dataset_id = ?", datasetID(n)).Updates(map[string]any{
		"withdrawn_at": at, "withdrawal_reason": reason, "replaced_by": replacement, "modified": at,
	}).Error)
	h.bump()
}

func (h *house) bump() {
	h.tb.Helper()
	h.must(h.db.Exec(`INSERT INTO register_versions (part, number, changed_at) VALUES ('catalogue', 1, ?)
		ON CONFLICT (part) DO UPDATE SET number = register_versions.number + 1`, time.Now().UTC()).Error)
	if h.pages != nil {
		h.pages.Changed()
	}
}

func (h *house) must(err error) {
	h.tb.Helper()
	if err != nil {
		h.tb.Fatal(err)
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a request; headers come in pairs.
func (h *house) ask(method, url, body string, headers ...string) answer {
	h.tb.Helper()
	if strings.HasPrefix(url, "/") {
		url = base + url
	}
	req, err := http.NewRequestWithContext(h.tb.Context(), method, url, strings.NewReader(body))
	h.must(err)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := h.client.Do(req)
	h.must(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	h.must(err)
	return answer{resp.StatusCode, resp.Header, b}
}

func (h *house) get(url string, headers ...string) answer {
	h.tb.Helper()
	return h.ask(http.MethodGet, url, "", headers...)
}
