package inventory

import (
	"strconv"
	"strings"
	"unicode"
)

// MaxName is the longest Name. Portals keep 100 characters, their harvester
// cuts at 95, and a suffix must still fit.
const MaxName = 90

// Slug returns the Name that a title asks for: a-z, 0-9 and hyphens only,
// because every portal derives addresses from it. It is empty when the title
// has too few Latin letters or digits to make one.
func Slug(title string) string {
	var b strings.Builder
	for _, r := range Fold(title) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		default:
			b.WriteByte('-')
		}
	}
	slug := b.String()
	for strings.Contains(slug, "--") {
		slug = strings.ReplaceAll(slug, "--", "-")
	}
	slug = strings.Trim(slug, "-")
	if len(slug) > MaxName {
		slug = cutAtHyphen(slug, MaxName)
	}
	// new, edit and search are addresses of the portal itself.
	if len(slug) < 2 || slug == "new" || slug == "edit" || slug == "search" {
		return ""
	}
	return slug
}

// NameFor returns the nth choice of a Name for a dataset: its title, else its
// ref, and from the second on with a number behind.
func NameFor(title, ref string, n int) string {
	base := Slug(title)
	if base == "" {
		base = strings.ToLower(ref)
	}
	if n < 2 {
		return base
	}
	suffix := "-" + strconv.Itoa(n)
	if len(base)+len(suffix) > MaxName {
		base = cutAtHyphen(base, MaxName-len(suffix))
	}
	return base + suffix
}

// cutAtHyphen shortens slug to at most limit bytes, at a word's end when that
// does not cost more than a third.
func cutAtHyphen(slug string, limit int) string {
	cut := slug[:limit]
	if at := strings.LastIndexByte(cut, '-'); at > limit*2/3 {
		cut = cut[:at]
	}
	return strings.TrimRight(cut, "-")
}

// PortalTag returns a keyword as a portal can keep it: letters, digits, space,
// hyphen, underscore and dot. "qualité de l'air" is refused by portals with
// the whole dataset, so the apostrophe becomes a space; tashkeel and tatweel go.
func PortalTag(word string) string {
	var b strings.Builder
	for _, r := range word {
		switch {
		case drop(r):
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_', r == '.':
			b.WriteRune(r)
		default:
			b.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
