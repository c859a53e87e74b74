package monitor

import (
	"bytes"
	"html"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// A soft error is a page with a good status that is not the page: an error
// written by the application, the page a fresh server shows, a login form
// where the service should be, nothing at all. Monitors that read only the
// status call it a success.

// The phrases that give a soft error away, lower-case. Those of errors count
// in a title, a heading, or a page that says little else; the others wherever
// they stand, because no service writes them.
var (
	errorPhrases = []string{
		// French
		"erreur interne", "erreur serveur", "erreur 500", "erreur 503", "erreur 404", "une erreur s'est produite", "une erreur est survenue",
		"service indisponible", "service temporairement indisponible", "site indisponible", "temporairement indisponible",
		"momentanément indisponible", "en cours de maintenance", "site en maintenance", "maintenance en cours", "page introuvable",
		"page non trouvée", "accès refusé", "session expirée", "base de données indisponible", "site en construction",
		// Arabic
		"خطأ داخلي", "خطأ في الخادم", "حدث خطأ", "الخدمة غير متوفرة", "الخدمة غير متاحة", "الموقع غير متاح", "الموقع غير متوفر", "غير متاح حاليا",
		"غير متوفر حاليا", "تحت الصيانة", "قيد الصيانة", "أشغال صيانة", "الصفحة غير موجودة", "الصفحة المطلوبة غير موجودة", "انتهت صلاحية الجلسة",
		"خدمة معطلة", "الموقع قيد الإنشاء",
		// English
		"internal server error", "service unavailable", "service temporarily unavailable", "bad gateway", "gateway timeout", "error 500",
		"error 503", "404 not found", "page not found", "an error has occurred", "an error occurred", "something went wrong",
		"under maintenance", "down for maintenance", "site is down", "access denied", "session expired", "under construction",
		"application error", "server error in", "request timed out", "account suspended", "domain is parked", "this domain is for sale",
	}
	brokenPhrases = []string{
		"error establishing a database connection", "erreur lors de la connexion à la base de données", "sqlstate[", "fatal error: uncaught",
		"fatal error: allowed memory", "parse error: syntax error", "exception in thread", "java.lang.", "org.springframework.",
		"traceback (most recent call last)", "unhandled exception", "whitelabel error page", "ora-12", "ora-01", "you have an error in your sql syntax",
		"system.nullreferenceexception", "undefined index:", "stack trace:", "weblogic bridge message", "failure of server apache bridge",
		"no backend server available",
	}
	defaultPhrases = []string{
		"welcome to nginx!", "apache2 ubuntu default page", "apache2 debian default page", "test page for the apache", "test page for the nginx",
		"<h1>it works!</h1>", "iis windows server", "internet information services", "if you're seeing this, you've successfully installed tomcat",
		"wampserver homepage", "welcome to xampp", "plesk default page", "default web site page", "sorry! if you are the owner of this website",
		"welcome to centos", "welcome to jboss", "<title>index of /", "congratulations! your website is up and running", "caddy works!",
		"welcome to wildfly", "future home of something quite cool",
	}
)

const (
	// A page with fewer letters than this says so little that an error phrase
	// anywhere in it is what it says; with fewer than the other it says nothing.
	maxErrorLetters = 600
	minPageLetters  = 12
	// maxSoft bounds how much of a body is searched.
	maxSoft = 256 << 10
)

var (
	headParts     = regexp.MustCompile(`(?is)<(title|h1|h2)[^>]*>(.*?)</(title|h1|h2)\s*>`)
	passwordField = regexp.MustCompile(`(?i)<input[^>]+type\s*=\s*["']?password`)
	loginPath     = regexp.MustCompile(`(?i)(^|[/._?&=-])(log-?in|sign-?in|connexion|authentification|auth|sso|cas)([/._?&=-]|$)`)
	activeParts   = regexp.MustCompile(`(?i)<(script|iframe|frame|frameset|object|embed|img|svg|canvas|meta[^>]+http-equiv\s*=\s*["']?refresh)[\s>]`)
)

// SoftFault returns by what body looks like something else than the service's
// page, in technical words, and nothing when it looks well. target is what was
// asked for, landed where redirects ended, empty when there were none.
func SoftFault(body []byte, target, landed string) string {
	body = body[:min(len(body), maxSoft)]
	lower := bytes.ToLower(body)
	for _, p := range defaultPhrases {
		if bytes.Contains(lower, []byte(p)) {
			return "default page: " + p
		}
	}
	for _, p := range brokenPhrases {
		if bytes.Contains(lower, []byte(p)) {
			return "error text: " + p
		}
	}
	if evidence := loginInstead(lower, target, landed); evidence != "" {
		return evidence
	}
	text := strings.ToLower(readable(body))
	letters := utf8.RuneCountInString(text)
	if p := errorPhrase(titles(body)); p != "" {
		return "error title: " + p
	}
	if letters < maxErrorLetters {
		if p := errorPhrase(text); p != "" {
			return "error text: " + p
		}
	}
	if letters < minPageLetters && isPage(lower) && !activeParts.Match(body) {
		return "empty page"
	}
	return ""
}

// isPage tells whether body is meant for people: a short JSON answer is whole.
func isPage(lower []byte) bool {
	trimmed := bytes.TrimSpace(lower)
	return len(trimmed) == 0 || trimmed[0] == '<'
}

// titles returns what the page says in its title and headings.
func titles(body []byte) string {
	var all strings.Builder
	for _, part := range headParts.FindAllSubmatch(body, 20) {
		all.WriteString(squeezed(html.UnescapeString(string(tagParts.ReplaceAll(part[2], []byte(" "))))))
		all.WriteString("\n")
	}
	return strings.ToLower(all.String())
}

// errorPhrase returns the first error phrase in text, which is lower-case.
func errorPhrase(text string) string {
	text = strings.ReplaceAll(text, "’", "'")
	for _, p := range errorPhrases {
		if strings.Contains(text, p) {
			return p
		}
	}
	return ""
}

// loginInstead tells whether a login form came where none was asked for.
func loginInstead(lower []byte, target, landed string) string {
	if landed == "" || landed == target || loginPath.MatchString(pathOf(target)) || !passwordField.Match(lower) {
		return ""
	}
	if path := pathOf(landed); loginPath.MatchString(path) || hostOf(landed) != hostOf(target) {
		return "login page: " + clipped(landed)
	}
	return ""
}

func pathOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Path
}

