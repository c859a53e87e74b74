package examine

import (
	"strings"
	"testing"

	"github.com/temoto/robotstxt"
)

// robots.txt comes from servers that nobody here knows: its reader is not ours,
// and must not fall over all the same.
func FuzzRobots(f *testing.F) {
	for _, s := range []string{"", "User-agent: *\nDisallow: /", "User-agent: Jard\nAllow: /a*b$\nCrawl-delay: 1e309", "\xff\xfe", "Disallow: %zz\nSitemap:"} {
		f.Add(200, []byte(s), "/a?b")
	}
	f.Fuzz(func(t *testing.T, status int, body []byte, path string) {
		if rules, err := robotstxt.FromStatusAndBytes(status, body); err == nil {
			_ = rules.TestAgent(path, agent)
		}
	})
}

// Sitemaps come from the same servers.
func FuzzSitemap(f *testing.F) {
	for _, s := range []string{
		"", "<urlset><url><lastmod>2026-11-22</lastmod></url></urlset>", "<lastmod>2026-11-22T10:00:00+01:00", "<!DOCTYPE a [<!ENTITY b 'c'>]><lastmod>&b;</lastmod>",
		strings.Repeat("<a>", 5_000), "<lastmod><![CDATA[2026-11-22]]></lastmod>", "\xff<lastmod>",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, d := range mappedIn(body) {
			if d.At.IsZero() || len(d.Text) > 200 {
				t.Errorf("%q has the day %+v", body, d)
			}
		}
	})
}
