package web

import (
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web/locale"
)

// Page is what every page knows. A room embeds it in the struct of its own
// page, and its template calls the methods: {{.T "dataset.title"}}.
type Page struct {
	Title     string
	Lang      lang.Tag
	Dir       string
	Actor     identity.Actor
	Path      string // of this page, without its query
	RequestID string
	Flash     string // what the previous page did, empty mostly
	Languages []LanguageLink
	Nav       []NavLink // what everybody reaches
	DeskNav   []NavLink // what the actor works on

	shell *Shell
}

// LanguageLink leads to the same page in another language.
type LanguageLink struct {
	Tag     lang.Tag
	Name    string // in its own language
	Href    string
	Current bool
}

// Page begins a page whose title is the sentence under titleKey.
func (s *Shell) Page(c *gin.Context, titleKey string, args ...any) Page {
	r := requestOf(c.Request.Context())
	public, desk := s.menus(r, c.Request.URL.Path)
	return Page{
		Title: s.words.T(r.lang, titleKey, args...), Lang: r.lang, Dir: r.lang.Dir(), Actor: r.actor,
		Path: c.Request.URL.Path, RequestID: r.id, Flash: s.takeFlash(c, r.lang),
		Languages: languages(c.Request, r.lang), Nav: public, DeskNav: desk, shell: s,
	}
}

func languages(r *http.Request, current lang.Tag) []LanguageLink {
	names := map[lang.Tag]string{lang.French: "Français", lang.Arabic: "العربية", lang.English: "English"}
	links := make([]LanguageLink, 0, len(names))
	for _, tag := range lang.All() {
		q := url.Values{}
		if r.Method == http.MethodGet {
			q = r.URL.Query()
		}
		q.Set("lang", string(tag))
		links = append(links, LanguageLink{tag, names[tag], "?" + q.Encode(), tag == current})
	}
	return links
}

// T says a sentence in the page's language.
func (p Page) T(key string, args ...any) string { return p.shell.words.T(p.Lang, key, args...) }

// Has tells whether there is a sentence under key.
func (p Page) Has(key string) bool { return p.shell.words.Has(key) }

// May tells whether the actor may do act at least somewhere: for menus and
// buttons that concern no institution yet.
func (p Page) May(act string) bool { return p.Actor.MayAnywhere(identity.Act(act)) }

// MayFor tells whether the actor may do act for the institution.
func (p Page) MayFor(act, institution string) bool {
	return p.Actor.May(identity.Act(act), institution)
}

// Operator is who runs this register.
func (p Page) Operator() string {
	if p.shell.opts.Operator.Empty() {
		return p.T("web.operator")
	}
	return p.shell.opts.Operator.In(p.Lang)
}

// Source is where the program's source is had; empty when nobody said.
func (p Page) Source() string { return p.shell.opts.Source }

// Version is the program's.
func (p Page) Version() string { return p.shell.opts.Version }

// Asset is the address of a built file, empty when assets were not built.
func (p Page) Asset(name string) string { return p.shell.assets.address(name) }

// Absolute makes a path of ours an address that works outside this page.
func (p Page) Absolute(path string) string { return p.shell.URL(path) }

// Text is x in the page's language, or the first language it has.
func (p Page) Text(x lang.Text) string { return x.In(p.Lang) }

// Say is Text for the body of a page: words in another language are marked as
// such, so that they are read aloud and laid out in their own direction.
func (p Page) Say(x lang.Text) template.HTML {
	text, found := x.Pick(p.Lang)
	escaped := template.HTMLEscapeString(text)
	if found == p.Lang || text == "" {
		return template.HTML(escaped) //nolint:gosec // escaped above
	}
	return template.HTML(`<span lang="` + string(found) + `" dir="` + found.Dir() + //nolint:gosec // as above
		`">` + escaped + `</span>`)
}

// Date writes a day, DateTime a day and a minute; both take a time or a pointer to one.
func (p Page) Date(t any) string { return p.shell.words.Date(p.Lang, t) }

// DateTime writes a day and a minute in Tunis.
func (p Page) DateTime(t any) string { return p.shell.words.DateTime(p.Lang, t) }

// Clock writes the hour and minute in Tunis.
func (p Page) Clock(t any) string { return p.shell.words.Time(t) }

// Month writes a month and its year.
func (p Page) Month(t time.Time) string { return p.shell.words.Month(p.Lang, t) }

// ISO writes a moment for the datetime attribute of <time>.
func (p Page) ISO(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// Number writes a number as the page's readers do.
func (p Page) Number(n any) string { return locale.Number(p.Lang, n) }

// Decimal writes n with a fixed number of decimals, for columns.
func (p Page) Decimal(n float64, places int) string { return locale.Decimal(p.Lang, n, places) }

// Percent writes a share of one as a percentage.
func (p Page) Percent(share float64, places int) string { return locale.Percent(p.Lang, share, places) }

// Bytes writes a size.
func (p Page) Bytes(n int64) string { return p.shell.words.Bytes(p.Lang, n) }

// Duration writes how long something lasts.
func (p Page) Duration(d time.Duration) string { return p.shell.words.Duration(p.Lang, d) }

// Ago writes how long ago something was.
func (p Page) Ago(t time.Time) string { return p.shell.words.Ago(p.Lang, t, p.shell.now()) }

// List writes words one after another, apart as the page's language puts them.
func (p Page) List(words ...string) string { return p.shell.words.List(p.Lang, words) }

// Rhythm says a schedule in words, or shows it as it was typed where no short
// sentence says it.
func (p Page) Rhythm(line string) template.HTML {
	if words, ok := p.shell.words.Rhythm(p.Lang, line); ok {
		return template.HTML(template.HTMLEscapeString(words)) //nolint:gosec // escaped here
	}
	return template.HTML(`<code class="latin">` + template.HTMLEscapeString(line) + `</code>`) //nolint:gosec // escaped here
}

// flashName is the cookie that carries one sentence from a form to the page after it.
const flashName = "flash"

// Redirect ends a POST: the browser goes to path, which says the sentence
// under flashKey (none when empty).
func (s *Shell) Redirect(c *gin.Context, path, flashKey string, args ...string) error {
	if flashKey != "" {
		b, err := json.Marshal(append([]string{flashKey}, args...))
		if err != nil {
			return err
		}
		s.setCookie(c, s.keptName(flashName), base64.RawURLEncoding.EncodeToString(b), 60)
	}
	c.Header("Cache-Control", "no-store")
	c.Redirect(http.StatusSeeOther, path)
	return nil
}

// takeFlash reads and removes the sentence left by Redirect. Only sentences
// that exist are said, whatever the cookie holds.
func (s *Shell) takeFlash(c *gin.Context, tag lang.Tag) string {
	v, err := c.Cookie(s.keptName(flashName))
	if err != nil || v == "" || s.unasked(c) {
		return ""
	}
	s.setCookie(c, s.keptName(flashName), "", -1)
	var words []string
	b, err := base64.RawURLEncoding.DecodeString(v)
	if err != nil || json.Unmarshal(b, &words) != nil || len(words) == 0 || !s.words.Has(words[0]) {
		return ""
	}
	args := make([]any, 0, len(words))
	for _, w := range words[1:] {
		args = append(args, strings.ToValidUTF8(w, ""))
	}
	return s.words.T(tag, words[0], args...)
}
