// Package channel holds the doors through which alerts leave: a signed
// webhook, an Alertmanager, Telegram, Matrix, Teams, and mail to fixed
// addresses. Every request goes through the guard, follows no redirect, and
// keeps what a peer says out of logs, since it may repeat a token.
package channel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/outgoing"
)

// The types of channel, a closed set.
const (
	Webhook      = "webhook"
	Alertmanager = "alertmanager"
	Telegram     = "telegram"
	Matrix       = "matrix"
	Teams        = "teams"
	Email        = "email"
)

// Types lists the types.
func Types() []string { return []string{Webhook, Alertmanager, Telegram, Matrix, Teams, Email} }

// Settings are one channel as the configuration has it.
type Settings struct {
	Name     string
	Type     string
	Language lang.Tag
	URL      string   // webhook, alertmanager, matrix, teams; telegram: another server than the usual one
	Secret   string   // webhook: signs what is sent
	Token    string   // telegram, matrix; alertmanager: sent as a bearer token when there is one
	Chat     string   // telegram: where to
	Room     string   // matrix: where to
	To       []string // email
}

// Public is what pages may know of the channel.
func (s Settings) Public() alert.Channel {
	tag := s.Language
	if !tag.Valid() {
		tag = lang.French
	}
	return alert.Channel{Name: s.Name, Type: s.Type, Lang: tag}
}

// Door takes messages. What goes wrong is an *alert.Failure.
type Door interface {
	Deliver(ctx context.Context, m *alert.Message) error
}

// Refresher is a door to a peer that forgets what it is not told again.
type Refresher interface {
	Refresh(ctx context.Context, lines []alert.Line) error
}

// Options are what doors share.
type Options struct {
	Client *http.Client // of the guard
	Agent  string       // how we name ourselves
	Now    func() time.Time
	Post   func(ctx context.Context, m mail.Message) error // into the outbox of mail
}

// New opens the door of a channel.
func New(s Settings, o Options) (Door, error) {
	if problems := s.Problems(); len(problems) > 0 {
		return nil, fmt.Errorf("channel %s: %w", s.Name, errors.Join(problems...))
	}
	client := *o.Client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	d := door{s, o, &client}
	switch s.Type {
	case Webhook:
		return &webhook{d}, nil
	case Alertmanager:
		return &alertmanager{d}, nil
	case Telegram:
		return &telegram{d}, nil
	case Matrix:
		return &matrix{d}, nil
	case Teams:
		return &teams{d}, nil
	}
	return &email{d}, nil
}

