package examine

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/jard-odi/jard/monitor/assess"
)

// spoken are the languages that are looked for.
func spoken() []string { return []string{"ar", "fr", "en"} }

// tongues looks for the page in each language, and whether each says rightly
// which one it is in.
func (v *visit) tongues(ctx context.Context) {
	found, open := 0, false
	var evidence []assess.Evidence
	for _, tag := range spoken() {
		fits, seen, unsure := v.tongue(ctx, tag)
		if fits {
			found++
		}
		open = open || unsure
		evidence = append(evidence, seen)
	}
	if open && found < len(spoken()) {
		v.unknown(assess.Languages, "examine.unknown.some_language", evidence...)
		return
	}
	v.number(assess.Languages, float64(found), int64(len(spoken())), evidence...)
}

// tongue looks at the version of one language. It is unsure when it could not
// look.
func (v *visit) tongue(ctx context.Context, tag string) (fits bool, seen assess.Evidence, unsure bool) {
	a := v.home
	if !v.isIn(a, tag) {
		target := v.version(tag)
		if target == nil {
			return false, note("examine.evidence.language.none." + tag), false
		}
		var err error
		if a, err = v.pageAt(ctx, target, how{}); err != nil {
			return false, quote("examine.evidence.language.unseen."+tag, target.String(), ""), true
		}
		if !a.good() {
			return false, quote("examine.evidence.language.status."+tag, target.String(), "", a.status), a.status >= 500 || a.status == 429 || a.status == 403
		}
	}
	at := a.url.String()
	says, dir := primary(a.page.Lang), a.page.Dir
	switch tongue := a.page.Tongue(); {
	case tongue != "" && tongue != tag:
		return false, quote("examine.evidence.language.other."+tag, at, a.page.Title), false
	case says != tag:
		return false, quote("examine.evidence.language.lang."+tag, at, a.page.Lang), false
	case tag == "ar" && dir != "rtl", tag != "ar" && dir == "rtl":
		return false, quote("examine.evidence.language.dir."+tag, at, dir), false
	}
	return true, quote("examine.evidence.language.ok."+tag, at, ""), false
}

// isIn tells whether the page shown at once is the version in a language: by
// what is written there, or else by what it says.
func (v *visit) isIn(a *answer, tag string) bool {
	if tongue := a.page.Tongue(); tongue != "" {
		return tongue == tag
	}
	return primary(a.page.Lang) == tag
}

// primary is the language of a tag without its region.
func primary(tag string) string {
	first, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(tag, "_", "-")), "-")
	return first
}

// version finds where the page is in a language: as the head declares it, as a
// link says of itself, or as people name it.
func (v *visit) version(tag string) *url.URL {
	p := v.home.page
	var places []string
	for _, a := range p.Alternates {
		if primary(a.Lang) == tag {
			places = append(places, a.URL)
		}
	}
	for _, l := range p.Links {
		if primary(l.Lang) == tag {
			places = append(places, l.URL)
		}
	}
	for _, l := range p.Links {
		if v.e.o.Words.named(l, "language:"+tag) {
			places = append(places, l.URL)
		}
	}
	n := slices.IndexFunc(places, func(href string) bool {
		target := v.home.resolve(href)
		return target != nil && !same(target, v.home.url)
	})
	if n < 0 {
		return nil
	}
	return v.home.resolve(places[n])
}
