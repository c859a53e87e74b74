package monitor

import (
	"strings"
	"testing"
)

func TestSoftErrors(t *testing.T) {
	long := strings.Repeat("<p>Les démarches en ligne de la commune sont ouvertes à tous les citoyens.</p>", 30)
	page := func(title, body string) string {
		return "<!doctype html><html><head><title>" + title + "</title></head><body>" + body + "</body></html>"
	}
	for _, tt := range []struct {
		name, body, target, landed string
		want                       string // how the evidence begins; empty for a good page
	}{
		{"a page", page("Bienvenue", long), "", "", ""},
		{"a page that tells of past maintenance", page("Actualités", long+"<p>Le service est en cours de maintenance le 3 mai.</p>"+long), "", "", ""},
		{"a page about access being denied, in passing", page("FAQ", long+"Que faire quand je vois « accès refusé » ?"), "", "", ""},
		{"an error in its title", page("Erreur interne du serveur", long), "", "", "error title: erreur interne"},
		{"an error in its heading", page("Portail", "<h1>Service momentanément indisponible</h1>"+long), "", "", "error title: momentanément"},
		{"an Arabic error in its heading", page("بوابة", "<h1>الخدمة غير متوفرة</h1>"+long), "", "", "error title: الخدمة"},
		{"a short Arabic notice", page("بوابة", "الموقع تحت الصيانة، نعتذر منكم"), "", "", "error text: تحت الصيانة"},
		{"a short notice with a curly apostrophe", page("x", "Une erreur s’est produite."), "", "", "error text: une erreur"},
		{"an English notice", page("Portal", "Something went wrong. Please try later."), "", "", "error text: something went wrong"},
		{"a database that is gone", long + "SQLSTATE[HY000] [2002] Connection refused", "", "", "error text: sqlstate["},
		{"a stack of Java", long + "at java.lang.Thread.run", "", "", "error text: java.lang."},
		{"a fresh nginx", page("Welcome to nginx!", "<h1>Welcome to nginx!</h1>"), "", "", "default page: welcome to nginx!"},
		{"a fresh Apache", page("Apache2 Ubuntu Default Page: It works", long), "", "", "default page: apache2 ubuntu"},
		{"a listing", page("Index of /", "<h1>Index of /</h1>"), "", "", "default page"},
		{"nothing", "", "", "", "empty page"},
		{"an empty page", page("", "<div></div>"), "", "", "empty page"},
		{"a page that scripts fill", page("", `<div id="root"></div><script src="/app.js"></script>`), "", "", ""},
		{"a short answer to programs", `{"ok":true}`, "", "", ""},
		{
			"a login form instead", page("Connexion", `<form><input name=u><input type="password"></form>`+long),
			"https://a.tn/demande", "https://a.tn/login?next=%2Fdemande", "login page: https://a.tn/login",
		},
		{
			"a login form elsewhere", page("Connexion", `<form><input type='password'></form>`+long),
			"https://a.tn/demande", "https://sso.b.tn/x", "login page",
		},
		{"a login form that was asked for", page("Connexion", `<input type=password>`+long), "https://a.tn/login", "https://a.tn/login/", ""},
		{"a login form in place", page("Accueil", `<input type=password>`+long), "https://a.tn/", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := SoftFault([]byte(tt.body), tt.target, tt.landed)
			if tt.want == "" && got != "" || !strings.HasPrefix(got, tt.want) {
				t.Errorf("evidence %q; want %q", got, tt.want)
			}
		})
	}
}

func TestExcerpts(t *testing.T) {
	body := `<html><head><title>Dossier &amp; suite</title><style>p{}</style></head><body><script>var secret="x"</script>
		<p>Écrire à  amel.ben@example.tn ou au 71 123 456,<br>dossier 12345678, clé abcdefghijklmnopqrstuvwxyz0123.</p></body>`
	want := "Dossier & suite · Écrire à •@• ou au •••, dossier •••, clé •••."
	if got := Excerpt([]byte(body)); got != want {
		t.Errorf("excerpt %q; want %q", got, want)
	}
	if got := []rune(Excerpt([]byte(strings.Repeat("مرحبا بكم ", 500)))); len(got) > maxExcerpt+1 {
		t.Errorf("an excerpt has %d letters", len(got))
	}
}

func TestWallMarks(t *testing.T) {
	if got := WallMark([]byte("<html>The requested URL was rejected. Please consult with your administrator. Your support ID is: 1</html>")); got != "f5" {
		t.Errorf("the wall is %q", got)
	}
	if got := WallMark([]byte("<h1>Accès refusé</h1>")); got != "" {
		t.Errorf("a refusal of the service's own is taken for %q", got)
	}
}

func FuzzSoftFault(f *testing.F) {
	f.Add([]byte("<title>Erreur 500</title>"), "https://a.tn/", "https://a.tn/login")
	f.Add([]byte("\xff<h1>\x00"), "", "http://[")
	f.Fuzz(func(t *testing.T, body []byte, target, landed string) {
		SoftFault(body, target, landed)
		if strings.ContainsAny(Excerpt(body), "\r\n\x00") {
			t.Error("an excerpt is more than a line")
		}
	})
}
