// Package smtp is the door to a mail server: it writes a letter as MIME and
// hands it over, one connection for as many letters as there are. It decides
// nothing about trying again; it only says what went wrong.
package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/textproto"
	"strconv"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
)

// The ways to protect a connection.
const (
	StartTLS = "starttls" // begin in the clear, insist on encryption before anything is said
	Implicit = "implicit" // encrypted from the first byte
	None     = "none"     // a server on this machine or a trusted network
)

// Settings say which server, and who writes.
type Settings struct {
	Host, User, Password string
	Port                 int
	TLS                  string
	From                 string        // address
	Name                 lang.Text     // of the sender, as readers see it
	Timeout              time.Duration // for the greeting, and for each letter
	TLSConfig            *tls.Config   // nil: the system's certificates
}

// Door hands letters to a server.
type Door struct{ s Settings }

// New returns the door that s describes.
func New(s Settings) *Door { return &Door{s: s} }

// Deliver hands over letters and tells what became of each; the error is nil
// when a server took it, else a *mail.Failure. When the server itself is in
// the way, the letters after it are not tried and not told of.
func (d *Door) Deliver(ctx context.Context, letters []mail.Letter, told func(mail.Letter, error)) error {
	c, err := d.open(ctx)
	if err != nil {
		return err
	}
	defer c.close()
	for _, l := range letters {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err := c.hand(l)
		told(l, err)
		if f, ok := errors.AsType[*mail.Failure](err); ok && f.Door {
			return f
		}
	}
	return nil
}

// connection is one visit to the server.
type connection struct {
	*smtp.Client
	raw  net.Conn
	s    Settings
	stop func() bool // ends the watch over the context
}

// open connects, encrypts and signs in, all within the timeout.
func (d *Door) open(ctx context.Context) (*connection, error) {
	within, cancel := context.WithTimeout(ctx, d.s.Timeout)
	defer cancel()
	raw, err := new(net.Dialer).DialContext(within, "tcp", net.JoinHostPort(d.s.Host, strconv.Itoa(d.s.Port)))
	if err != nil {
		return nil, &mail.Failure{Reason: mail.Unreachable, Door: true, Err: err}
	}
	_ = raw.SetDeadline(time.Now().Add(d.s.Timeout))
	// A server that hangs must not hold up the end of the program.
	stop := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	client, err := d.greet(within, raw)
	if err != nil {
		stop()
		_ = raw.Close()
		return nil, err
	}
	return &connection{Client: client, raw: raw, s: d.s, stop: stop}, nil
}

// greet says hello, encrypts as the settings want, and signs in.
func (d *Door) greet(ctx context.Context, raw net.Conn) (*smtp.Client, error) {
	conn := raw
	if d.s.TLS == Implicit {
		encrypted := tls.Client(raw, d.tls())
		if err := encrypted.HandshakeContext(ctx); err != nil {
			return nil, doorFailure(mail.Insecure, err)
		}
		conn = encrypted
	}
	client, err := smtp.NewClient(conn, d.s.Host)
	if err != nil {
		return nil, doorFailure(mail.Unreachable, err)
	}
	if err := client.Hello(domainOf(d.s.From)); err != nil {
		return nil, doorFailure(mail.Unreachable, err)
	}
	if d.s.TLS == StartTLS {
		if err := client.StartTLS(d.tls()); err != nil {
			return nil, doorFailure(mail.Insecure, err)
		}
	}
	if d.s.User == "" {
		return client, nil
	}
	if err := client.Auth(d.auth(client)); err != nil {
		return nil, doorFailure(mail.SignIn, err)
	}
	return client, nil
}

func (d *Door) tls() *tls.Config {
	if d.s.TLSConfig != nil {
		c := d.s.TLSConfig.Clone()
		c.ServerName = d.s.Host
		return c
	}
	return &tls.Config{ServerName: d.s.Host, MinVersion: tls.VersionTLS12}
}

// auth picks the way to sign in that the server offers. In the clear only
// where the settings say so.
func (d *Door) auth(c *smtp.Client) smtp.Auth {
	_, offered := c.Extension("AUTH")
	if !hasWord(offered, "PLAIN") && hasWord(offered, "LOGIN") {
		return smtp.LoginAuth(d.s.User, d.s.Password, d.s.Host, d.s.TLS == None)
	}
	return smtp.PlainAuth("", d.s.User, d.s.Password, d.s.Host, d.s.TLS == None)
}

// hand gives one letter to the server.
func (c *connection) hand(l mail.Letter) error {
	_ = c.raw.SetDeadline(time.Now().Add(c.s.Timeout))
	written, err := compose(l, c.s)
	if err != nil {
		return &mail.Failure{Reason: mail.Malformed, Final: true, Err: err}
	}
	if err := c.Mail(c.s.From); err != nil {
		return c.refused(err)
	}
	if err := c.Rcpt(l.Recipient); err != nil {
		return c.refused(err)
	}
	w, err := c.Data()
	if err != nil {
		return c.refused(err)
	}
	if _, err := written.WriteTo(w); err != nil {
		return doorFailure(mail.Unreachable, err) // the line is in the middle of a message: nothing more can be said on it
	}
	if err := w.Close(); err != nil {
		return c.refused(err)
	}
	return nil
}

// refused says what an answer means, and makes the line ready for the next letter.
func (c *connection) refused(err error) error {
	answer, ok := errors.AsType[*textproto.Error](err)
	if !ok || answer.Code == 421 { // 421: the server hangs up
		return doorFailure(mail.Unreachable, err)
	}
	f := &mail.Failure{Reason: mail.Busy, Err: err}
	if answer.Code >= 500 {
		f.Reason, f.Final = mail.Refused, true
	}
	if c.Reset() != nil {
		f.Door = true
	}
	return f
}

func (c *connection) close() {
	c.stop()
	_ = c.raw.SetDeadline(time.Now().Add(2 * time.Second))
	_ = c.Quit()
	_ = c.raw.Close()
}

// doorFailure is a failure of the server as a whole.
func doorFailure(reason mail.Reason, err error) error {
	var slow net.Error
	switch answer, ok := errors.AsType[*textproto.Error](err); {
	case errors.As(err, &slow) && slow.Timeout():
		reason = mail.TimedOut
	case errors.Is(err, io.EOF):
		reason = mail.Unreachable
	case ok && answer.Code >= 400 && answer.Code < 500:
		reason = mail.Busy
	}
	return &mail.Failure{Reason: reason, Door: true, Err: err}
}