// wallMarks are what firewalls write on the pages with which they turn robots
// away, lower-case, and whose they are.
var wallMarks = []struct{ mark, name string }{
	{"the requested url was rejected. please consult with your administrator", "f5"},
	{"attention required! | cloudflare", "cloudflare"},
	{"cf-error-details", "cloudflare"},
	{"<title>just a moment...</title>", "cloudflare"},
	{"incapsula incident id", "imperva"},
	{"_incapsula_resource", "imperva"},
	{"fortiweb", "fortiweb"},
	{"fortigate application control", "fortigate"},
	{"web page blocked!", "fortigate"},
	{"this request has been blocked by the web application firewall", "waf"},
	{"mod_security", "modsecurity"},
	{"access denied - sucuri website firewall", "sucuri"},
	{"errors.edgesuite.net", "akamai"},
	{"generated by wordfence", "wordfence"},
	{"barracuda networks", "barracuda"},
	{"ddos-guard", "ddos-guard"},
}

// WallMark returns whose firewall wrote body, and nothing when none did.
func WallMark(body []byte) string {
	lower := bytes.ToLower(body[:min(len(body), maxReadable)])
	for _, w := range wallMarks {
		if bytes.Contains(lower, []byte(w.mark)) {
			return w.name
		}
	}
	return ""
}
