package simulation

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/encoding/charmap"

	"github.com/jard-odi/jard/demo"
)

// Shelf is the simulated site that serves the files of the demo.
type Shelf struct {
	address string
	server  *http.Server
	began   time.Time // most files are dated from here

	mu  sync.Mutex
	now func() time.Time
}

// OpenShelf starts the site.
func OpenShelf() (*Shelf, error) {
	var config net.ListenConfig
	ctx := context.Background() // loopback answers at once
	l, err := config.Listen(ctx, "tcp4", "127.0.0.200:0")
	if err != nil { // systems that know only one loopback address
		if l, err = config.Listen(ctx, "tcp4", "127.0.0.1:0"); err != nil {
			return nil, fmt.Errorf("open the simulated files: %w", err)
		}
	}
	s := &Shelf{address: l.Addr().String(), began: time.Now(), now: time.Now}
	s.server = &http.Server{
		Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
	}
	go func() { _ = s.server.Serve(l) }()
	return s, nil
}

// Host is where the site answers, as host:port.
func (s *Shelf) Host() string { return s.address }

// Site is the address that the paths of files are behind.
func (s *Shelf) Site() string { return "http://" + s.address + "/" }

// At lets the site live at another time: the demo's past is really fetched.
func (s *Shelf) At(now func() time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
}

// Close ends the site.
func (s *Shelf) Close() error {
	if err := s.server.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

func (s *Shelf) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	now := s.now()
	s.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/")
	if path == "nouveau/forets.json" {
		give(w, r, path, jsonFile(), day(s.began, -400))
		return
	}
	for _, f := range demo.Files("", now) {
		if f.Path == path {
			s.behave(w, r, f, now)
			return
		}
	}
	http.NotFound(w, r)
}

// behave answers for a file as it behaves. Days are counted from the real
// present, so that the past that is told and the present agree.
func (s *Shelf) behave(w http.ResponseWriter, r *http.Request, f demo.File, now time.Time) {
	ago := int(time.Since(now).Hours() / 24)
	switch f.Conduct {
	case demo.Grows:
		give(w, r, f.Path, growing(now), day(now, 0))
	case demo.ChangesMute:
		week := 0
		if ago <= 3 {
			week = 1
		}
		give(w, r, f.Path, prices(week), day(s.began, -3+week))
	case demo.Redated:
		give(w, r, f.Path, rain(), now.Truncate(time.Minute))
	case demo.ArabicPage:
		data, _ := charmap.Windows1256.NewEncoder().Bytes([]byte(ports())) // every letter has its place there
		give(w, r, f.Path, data, day(s.began, -200))
	case demo.BookAsCSV:
		give(w, r, f.Path, book(), day(s.began, -300))
	case demo.PDFAsBook:
		give(w, r, f.Path, []byte("%PDF-1.5\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"), day(s.began, -150))
	case demo.SoftError:
		fmt.Fprint(w, "<!doctype html><html lang=\"fr\"><title>Erreur</title><h1>Une erreur est survenue</h1></html>")
	case demo.AsksLogin:
		fmt.Fprint(w, `<!doctype html><html lang="fr"><title>Connexion</title><form><input name="u"><input type="password" name="p"></form></html>`)
	case demo.Vanished:
		if ago < 5 {
			http.NotFound(w, r)
			return
		}
		give(w, r, f.Path, areas(), day(s.began, -100))
	case demo.MovedAway:
		http.Redirect(w, r, "/nouveau/"+f.Path, http.StatusMovedPermanently)
	case demo.SlowFile:
		if ago == 0 {
			select {
			case <-time.After(2 * time.Second):
			case <-r.Context().Done():
				return
			}
		}
		give(w, r, f.Path, units(), day(s.began, -60))
	case demo.MapLayer:
		give(w, r, f.Path, layer(), day(s.began, -90))
	case demo.Archive:
		give(w, r, f.Path, archive(), day(s.began, -900))
	case demo.OutOfOrder:
		if ago == 0 {
			http.Error(w, "Service indisponible", http.StatusServiceUnavailable)
			return
		}
		give(w, r, f.Path, areas(), day(s.began, -20))
	}
}

func give(w http.ResponseWriter, r *http.Request, name string, data []byte, modified time.Time) {
	http.ServeContent(w, r, name, modified, bytes.NewReader(data))
}

func day(now time.Time, offset int) time.Time {
	return now.UTC().Truncate(24*time.Hour).AddDate(0, 0, offset)
}

func growing(now time.Time) []byte {
	var b strings.Builder
	b.WriteString("\ufeffDate;Barrage;Apport (Mm3);Stock (Mm3)\n")
	dams := []string{"Sidi Salem", "Sidi El Barrak", "Sejnane", "Mellègue"}
	for back := 60; back >= 0; back-- {
		for n, dam := range dams {
			d := day(now, -back)
			x := (d.YearDay()*7 + n*13) % 40
			fmt.Fprintf(&b, "%s;%s;%d,%d;%d,%d\n", d.Format("02/01/2006"), dam, x/10, x%10, 120+n*40+x, x%10)
		}
	}
	return []byte(b.String())
}

