package monitor

import (
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
)

// Certificate is one certificate as a server sends it.
type Certificate struct {
	Subject   string
	Issuer    string
	NotBefore time.Time
	NotAfter  time.Time
	SHA256    string // of the whole certificate, in hexadecimal
	Key       string // "RSA 2048"
	Signature string // "SHA256-RSA"
}

// Secured is what a handshake showed. Readings share one as long as the server
// shows the same, so nobody changes it.
type Secured struct {
	Version    string // "TLS 1.3"
	Cipher     string
	Weak       string        // what of it is weak, in technical words
	Chain      []Certificate // as the server sends it, in its order
	NotAfter   time.Time     // when the first certificate of the path expires
	Expiring   string        // whose date that is
	Life       time.Duration // how long that certificate is good for in all
	Missing    string        // who signed the last certificate sent, when that one is not sent
	MissingURL string        // where it may be fetched, as the certificate itself says
	Filled     bool          // the certificates kept with the service fill the gap
	Mark       string        // changes when the chain does
}

// TLSSettings say what is asked of certificates, whatever the kind of check.
type TLSSettings struct {
	WarnDays    int    `json:"warn_days,omitempty" doc:"Degraded when a certificate expires within so many days; 0 is 14, -1 never"`
	WeakAllowed bool   `json:"weak_allowed,omitempty" doc:"Old versions, weak ciphers and keys do not count"`
	Start       string `json:"starttls,omitempty" doc:"For kind tls: smtp, imap or pop3 when the connection is secured after a greeting"`
	Name        string `json:"name,omitempty" doc:"For kind tls: the name the certificate must be for; the host by default"`
	Family      string `json:"family,omitempty" doc:"For kind tls: 4 or 6, over IPv4 or IPv6 only"`
}

// Ways a conversation begins before it is secured.
const (
	StartSMTP = "smtp"
	StartIMAP = "imap"
	StartPOP3 = "pop3"
)

// Starts lists the ways a conversation begins before it is secured.
func Starts() []string { return []string{StartSMTP, StartIMAP, StartPOP3} }

const (
	defaultWarnDays = 14
	maxWarnDays     = 400
	// NeverWarn as WarnDays: an expiry that nears is of no interest.
	NeverWarn = -1
)

// faults returns what is wrong with the settings.
func (t *TLSSettings) faults(c *Check, at string) []error {
	var faults []error
	add := func(broken bool, field, key string, args ...any) {
		if broken {
			faults = append(faults, fault.At(at+field, key, args...))
		}
	}
	add(t.WarnDays < NeverWarn || t.WarnDays > maxWarnDays, "warn_days", "check.tls.warn_days", maxWarnDays)
	add(t.Start != "" && !slices.Contains(Starts(), t.Start), "starttls", "check.tls.starttls", clipped(t.Start))
	add(t.Name != "" && !hostForm.MatchString(t.Name) || strings.Contains(t.Name, ":"), "name", "check.expect.host", clipped(t.Name))
	if c.Kind != TLS {
		add(t.Start != "", "starttls", "check.tls.only")
		add(t.Name != "", "name", "check.tls.only")
		add(t.Family != AnyIP, "family", "check.tls.only")
	}
	return append(faults, familyFault(at+"family", t.Family))
}

// ExpiresSoon tells whether the first certificate to expire does so within
// what the settings ask for. Certificates made for a few weeks are renewed in
// their last third: for them that is soon.
func (s *Secured) ExpiresSoon(t *TLSSettings, now time.Time) bool {
	days := defaultWarnDays
	if t != nil && t.WarnDays != 0 {
		days = t.WarnDays
	}
	if days < 0 || s.NotAfter.IsZero() {
		return false
	}
	ahead := time.Duration(days) * 24 * time.Hour
	if s.Life > 0 {
		ahead = min(ahead, s.Life/3)
	}
	return s.NotAfter.Sub(now) < ahead
}

// TLSTrust is what is known of a service's certificates beyond what it sends.
type TLSTrust struct {
	Intermediates string `json:"intermediates,omitempty" doc:"Certificates in PEM that the server leaves out"`
}

// maxPEM bounds what may be kept with a service.
const maxPEM = 40_000

// faults returns what is wrong with what is kept: it must be certificates of
// authorities, as only those fill a gap in a chain.
func (t *TLSTrust) faults(at string) []error {
	field := at + "intermediates"
	if len(t.Intermediates) > maxPEM {
		return []error{fault.At(field, "service.tls.too_long", maxPEM)}
	}
	certs, err := t.Certificates()
	switch {
	case err != nil:
		return []error{err}
	case len(certs) == 0 && strings.TrimSpace(t.Intermediates) != "":
		return []error{fault.At(field, "service.tls.no_certificate")}
	}
	var faults []error
	for n, c := range certs {
		if !c.IsCA {
			faults = append(faults, fault.At(field, "service.tls.no_authority", n+1, clipped(c.Subject.CommonName)))
		}
	}
	return faults
}

// Certificates reads what is kept.
func (t *TLSTrust) Certificates() ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for rest := []byte(t.Intermediates); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return certs, nil
		}
		if block.Type != "CERTIFICATE" {
			return nil, fault.At("settings.tls.intermediates", "service.tls.not_certificate", clipped(block.Type))
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fault.At("settings.tls.intermediates", "service.tls.unreadable", len(certs)+1)
		}
		certs = append(certs, c)
	}
}
