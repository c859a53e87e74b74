package identity_test

import (
	"strings"
	"testing"

	"github.com/jard-odi/jard/identity"
)

func TestABrowserIsKnownByItsFamily(t *testing.T) {
	for header, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                        "firefox/linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0": "edge/windows",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36":                  "chrome/android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1":     "safari/ios",
		"curl/8.5.0": "other/other", "": "other/other", "\xff<script>": "other/other", strings.Repeat("x", 5000) + "firefox": "other/other",
	} {
		if got := identity.BrowserOf(header); got != want {
			t.Errorf("BrowserOf(%.40q) = %s; want %s", header, got, want)
		}
	}
}

func TestAPlaceIsRough(t *testing.T) {
	for address, want := range map[string]string{
		"41.226.13.7": "41.226.0.0/16", "::ffff:41.226.13.7": "41.226.0.0/16", "2001:db8:1:2::3": "2001:db8::/32",
		"127.0.0.1": "internal", "10.1.2.3": "internal", "fe80::1%eth0": "internal", "": "", "a pipe": "",
	} {
		if got := identity.Place(address); got != want {
			t.Errorf("Place(%q) = %q; want %q", address, got, want)
		}
	}
}
