package identity

import (
	"net/netip"
	"strings"
	"time"
)

// Method says how somebody proved who they are.
type Method string

// The methods.
const (
	ByPassword   Method = "password"
	ByCode       Method = "code"        // a password, and then a code of a device
	ByRecovery   Method = "recovery"    // a password, and then a recovery code
	ByProvider   Method = "provider"    // somebody else vouches for them
	ByBreakGlass Method = "break_glass" // the emergency password of whoever holds the machine
)

// Methods lists every method.
func Methods() []Method {
	return []Method{ByPassword, ByCode, ByRecovery, ByProvider, ByBreakGlass}
}

// Session is one sign-in of a browser.
type Session struct {
	Hash      string `gorm:"primaryKey"`
	AccountID string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
	Method    Method     // empty: opened before this was noted
	Agent     string     // the browser's family and its system: "firefox/linux"
	Network   string     // roughly from where, as Place says it
	ProvedAt  *time.Time // when its holder last proved who they are
}

// A session ends when nobody used it for SessionIdle, and at SessionAge at the latest.
const (
	SessionIdle = 8 * time.Hour
	SessionAge  = 24 * time.Hour
)

// ProofAge is how long a proof is good for acts that must not be done by
// whoever finds a desk left open.
const ProofAge = 15 * time.Minute

// Live tells whether the session still opens anything at t.
func (s *Session) Live(t time.Time) bool {
	return t.Before(s.ExpiresAt) && t.Sub(s.SeenAt) <= SessionIdle
}

// Proved tells whether its holder proved who they are a short while before t.
// A proof of the future was given by a clock that was wrong.
func (s *Session) Proved(t time.Time) bool {
	return s.ProvedAt != nil && t.Sub(*s.ProvedAt) < ProofAge && !s.ProvedAt.After(t.Add(time.Minute))
}

// Ref names the session to its holder. It is no proof, and leads back to none.
func (s *Session) Ref() string { return Digest("session " + s.Hash)[:16] }

// Caller is who is at the other end, as the network and the browser tell.
type Caller struct {
	Address string // network address; empty for the command line
	Browser string // the User-Agent header, as sent
}

// Opening is how a session is opened.
type Opening struct {
	Method Method
	From   Caller
	Until  time.Time // when it ends; zero: as the policy says
}

// Internal is the Place of addresses that are reached from nowhere else.
const Internal = "internal"

// Place is roughly where an address is: wide enough that it says little about
// a person, narrow enough to tell one's own provider from another. Networks
// that are not routed outside are all one.
func Place(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	ip = ip.WithZone("").Unmap()
	if ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
		return Internal
	}
	bits := 32
	if ip.Is4() {
		bits = 16
	}
	p, _ := ip.Prefix(bits) // never fails for these
	return p.String()
}

// browsers are what a User-Agent holds and which family it tells of. The first
// that fits: most call themselves by the names of others too.
var browsers = [...][2]string{
	{"edg", "edge"},
	{"opr/", "opera"},
	{"opera", "opera"},
	{"samsungbrowser", "samsung"},
	{"yabrowser", "yandex"},
	{"fxios", "firefox"},
	{"firefox", "firefox"},
	{"crios", "chrome"},
	{"chromium", "chromium"},
	{"chrome", "chrome"},
	{"safari", "safari"},
}

// systems are the same for what it runs on.
var systems = [...][2]string{
	{"android", "android"}, {"iphone", "ios"}, {"ipad", "ios"}, {"windows", "windows"}, {"mac os", "macos"}, {"cros", "chromeos"}, {"linux", "linux"},
}

// BrowserOf is a browser's family and its system, "firefox/linux": enough to know
// one's own. Nothing else of the header is kept.
func BrowserOf(header string) string {
	if len(header) > 1000 {
		header = header[:1000]
	}
	header = strings.ToLower(header)
	return first(browsers[:], header) + "/" + first(systems[:], header)
}

func first(table [][2]string, header string) string {
	for _, row := range table {
		if strings.Contains(header, row[0]) {
			return row[1]
		}
	}
	return "other"
}

// agentNames are the families and systems by their names, which no language changes.
var agentNames = map[string]string{
	"edge": "Edge", "opera": "Opera", "samsung": "Samsung Internet", "yandex": "Yandex", "firefox": "Firefox", "chrome": "Chrome",
	"chromium": "Chromium", "safari": "Safari", "android": "Android", "ios": "iOS", "windows": "Windows", "macos": "macOS",
	"chromeos": "ChromeOS", "linux": "Linux",
}

// AgentNames are the names of a browser and its system; empty what is not known.
func AgentNames(agent string) (browser, system string) {
	browser, system, _ = strings.Cut(agent, "/")
	return agentNames[browser], agentNames[system]
}

// Device is a kind of browser in a rough place that an account has signed in from.
type Device struct {
	AccountID string `gorm:"primaryKey"`
	Agent     string `gorm:"primaryKey"`
	Network   string `gorm:"primaryKey"`
	FirstAt   time.Time
	SeenAt    time.Time
}

// TableName names the table of devices.
func (Device) TableName() string { return "account_devices" }

// KeepDevices is how long a device that is not used is remembered.
const KeepDevices = 400 * 24 * time.Hour

// Step is a sign-in whose password was right and that waits for a code.
type Step struct {
	Hash      string `gorm:"primaryKey"`
	AccountID string
	Failed    int // passwords that were wrong before the right one
	CreatedAt time.Time
	ExpiresAt time.Time
}

// TableName names the table of steps.
func (Step) TableName() string { return "sign_in_steps" }

// StepAge is how long a code is waited for.
const StepAge = 10 * time.Minute
