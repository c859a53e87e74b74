package page

import (
	"strconv"
	"strings"
)

// meta takes in what the page says of itself.
func (r *reader) meta(a attributes, at Fault) {
	name := strings.ToLower(strings.TrimSpace(a["name"]))
	if name == "" {
		name = strings.ToLower(strings.TrimSpace(a["property"]))
	}
	content := a["content"]
	switch {
	case name == "viewport":
		r.page.Viewport = &content
		if noZoom(viewport(content)) {
			r.fault(NoZoom, at)
		}
	case modified[name]:
		r.date(content, "meta")
	case strings.EqualFold(a["http-equiv"], "refresh"):
		r.refresh(content)
	}
}

// modified are the names by which pages tell when they were last changed.
var modified = map[string]bool{
	"article:modified_time": true, "article:published_time": true, "og:updated_time": true, "dcterms.modified": true,
	"dc.date.modified": true, "last-modified": true, "date.modified": true, "dcterms.date": true,
}

// refresh notes where a page sends on within five seconds.
func (r *reader) refresh(content string) {
	wait, rest, found := strings.Cut(content, ";")
	if !found {
		wait, rest, found = strings.Cut(content, ",")
	}
	if n, err := strconv.ParseFloat(strings.TrimSpace(wait), 64); err != nil || !(n <= 5) || !found {
		return
	}
	rest = strings.TrimSpace(rest)
	if len(rest) >= 3 && strings.EqualFold(rest[:3], "url") {
		rest = strings.TrimLeft(strings.TrimSpace(rest[3:]), "= ")
	}
	if r.page.Refresh == "" {
		r.page.Refresh = strings.Trim(rest, `"' `)
	}
}

// viewport reads the content of the element of that name.
func viewport(content string) map[string]string {
	out := map[string]string{}
	for part := range strings.FieldsFuncSeq(strings.ToLower(content), func(c rune) bool { return c == ',' || c == ';' }) {
		key, value, _ := strings.Cut(part, "=")
		out[strings.TrimSpace(key)] = strings.TrimSpace(value)
	}
	return out
}

// noZoom tells whether somebody who sees badly may not enlarge the page to
// twice its size.
func noZoom(v map[string]string) bool {
	if s := v["user-scalable"]; s == "no" || s == "0" {
		return true
	}
	most, err := strconv.ParseFloat(v["maximum-scale"], 64)
	return err == nil && most < 2
}

// head takes in a link of the head.
func (r *reader) head(a attributes) {
	href := strings.TrimSpace(a["href"])
	if href == "" {
		return
	}
	rel := " " + strings.ToLower(strings.Join(strings.Fields(a["rel"]), " ")) + " "
	switch {
	case strings.Contains(rel, " stylesheet ") && !strings.Contains(rel, " alternate "):
		r.asset(href, "style")
	case strings.Contains(rel, " icon "):
		r.asset(href, "image")
	case strings.Contains(rel, " preload ") && a["as"] == "font":
		r.asset(href, "font")
	case strings.Contains(rel, " alternate ") && a["hreflang"] != "" && len(r.page.Alternates) < maxItems:
		r.page.Alternates = append(r.page.Alternates, Alternate{strings.ToLower(a["hreflang"]), href})
	}
}

func (r *reader) asset(url, kind string) {
	if len(r.page.Assets) < maxItems && !strings.HasPrefix(url, "data:") {
		r.page.Assets = append(r.page.Assets, Asset{url, kind})
	}
}

// media takes in what is shown, heard or run.
func (r *reader) media(name string, a attributes, at Fault) {
	src := strings.TrimSpace(a["src"])
	if name == "img" {
		alt := strings.TrimSpace(a["alt"])
		if !a.has("alt") && a.label() == "" && a["role"] != "presentation" && a["role"] != "none" && a["aria-hidden"] != "true" {
			r.fault(ImageAlt, at)
		}
		for _, open := range []*named{r.link, r.button} {
			if open != nil {
				open.add(alt)
			}
		}
	}
	if src == "" || a["loading"] == "lazy" || name == "video" && a["preload"] == "none" {
		return // a visitor who does not scroll or play does not pay for it
	}
	switch name {
	case "script":
		r.asset(src, "script")
	case "img":
		r.asset(src, "image")
	case "embed":
		r.asset(src, "media")
	}
}

// frame takes in a page within the page.
func (r *reader) frame(name string, a attributes) {
	r.page.Frameset = r.page.Frameset || name == "frameset"
	if src := strings.TrimSpace(a["src"]); name == "frame" && src != "" && len(r.page.Frames) < maxItems {
		r.page.Frames = append(r.page.Frames, src)
	}
}

// field takes in something to fill in.
func (r *reader) field(name string, a attributes, at Fault) {
	kind := ""
	if name == "input" {
		kind = strings.ToLower(strings.TrimSpace(a["type"]))
	}
	switch kind {
	case "hidden", "submit", "reset", "button":
		return
	case "image":
		if strings.TrimSpace(a["alt"]) == "" && a.label() == "" {
			r.fault(ImageAlt, at)
		}
		return
	}
	asked := strings.ToLower(a["name"])
	if kind == "search" || asked == "q" || asked == "s" || strings.Contains(asked, "search") || strings.Contains(asked, "recherche") {
		r.page.Search = true
	}
	if a.label() != "" || r.labels > 0 || len(r.controls) >= maxItems {
		return
	}
	r.controls = append(r.controls, control{a["id"], at})
}

// openLink takes in the beginning of a link. One within another is not: the
// one before ends there, as browsers have it.
func (r *reader) openLink(name string, a attributes, at Fault) {
	if !a.has("href") {
		return
	}
	href := strings.TrimSpace(a["href"])
	link := Link{URL: href, Lang: strings.ToLower(strings.TrimSpace(a["hreflang"])), Line: at.Line}
	if name == "area" {
		if !a.has("alt") && a.label() == "" {
			r.fault(ImageAlt, at)
		}
		link.Text = short(a["alt"] + " " + a.label())
		r.keep(link)
		return
	}
	r.closeLink()
	if lang := strings.TrimSpace(a["lang"]); link.Lang == "" {
		link.Lang = strings.ToLower(lang)
	}
	r.link = &named{link: link, label: a.label(), fault: at}
	if a["aria-hidden"] == "true" {
		r.link.label = "hidden" // nobody is read it
	}
}

func (r *reader) closeLink() {
	if r.link == nil {
		return
	}
	open := r.link
	r.link = nil
	open.link.Text = open.name()
	if open.link.Text == "" {
		r.fault(LinkName, open.fault)
	}
	r.keep(open.link)
}

func (r *reader) closeButton() {
	if r.button != nil && r.button.name() == "" {
		r.fault(LinkName, r.button.fault)
	}
	r.button = nil
}

func (r *reader) keep(l Link) {
	if len(r.page.Links) < maxItems && l.URL != "" {
		r.page.Links = append(r.page.Links, l)
	}
}
