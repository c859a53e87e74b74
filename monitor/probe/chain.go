package probe

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// chains remembers what each host showed last, and what came of verifying it.
// A signature that was good stays good: while a server shows the same
// certificates only their dates need a second look.
type chains struct {
	mu     *sync.Mutex
	hosts  map[string]*known
	suites []uint16 // every cipher there is, the weak ones last
}

// known is what is known of the certificates a host showed.
type known struct {
	certs   []*x509.Certificate
	trust   string // what was known of its service besides
	version uint16
	cipher  uint16
	from    time.Time // the verdict holds from
	until   time.Time // until
	secured *monitor.Secured
	fault   *chainFault
}

const (
	// maxChains bounds how many hosts are remembered.
	maxChains = 20_000
	// chainHolds is how long a verdict holds at most: the authorities that are
	// trusted change too.
	chainHolds = time.Hour
)

func newChains() chains {
	var suites []uint16
	for _, list := range [][]*tls.CipherSuite{tls.CipherSuites(), tls.InsecureCipherSuites()} {
		for _, s := range list {
			suites = append(suites, s.ID)
		}
	}
	return chains{mu: new(sync.Mutex), hosts: map[string]*known{}, suites: suites}
}

// read returns what a handshake showed and what is wrong with it.
func (c chains) read(state *tls.ConnectionState, host string, trust *monitor.TLSTrust, roots *x509.CertPool, now time.Time) *known {
	pem := ""
	if trust != nil {
		pem = trust.Intermediates
	}
	c.mu.Lock()
	last := c.hosts[host]
	c.mu.Unlock()
	if last != nil && last.holds(state, pem, now) {
		return last
	}
	k := newKnown(state, host, trust, roots, now)
	k.trust = pem
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.hosts) >= maxChains {
		clear(c.hosts)
	}
	c.hosts[host] = k
	return k
}

// holds tells whether what is known is still so.
func (k *known) holds(state *tls.ConnectionState, pem string, now time.Time) bool {
	return k.version == state.Version && k.cipher == state.CipherSuite && k.trust == pem &&
		!now.Before(k.from) && now.Before(k.until) && slices.EqualFunc(k.certs, state.PeerCertificates, sameCertificate)
}

func sameCertificate(a, b *x509.Certificate) bool { return a == b || bytes.Equal(a.Raw, b.Raw) }

// newKnown verifies what a server showed. A strict client that fetches no
// missing certificates is what most programs are.
func newKnown(state *tls.ConnectionState, host string, trust *monitor.TLSTrust, roots *x509.CertPool, now time.Time) *known {
	certs := state.PeerCertificates
	k := &known{
		certs: certs, version: state.Version, cipher: state.CipherSuite, from: now, until: now.Add(chainHolds),
		secured: &monitor.Secured{Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite)},
	}
	if len(certs) == 0 {
		k.fault = &chainFault{monitor.TLSOther, errors.New("no certificate")}
		return k
	}
	var path []*x509.Certificate
	path, k.fault = verify(certs, nil, host, roots, now)
	k.describe()
	if k.fault != nil && k.fault.reason == monitor.TLSIncompleteChain {
		if extra := kept(trust); len(extra) > 0 {
			if whole, fault := verify(certs, extra, host, roots, now); fault == nil {
				path, k.fault, k.secured.Filled = whole, nil, true
			}
		}
	}
	if path == nil {
		path = servedPath(certs)
	}
	k.date(path, now)
	k.secured.Weak = weakness(state, path)
	return k
}

// kept returns the certificates kept with a service.
func kept(trust *monitor.TLSTrust) []*x509.Certificate {
	if trust == nil {
		return nil
	}
	certs, err := trust.Certificates()
	if err != nil { // the rules let no such thing in
		return nil
	}
	return certs
}

// verify returns the path from the first of certs to an authority that is
// trusted: of several the one that lasts longest. Without one it says why.
func verify(certs, extra []*x509.Certificate, host string, roots *x509.CertPool, now time.Time) ([]*x509.Certificate, *chainFault) {
	intermediates := x509.NewCertPool()
	for _, c := range slices.Concat(certs[1:], extra) {
		intermediates.AddCert(c)
	}
	paths, err := certs[0].Verify(x509.VerifyOptions{
		DNSName: host, Roots: roots, Intermediates: intermediates, CurrentTime: now,
	})
	if err != nil {
		return nil, chainReason(certs, err, now)
	}
	return slices.MaxFunc(paths, func(a, b []*x509.Certificate) int {
		return firstToExpire(a).NotAfter.Compare(firstToExpire(b).NotAfter)
	}), nil
}

// chainReason says what is wrong with certs, which did not verify.
func chainReason(certs []*x509.Certificate, err error, now time.Time) *chainFault {
	var wrongName x509.HostnameError
	var unknown x509.UnknownAuthorityError
	path := servedPath(certs)
	for n, c := range path {
		if now.Before(c.NotBefore) || now.After(c.NotAfter) {
			if n > 0 {
				err = fmt.Errorf("%q: %w", nameOf(c), err)
			}
			return &chainFault{monitor.TLSExpired, err}
		}
	}
	last := path[len(path)-1]
	switch {
	case errors.As(err, &wrongName):
		return &chainFault{monitor.TLSWrongHost, err}
	case !errors.As(err, &unknown):
		return &chainFault{monitor.TLSOther, err}
	case slices.ContainsFunc(path, brokenSignature):
		return &chainFault{monitor.TLSOther, errors.New("signed with " + last.SignatureAlgorithm.String() + ", which nobody trusts any more")}
	case len(path) == 1 && selfSigned(last):
		return &chainFault{monitor.TLSSelfSigned, err}
	case selfSigned(last):
		return &chainFault{monitor.TLSUntrusted, err}
	case len(path) == 1, len(last.IssuingCertificateURL) > 0:
		// The issuer is not among what was served: nothing served, or the wrong one.
		return &chainFault{monitor.TLSIncompleteChain, missing(last, len(certs) > len(path))}
	}
	return &chainFault{monitor.TLSUntrusted, err}
}