func prices(week int) []byte {
	var b strings.Builder
	b.WriteString("Produit,Unité,Prix (millimes)\n")
	for n, what := range []string{"Tomates", "Piments", "Pommes de terre", "Oignons", "Courgettes", "Fenouils"} {
		fmt.Fprintf(&b, "%s,kg,%d\n", what, 900+n*130+week*45)
	}
	return []byte(b.String())
}

func rain() []byte {
	var b strings.Builder
	b.WriteString("Mois,Station,Pluie (mm)\n")
	for month := 1; month <= 9; month++ {
		for n, station := range []string{"Tabarka", "Béja", "Tunis-Carthage", "Sfax", "Gabès"} {
			fmt.Fprintf(&b, "2026-%02d,%s,%d.%d\n", month, station, (month*17+n*11)%90, n)
		}
	}
	return []byte(b.String())
}

func ports() string {
	var b strings.Builder
	b.WriteString("الميناء;الصنف;الكمية (طن)\n")
	for n, port := range []string{"طبرقة", "بنزرت", "حلق الوادي", "قليبية", "المهدية", "صفاقس", "جرجيس"} {
		fmt.Fprintf(&b, "%s;سردين;%d\n%s;أخطبوط;%d\n", port, 410+n*37, port, 60+n*9)
	}
	return b.String()
}

func areas() []byte {
	var b strings.Builder
	b.WriteString("Gouvernorat,Superficie (ha),Date de mise en eau\n")
	for n, place := range []string{"Béja", "Jendouba", "Nabeul", "Kairouan", "Sidi Bouzid", "Gafsa"} {
		fmt.Fprintf(&b, "%s,%d,%d-05-01\n", place, 1200+n*310, 1994+n*3)
	}
	return []byte(b.String())
}

func units() []byte {
	var b strings.Builder
	b.WriteString("Unité,Gouvernorat,Capacité (t/an)\n")
	for n := range 40 {
		fmt.Fprintf(&b, "Unité %02d,%s,%d\n", n+1, []string{"Nabeul", "Kébili", "Tozeur", "Bizerte"}[n%4], 500+n*25)
	}
	return []byte(b.String())
}

func jsonFile() []byte {
	var b strings.Builder
	b.WriteString(`{"incendies":[`)
	for n := range 12 {
		fmt.Fprintf(&b, `{"date":"2026-%02d-14","gouvernorat":"Jendouba","superficie_ha":%d},`, 5+n%4, 3+n*2)
	}
	return []byte(strings.TrimSuffix(b.String(), ",") + "]}")
}

func layer() []byte {
	var b strings.Builder
	b.WriteString(`{"type":"FeatureCollection","features":[`)
	for n, place := range []string{"Mateur", "Medjez El Bab", "Bou Arada", "Teboursouk"} {
		fmt.Fprintf(&b, `{"type":"Feature","properties":{"nom":%q,"code":%d},"geometry":{"type":"Point","coordinates":[%d.5,36.7]}},`, place, 100+n, 9)
	}
	return []byte(strings.TrimSuffix(b.String(), ",") + "]}")
}

func archive() []byte {
	return packed([2]string{"exploitations.csv", "Taille,Nombre\n0-5 ha,281000\n5-10 ha,109000\n"},
		[2]string{"lisez-moi.txt", "Tableaux de l'enquête.\n"})
}

// book is the smallest workbook that spreadsheets open.
func book() []byte {
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>`
	const space = "http://schemas.openxmlformats.org/"
	var rows strings.Builder
	rows.WriteString(`<row><c t="inlineStr"><is><t>Année</t></is></c><c t="inlineStr"><is><t>Maïs (t)</t></is></c></row>`)
	for year := 2015; year <= 2025; year++ {
		fmt.Fprintf(&rows, `<row><c><v>%d</v></c><c><v>%d</v></c></row>`, year, 60_000+(year-2015)*3_785)
	}
	return packed(
		[2]string{"[Content_Types].xml", head + `<Types xmlns="` + space + `package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`},
		[2]string{"_rels/.rels", head + `<Relationships xmlns="` + space + `package/2006/relationships"><Relationship Id="r1" Type="` + space + `officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		[2]string{"xl/workbook.xml", head + `<workbook xmlns="` + space + `spreadsheetml/2006/main" xmlns:r="` + space + `officeDocument/2006/relationships"><sheets><sheet name="Maïs" sheetId="1" r:id="r1"/></sheets></workbook>`},
		[2]string{"xl/_rels/workbook.xml.rels", head + `<Relationships xmlns="` + space + `package/2006/relationships"><Relationship Id="r1" Type="` + space + `officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`},
		[2]string{"xl/worksheets/sheet1.xml", head + `<worksheet xmlns="` + space + `spreadsheetml/2006/main"><sheetData>` + rows.String() + `</sheetData></worksheet>`},
	)
}

func packed(files ...[2]string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f[0])
		if err == nil {
			_, _ = io.WriteString(w, f[1]) // a buffer takes everything
		}
	}
	_ = z.Close()
	return b.Bytes()
}
