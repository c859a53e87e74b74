package examine

import (
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
