package page

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

const head = `<!doctype html><html lang="fr"><title>Essai</title>`

// rulesOf are the faults of a page, "rule line".
func rulesOf(p *Page) []Rule {
	var rules []Rule
	for _, f := range p.Faults {
		rules = append(rules, f.Rule)
	}
	return rules
}

func TestFaultsOfMarkup(t *testing.T) {
	for name, tt := range map[string]struct {
		html string
		want []Rule
	}{
		"nothing":                     {head, nil},
		"picture without words":       {head + `<img src=a>`, []Rule{ImageAlt}},
		"picture for show":            {head + `<img src=a alt=""><img src=b role=presentation><img src=c aria-hidden=true><img src=d title=x>`, nil},
		"map":                         {head + `<area href=/a><area href=/b alt=b><area>`, []Rule{ImageAlt}},
		"button that is a picture":    {head + `<input type=image src=a><input type=image src=a alt=ok>`, []Rule{ImageAlt}},
		"no title":                    {`<html lang=fr><title> </title>`, []Rule{NoTitle}},
		"title of a drawing":          {`<html lang=fr><svg><title>rond</title></svg>`, []Rule{NoTitle}},
		"no language":                 {`<html><title>x</title>`, []Rule{NoLang}},
		"no element at all":           {`<p>bonjour`, []Rule{NoTitle, NoLang}},
		"field without label":         {head + `<input name=a><select></select><textarea></textarea>`, []Rule{NoLabel, NoLabel, NoLabel}},
		"field with a placeholder":    {head + `<input placeholder=Nom>`, []Rule{NoLabel}},
		"field with label":            {head + `<label for=a>A</label><input id=a><label>B <input></label><input aria-label=c><input title=d><input type=hidden><input type=submit>`, nil},
		"label after its field":       {head + `<input id=a><label for=a>A</label>`, nil},
		"label of another":            {head + `<input id=a><label for=b>A</label>`, []Rule{NoLabel}},
		"link without words":          {head + `<a href=/a></a><a href=/b> <i></i> </a><a href=/c><img src=c alt=""></a>`, []Rule{LinkName, LinkName, LinkName}},
		"link with words":             {head + `<a href=/a>a</a><a href=/b><img src=b alt=b></a><a href=/c aria-label=c></a><a name=d></a><a href=/e aria-hidden=true></a>`, nil},
		"link that is not closed":     {head + `<a href=/a>a<a href=/b>`, []Rule{LinkName}},
		"button without words":        {head + `<button></button><button>ok</button><button><img src=x alt=ok></button>`, []Rule{LinkName}},
		"the same identifier":         {head + `<p id=a><p id=a><p id=a><p id=b>`, []Rule{DuplicateID}},
		"may not be enlarged":         {head + `<meta name=viewport content="user-scalable=no">`, []Rule{NoZoom}},
		"may be enlarged a little":    {head + `<meta name=viewport content="width=device-width; maximum-scale=1.5">`, []Rule{NoZoom}},
		"may be enlarged":             {head + `<meta name=viewport content="width=device-width, maximum-scale=5, user-scalable=yes">`, nil},
		"in a comment or in a script": {head + `<!-- <img src=a> --><script>"<img src=a>"</script>`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := rulesOf(Read([]byte(tt.html), "")); !slices.Equal(got, tt.want) {
				t.Errorf("faults %v; want %v", got, tt.want)
			}
		})
	}
}

func TestAFaultTellsItsLine(t *testing.T) {
	p := Read([]byte("<html lang=fr>\n<title>x</title>\n<p>a\nb\n<img\n src='a.png'>\n"), "")
	if len(p.Faults) != 1 || p.Faults[0].Line != 5 || p.Faults[0].Text != "<img src='a.png'>" {
		t.Errorf("faults = %+v", p.Faults)
	}
}

func TestEncodings(t *testing.T) {
	const arabic1256 = "\xe3\xd1\xcd\xc8\xc7 \xc8\xdf\xe3" // مرحبا بكم
	for name, tt := range map[string]struct {
		body, media, charset, word string
		miscoded                   bool
	}{
		"utf-8":                    {head + "<p>été", "text/html; charset=utf-8", "utf-8", "été", false},
		"utf-8 that nobody said":   {head + "<p>été", "text/html", "utf-8", "été", false},
		"with a mark":              {"\xef\xbb\xbf" + head + "<p>été", "", "utf-8", "été", false},
		"windows-1252":             {head + "<p>\xe9t\xe9", "text/html; charset=iso-8859-1", "windows-1252", "été", false},
		"windows-1256 declared":    {`<meta charset="windows-1256"><p>` + arabic1256, "text/html", "windows-1256", "مرحبا", false},
		"windows-1256 undeclared":  {head + "<p>" + arabic1256, "text/html", "windows-1256", "مرحبا", false},
		"it says utf-8 and is not": {head + "<p>" + arabic1256, "text/html; charset=utf-8", "windows-1256", "مرحبا", true},
		"it says 1256 and is not":  {`<meta charset="windows-1256"><p>مرحبا بكم`, "text/html", "utf-8", "مرحبا", true},
		"cut within a letter":      {head + "<p>été \xd9", "text/html; charset=utf-8", "utf-8", "été", false},
	} {
		t.Run(name, func(t *testing.T) {
			p := Read([]byte(tt.body), tt.media)
			if p.Charset != tt.charset || p.Miscoded != tt.miscoded || !slices.Contains(p.Words, tt.word) {
				t.Errorf("%s, miscoded %v, %q; want %s, %v, %s", p.Charset, p.Miscoded, p.Words, tt.charset, tt.miscoded, tt.word)
			}
		})
	}
}

