package inventory

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// fileEndings are no top-level domains one publishes data under: seen as
// hosts where somebody typed a file name into a field for addresses.
const fileEndings = " pdf jpg jpeg png gif bmp tif tiff svg csv tsv xls xlsx xlsm ods doc docx odt ppt pptx txt rtf " +
	"json geojson xml kml kmz shp gpkg zip rar 7z gz tar htm html php asp aspx jsp local localhost internal lan "

// Plausible tells whether address may be where data is: an http or https
// address at a host that looks like one. It asks nobody; whether something
// answers there is another question.
func Plausible(address string) bool {
	key, _ := implausible(address)
	return key == ""
}

// networks are sites where people talk: a page there is no place for data, for
// it asks for an account and gives no file.
var networks = []string{"facebook.com", "fb.com", "fb.me", "instagram.com", "x.com", "twitter.com", "linkedin.com", "tiktok.com", "youtube.com"}

// Social tells whether address is a page of a social network.
func Social(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return slices.ContainsFunc(networks, func(n string) bool { return host == n || strings.HasSuffix(host, "."+n) })
}

// implausible returns the key and arguments of what is wrong with an address.
func implausible(address string) (key string, args []any) {
	if strings.ContainsAny(address, " \t\r\n<>\"{}|\\^`") {
		return "dataset.url.characters", nil
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return "dataset.url.invalid", nil
	case u.Scheme != "http" && u.Scheme != "https":
		return "dataset.url.scheme", nil
	case u.User != nil:
		return "dataset.url.password", nil
	case u.Opaque != "" || u.Hostname() == "":
		return "dataset.url.host", []any{""}
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if !hostLike(host) {
		return "dataset.url.host", []any{clip(host)}
	}
	return "", nil
}

func hostLike(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return !ip.IsUnspecified() && !ip.IsMulticast()
	}
	at := strings.LastIndexByte(host, '.')
	if at <= 0 || at == len(host)-1 || len(host) > 253 {
		return false
	}
	last := host[at+1:]
	if len(last) < 2 || strings.Contains(fileEndings, " "+last+" ") || !strings.ContainsFunc(last, notDigit) {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "-") != label || strings.ContainsAny(label, " %") {
			return false
		}
	}
	return true
}

func notDigit(r rune) bool { return r < '0' || r > '9' }