// missing names the certificate that should come after last.
func missing(last *x509.Certificate, others bool) error {
	text := fmt.Sprintf("the certificate of %q is missing", distinguished(last.Issuer.CommonName, last.Issuer.String()))
	if others {
		text += "; what is sent in its place did not sign"
	}
	if len(last.IssuingCertificateURL) > 0 {
		text += " (" + last.IssuingCertificateURL[0] + ")"
	}
	return errors.New(text)
}

// distinguished is the common name of somebody, or all of the name without one.
func distinguished(common, all string) string {
	if common != "" {
		return common
	}
	return all
}

func nameOf(c *x509.Certificate) string {
	return distinguished(c.Subject.CommonName, c.Subject.String())
}

// brokenSignature tells whether a certificate is signed in a way that can be forged.
func brokenSignature(c *x509.Certificate) bool {
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		return !selfSigned(c)
	}
	return false
}

// maxServed bounds how many certificates are looked at: a server may send
// hundreds, and every pair of them costs a signature.
const maxServed = 20

// servedPath walks from the first certificate to its issuer, and so on, among
// those the server sent.
func servedPath(certs []*x509.Certificate) []*x509.Certificate {
	certs = certs[:min(len(certs), maxServed)]
	path := certs[:1:1]
	for range certs {
		last := path[len(path)-1]
		if selfSigned(last) {
			break
		}
		issuer := issuerAmong(certs, last)
		if issuer == nil {
			break
		}
		path = append(path, issuer)
	}
	return path
}

func issuerAmong(certs []*x509.Certificate, of *x509.Certificate) *x509.Certificate {
	for _, c := range certs {
		if c != of && bytes.Equal(c.RawSubject, of.RawIssuer) && of.CheckSignatureFrom(c) == nil {
			return c
		}
	}
	return nil
}

func selfSigned(c *x509.Certificate) bool { return bytes.Equal(c.RawSubject, c.RawIssuer) }

// maxChain bounds how many certificates of a server are described.
const maxChain = 20

// describe writes down what the server sends.
func (k *known) describe() {
	mark := sha256.New()
	for n, c := range k.certs[:min(len(k.certs), maxChain)] {
		_ = n
		sum := sha256.Sum256(c.Raw)
		mark.Write(sum[:])
		k.secured.Chain = append(k.secured.Chain, monitor.Certificate{
			Subject: short(nameOf(c)), Issuer: short(distinguished(c.Issuer.CommonName, c.Issuer.String())),
			NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), SHA256: hex.EncodeToString(sum[:]),
			Key: keyOf(c), Signature: c.SignatureAlgorithm.String(),
		})
	}
	k.secured.Mark = hex.EncodeToString(mark.Sum(nil)[:16])
	if k.fault != nil && k.fault.reason == monitor.TLSIncompleteChain {
		path := servedPath(k.certs)
		last := path[len(path)-1]
		k.secured.Missing = short(distinguished(last.Issuer.CommonName, last.Issuer.String()))
		if len(last.IssuingCertificateURL) > 0 {
			k.secured.MissingURL = short(last.IssuingCertificateURL[0])
		}
	}
}

// date notes when the path stops being good, and until when the verdict holds.
func (k *known) date(path []*x509.Certificate, now time.Time) {
	first := firstToExpire(path)
	k.secured.NotAfter, k.secured.Expiring = first.NotAfter.UTC(), short(nameOf(first))
	k.secured.Life = first.NotAfter.Sub(first.NotBefore)
	for _, c := range slices.Concat(k.certs, path) {
		for _, at := range []time.Time{c.NotBefore, c.NotAfter} {
			if at.After(now) && at.Before(k.until) {
				k.until = at
			}
		}
	}
}

// firstToExpire returns the certificate of a path that expires first.
func firstToExpire(path []*x509.Certificate) *x509.Certificate {
	return slices.MinFunc(path, func(a, b *x509.Certificate) int { return a.NotAfter.Compare(b.NotAfter) })
}

func keyOf(c *x509.Certificate) string {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return fmt.Sprintf("ECDSA %d", key.Curve.Params().BitSize)
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return c.PublicKeyAlgorithm.String()
}

// Keys with fewer bits can be broken by who has the means.
const (
	minRSA   = 2048
	minECDSA = 224
)

// weakness says what of a handshake is weaker than it should be.
func weakness(state *tls.ConnectionState, path []*x509.Certificate) string {
	var weak []string
	if state.Version < tls.VersionTLS12 {
		weak = append(weak, tls.VersionName(state.Version))
	}
	for _, s := range tls.InsecureCipherSuites() {
		if s.ID == state.CipherSuite {
			weak = append(weak, s.Name)
		}
	}
	for _, c := range path {
		bits, least := 0, 0
		switch key := c.PublicKey.(type) {
		case *rsa.PublicKey:
			bits, least = key.N.BitLen(), minRSA
		case *ecdsa.PublicKey:
			bits, least = key.Curve.Params().BitSize, minECDSA
		}
		if bits < least {
			weak = append(weak, keyOf(c)+" ("+nameOf(c)+")")
		}
	}
	return short(strings.Join(weak, ", "))
}
