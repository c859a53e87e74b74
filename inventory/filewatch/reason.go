package filewatch

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"

	"github.com/jard-odi/jard/inventory/file"
	"github.com/jard-odi/jard/outgoing"
)

var errRedirects = errors.New("more redirects than anybody needs")

func withRoots(roots *x509.CertPool) *tls.Config {
	return &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
}

// reasonOf puts err into the closed set.
func reasonOf(ctx context.Context, err error) file.Reason {
	var name *net.DNSError
	var network net.Error
	var chain *tls.CertificateVerificationError
	var alert tls.AlertError
	var header tls.RecordHeaderError
	switch {
	case errors.Is(err, outgoing.ErrRefused):
		return file.Refused
	case errors.Is(err, errSpool), ours(err), errors.Is(ctx.Err(), context.Canceled):
		return file.Ours
	case errors.Is(err, errRedirects):
		return file.Redirects
	case errors.As(err, &chain):
		return chainReason(chain)
	case errors.As(err, &name) && !name.IsTimeout:
		return file.NoDNS
	case errors.Is(ctx.Err(), context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded),
		errors.As(err, &network) && network.Timeout():
		return file.Timeout
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &alert), errors.As(err, &header), strings.Contains(err.Error(), "tls: "):
		return file.TLSOther
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), corrupt(err):
		return file.Damaged
	case errors.Is(err, io.ErrUnexpectedEOF):
		return file.Truncated
	}
	return file.Connect
}

func corrupt(err error) bool {
	_, ok := errors.AsType[flate.CorruptInputError](err)
	return ok
}

// ours tells whether the fault lies with this machine.
func ours(err error) bool {
	for _, code := range []error{
		syscall.EMFILE, syscall.ENFILE, syscall.EADDRNOTAVAIL, syscall.ENOBUFS, syscall.ENETDOWN, syscall.ENOMEM, syscall.ENOSPC,
		syscall.ENETUNREACH,
	} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

// chainReason says what is wrong with the certificates a server sent.
func chainReason(err *tls.CertificateVerificationError) file.Reason {
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err.Err)
	_, wrongName := errors.AsType[x509.HostnameError](err.Err)
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err.Err)
	certs := err.UnverifiedCertificates
	switch {
	case isInvalid && invalid.Reason == x509.Expired:
		return file.TLSExpired
	case wrongName:
		return file.TLSWrongHost
	case unknown && len(certs) == 1 && !bytes.Equal(certs[0].RawIssuer, certs[0].RawSubject):
		return file.TLSIncomplete // its issuer is not among what was sent
	case unknown:
		return file.TLSUntrusted
	}
	return file.TLSOther
}