// Problems says what is wrong with the settings, each beginning with the key.
func (s Settings) Problems() []error {
	var all []error
	wrong := func(key, format string, args ...any) {
		all = append(all, fmt.Errorf(key+": "+format, args...))
	}
	if s.Name == "" || len(s.Name) > 40 || strings.Trim(s.Name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || s.Name == alert.ByMail {
		wrong("name", "%q is no name; use letters a to z, digits and dashes, and not %q", s.Name, alert.ByMail)
	}
	if !slices.Contains(Types(), s.Type) {
		wrong("type", "%q is no type of channel; use one of %s", s.Type, strings.Join(Types(), ", "))
		return all
	}
	if s.Language != "" && !s.Language.Valid() {
		wrong("language", "%q is no language of Jard; use fr, ar, en", s.Language)
	}
	needs := map[string][]string{
		Webhook: {"url", "secret"}, Alertmanager: {"url"}, Telegram: {"token", "chat"}, Matrix: {"url", "token", "room"}, Teams: {"url"},
	}[s.Type]
	for key, value := range map[string]string{"url": s.URL, "secret": s.Secret, "token": s.Token, "chat": s.Chat, "room": s.Room} {
		if value == "" && slices.Contains(needs, key) {
			wrong(key, "required for a channel of type %s", s.Type)
		}
	}
	if u, err := url.Parse(s.URL); s.URL != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil) {
		wrong("url", "is no address; write https://… without a password in it")
	}
	if s.Type == Webhook && s.Secret != "" && len(s.Secret) < 16 {
		wrong("secret", "is shorter than 16 characters")
	}
	if s.Type == Email && len(s.To) == 0 {
		wrong("to", "required for a channel of type email")
	}
	for n, to := range s.To {
		if _, err := mail.Address(to); err != nil {
			wrong(fmt.Sprintf("to[%d]", n), "is no address; write nom@exemple.tn")
		}
	}
	slices.SortFunc(all, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return all
}

// door is what every door stands on.
type door struct {
	Settings
	Options
	client *http.Client
}

// maxAnswer bounds what is read of an answer: by us, and by the libraries
// that speak to some peers, which bound nothing.
const maxAnswer = 64 << 10

// errLong is what reading more of an answer fails with.
var errLong = errors.New("the answer is longer than 64 KiB")

// bounded is the body of an answer as far as it is read.
type bounded struct {
	io.ReadCloser
	left int64
}

// Read is part of io.Reader.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// send makes one request and turns the answer into a failure when it is none.
func (d *door) send(ctx context.Context, method, address string, body []byte, header http.Header) error {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return &alert.Failure{Cause: alert.Refused, Final: true}
	}
	req.Header = header
	req.Header.Set("User-Agent", d.Agent)
	req.Header.Set("Content-Type", "application/json")
	resp, err := d.client.Do(req)
	if err != nil {
		return broken(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, maxAnswer)) // so that the connection can be used again
	return judge(resp.StatusCode, outgoing.RetryAfter(resp.Header, d.Now()))
}

// judge turns a status into a failure; nil when the peer took it.
func judge(status int, after time.Duration) error {
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return &alert.Failure{Cause: alert.SignIn, Final: true}
	case status == http.StatusRequestTimeout || status == http.StatusTooEarly || status == http.StatusTooManyRequests || status >= 500:
		return &alert.Failure{Cause: alert.Busy, After: min(after, 24*time.Hour)}
	}
	return &alert.Failure{Cause: alert.Refused, Final: true}
}

// broken turns what went wrong on the way into a failure. The error itself is
// dropped: it holds the address, and in some the token.
func broken(err error) error {
	var slow net.Error
	switch {
	case errors.Is(err, outgoing.ErrRefused):
		return &alert.Failure{Cause: alert.Forbidden, Final: true}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		return &alert.Failure{Cause: alert.TimedOut}
	}
	return &alert.Failure{Cause: alert.Unreachable}
}

// witness sees the status of the answer that a library got, which libraries
// tell in words only, and lets it read no more of it than we would.
type witness struct {
	next   http.RoundTripper
	now    func() time.Time
	status atomic.Int64
	after  atomic.Int64
}

// RoundTrip is part of http.RoundTripper.
func (w *witness) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := w.next.RoundTrip(req)
	if err == nil {
		w.status.Store(int64(resp.StatusCode))
		w.after.Store(int64(outgoing.RetryAfter(resp.Header, w.now())))
		resp.Body = &bounded{resp.Body, maxAnswer}
	}
	return resp, err
}

// watched returns a client whose answers the witness sees.
func (d *door) watched() (*http.Client, *witness) {
	w := &witness{next: d.client.Transport, now: d.Now}
	if w.next == nil {
		w.next = http.DefaultTransport
	}
	client := *d.client
	client.Transport = w
	return &client, w
}

// verdict turns what a library said into a failure.
func (w *witness) verdict(err error) error {
	if err == nil {
		return nil
	}
	status := int(w.status.Load())
	if status == 0 {
		return broken(err)
	}
	if failure := judge(status, time.Duration(w.after.Load())); failure != nil {
		return failure
	}
	return &alert.Failure{Cause: alert.Refused, Final: true} // a good status around a refusal
}

// clip shortens s to n characters, which a peer bounds.
func clip(s string, n int) string {
	if letters := []rune(s); len(letters) > n {
		return string(letters[:n-1]) + "…"
	}
	return s
}