func TestDays(t *testing.T) {
	for text, want := range map[string]string{
		"2026-11-22": "2026-11-22", "2026-11-22T10:00:00+01:00": "2026-11-22", "22/11/2026": "2026-11-22", "2.1.2026": "2026-01-02",
		"٢٢/١١/٢٠٢٦": "2026-11-22", "31/02/2026": "", "22/13/2026": "", "1/1/1789": "", "": "", "bientôt": "", "2026": "",
	} {
		at, ok := Day(text)
		if got := at.Format(time.DateOnly); ok != (want != "") || ok && got != want {
			t.Errorf("%q is %s, %v; want %s", text, got, ok, want)
		}
	}
	for text, want := range map[string]string{
		"mis à jour le 1er août 2026.": "2026-08-01", "آخر تحيين : 3 نوفمبر 2026": "2026-11-03", "updated on 4 March 2025": "2025-03-04",
		"12 avril 2026": "2026-04-12", "20 جويلية 2024": "2024-07-20", "30 février 2026": "", "12 pommes 2026": "", "du 3 au 5 mai": "",
	} {
		found := datesIn(strings.Fields(text))
		got := ""
		if len(found) > 0 {
			got = found[0].At.Format(time.DateOnly)
		}
		if got != want {
			t.Errorf("%q is %q; want %q", text, got, want)
		}
	}
}

func TestFolding(t *testing.T) {
	for a, b := range map[string]string{
		"Réclamations": "reclamations", "إتّصل بنـا": "اتصل بنا", "الأسئلة  الشائعة": "اسئلة شائعه", "شكوى": "شكوي",
		"Nous-contacter !": "nous contacter", "التنويهات القانونيّة": "تنويهات قانونية",
	} {
		if Plain(a) != Plain(b) {
			t.Errorf("%q is %q and %q is %q", a, Plain(a), b, Plain(b))
		}
	}
}

func TestTongues(t *testing.T) {
	for text, want := range map[string]string{
		"Le service est ouvert pour tous les citoyens": "fr", "The service is open to all and you are welcome": "en",
		"الخدمة مفتوحة لجميع المواطنين": "ar", "OK": "", "Tunis Sfax Sousse Bizerte Gabès Kairouan": "",
	} {
		if got := Read([]byte(head+"<p>"+text), "text/html; charset=utf-8").Tongue(); got != want {
			t.Errorf("%q is %q; want %q", text, got, want)
		}
	}
}

func TestWhereAPageLeads(t *testing.T) {
	p := Read([]byte(head+`<base href="/b/"><link rel="alternate" hreflang="AR" href="/ar"><link rel="shortcut icon" href=i><link rel="alternate stylesheet" href=no>
<meta http-equiv=refresh content="3; url='/plus'"><frameset><frame src=f></frameset><img src="data:x" alt=x><img src=p alt=p loading=lazy><script src=s></script>
<time datetime="2026-01-02">hier</time><input name=recherche aria-label=x>`), "")
	if p.Base != "/b/" || len(p.Alternates) != 1 || p.Alternates[0] != (Alternate{"ar", "/ar"}) || p.Refresh != "/plus" || !p.Frameset || len(p.Frames) != 1 ||
		!slices.Equal(p.Assets, []Asset{{"i", "image"}, {"s", "script"}}) || len(p.Dates) != 1 || !p.Search {
		t.Errorf("%+v", p)
	}
	for content, want := range map[string]string{"60; url=/x": "", "0;URL=/x": "/x", "0": "", "NaN;url=/x": "", "5, url=/x": "/x"} {
		if got := Read([]byte(`<meta http-equiv=refresh content="`+content+`">`), "").Refresh; got != want {
			t.Errorf("refresh %q leads to %q; want %q", content, got, want)
		}
	}
}

// FuzzRead wants any bytes to be read, within bounds, the same each time.
func FuzzRead(f *testing.F) {
	files, err := os.ReadDir("../testdata")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile("../testdata/" + file.Name())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, "text/html")
	}
	f.Add([]byte("<a href=x><img alt=\xff\xfe>"), "text/html; charset=windows-1256")
	f.Add([]byte("\xfe\xff\x00<"), "text/html; charset=utf-16")
	f.Fuzz(func(t *testing.T, body []byte, media string) {
		p := Read(body, media)
		lines := strings.Count(string(body), "\n") + 1
		for _, fault := range p.Faults {
			if fault.Line < 1 || p.Charset == "utf-8" && fault.Line > lines || len(fault.Text) > maxText+3 || !slices.Contains(Rules(), fault.Rule) {
				t.Errorf("fault %+v of %d lines", fault, lines)
			}
		}
		if len(p.Links) > maxItems || len(p.Words) > maxWords || len(p.Assets) > maxItems || len(p.Dates) > 2*maxItems {
			t.Errorf("%d links, %d words, %d assets, %d dates", len(p.Links), len(p.Words), len(p.Assets), len(p.Dates))
		}
		if again := Read(body, media); len(again.Links) != len(p.Links) || again.Title != p.Title || len(again.Faults) != len(p.Faults) {
			t.Error("the same page is read in two ways")
		}
		_, _, _ = p.Tongue(), p.Fits(), Alike(p, p)
	})
}
