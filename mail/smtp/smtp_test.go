package smtp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	stdmail "net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	gosmtp "github.com/emersion/go-smtp"

	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/mail"
)

// server is a real SMTP server on the loopback address that does as told.
type server struct {
	mu       sync.Mutex
	received []string
	from, to []string
	users    []string
	visits   int
	rcpt     func(to string) error
	data     func() error
}

func (s *server) NewSession(*gosmtp.Conn) (gosmtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.visits++
	return &session{s}, nil
}

type session struct{ *server }

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if password != "geheim" {
			return gosmtp.ErrAuthFailed
		}
		s.users = append(s.users, user)
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *gosmtp.MailOptions) error {
	s.from = append(s.from, from)
	return nil
}

func (s *session) Rcpt(to string, _ *gosmtp.RcptOptions) error {
	if s.rcpt != nil {
		if err := s.rcpt(to); err != nil {
			return err
		}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *session) Data(r io.Reader) error {
	if s.data != nil {
		if err := s.data(); err != nil {
			return err
		}
	}
	b, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received = append(s.received, string(b))
	return err
}
func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// certificate returns one for 127.0.0.1 and who trusts it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// start runs s and returns the settings that reach it.
func start(t *testing.T, s *server, encryption string) Settings {
	t.Helper()
	srv := gosmtp.NewServer(s)
	srv.Domain, srv.ErrorLog = "mail.example.tn", silent{}
	settings := Settings{
		Host: "127.0.0.1", TLS: encryption, From: "jard@example.tn", Timeout: 5 * time.Second,
		Name: lang.Text{"fr": "Unité de l'administration électronique", "ar": "وحدة الإدارة الإلكترونية"},
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	settings.Port = l.Addr().(*net.TCPAddr).Port
	if encryption == None {
		srv.AllowInsecureAuth = true
	} else {
		cert, pool := certificate(t)
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
		settings.TLSConfig = &tls.Config{RootCAs: pool}
		if encryption == Implicit {
			l = tls.NewListener(l, srv.TLSConfig)
		}
	}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	return settings
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

func letter(id, to string, tag lang.Tag) mail.Letter {
	return mail.Letter{
		ID: id, Kind: "digest", Recipient: to, Name: "أمل الطرابلسي", Lang: tag, Subject: "تذكير: 3 مجموعات بيانات تنتظر التحيين هذا الشهر",
		Text:        "مرحبا،\n\nمجموعة «إنتاج الحبوب حسب الولاية» تنتظر التحيين.\n.\nسطر بعد نقطة\n",
		HTML:        `<!doctype html><html lang="ar" dir="rtl"><body><p>مرحبا</p></body></html>`,
		Unsubscribe: "https://jard.example.tn/mail/stop/abc", QueuedAt: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
		Attachments: []mail.Attachment{{Name: "تقويم.ics", Type: "text/calendar", Data: []byte("BEGIN:VCALENDAR\r\n")}},
	}
}

// deliver hands letters over and returns what was told of each.
func deliver(t *testing.T, d *Door, letters ...mail.Letter) (told []error, err error) {
	t.Helper()
	err = d.Deliver(t.Context(), letters, func(_ mail.Letter, err error) { told = append(told, err) })
	return told, err
}

func reason(err error) mail.Reason {
	f, _ := errors.AsType[*mail.Failure](err)
	if f == nil {
		return ""
	}
	return f.Reason
}

func TestWhatArrives(t *testing.T) {
	for _, encryption := range []string{StartTLS, Implicit, None} {
		for _, tag := range []lang.Tag{lang.Arabic, lang.French} {
			t.Run(encryption+"/"+string(tag), func(t *testing.T) {
				s := &server{}
				settings := start(t, s, encryption)
				settings.User, settings.Password = "jard", "geheim"
				told, err := deliver(t, New(settings), letter("id-1", "amel@agriculture.tn", tag))
				if err != nil || len(told) != 1 || told[0] != nil {
					t.Fatalf("Deliver = %v, %v", told, err)
				}
				if len(s.users) != 1 || s.users[0] != "jard" || s.to[0] != "amel@agriculture.tn" || s.from[0] != "jard@example.tn" {
					t.Errorf("envelope: %v from %v to %v", s.users, s.from, s.to)
				}
				checkMessage(t, s.received[0], settings.Name.In(tag))
			})
		}
	}
}

// checkMessage reads what arrived with the standard library alone.
func checkMessage(t *testing.T, raw, sender string) {
	t.Helper()
	for line := range strings.SplitSeq(raw, "\r\n") {
		if len(line) > 998 || strings.ContainsFunc(line, func(r rune) bool { return r > 127 }) {
			t.Errorf("a line that mail servers may break: %q", line)
		}
	}
	m, err := stdmail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	words := new(mime.WordDecoder)
	l := letter("", "", "ar")
	if got, err := words.DecodeHeader(m.Header.Get("Subject")); err != nil || got != l.Subject {
		t.Errorf("subject = %q, %v", got, err)
	}
	if from, err := m.Header.AddressList("From"); err != nil || from[0].Name != sender || from[0].Address != "jard@example.tn" {
		t.Errorf("from = %v, %v", from, err)
	}
	if to, err := m.Header.AddressList("To"); err != nil || to[0].Name != l.Name {
		t.Errorf("to = %v, %v", to, err)
	}
	for header, want := range map[string]string{
		"Message-Id": "<id-1@example.tn>", "List-Unsubscribe": "<https://jard.example.tn/mail/stop/abc>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Auto-Submitted": "auto-generated",
	} {
		if got := m.Header.Get(header); got != want {
			t.Errorf("%s = %q; want %q", header, got, want)
		}
	}
	parts := map[string]string{}
	readParts(t, m.Header.Get("Content-Type"), m.Body, parts)
	if got := strings.ReplaceAll(parts["text/plain"], "\r\n", "\n"); got != l.Text {
		t.Errorf("text = %q; want %q", got, l.Text)
	}
	if parts["text/html"] != l.HTML || parts["text/calendar"] != "BEGIN:VCALENDAR\r\n" {
		t.Errorf("parts = %q", parts)
	}
}

func readParts(t *testing.T, contentType string, body io.Reader, into map[string]string) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		t.Fatalf("%s where parts were expected", kind)
	}
	r := multipart.NewReader(body, params["boundary"])
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type"))
		if strings.HasPrefix(kind, "multipart/") {
			readParts(t, p.Header.Get("Content-Type"), p, into)
			continue
		}
		var decoded io.Reader = p
		switch strings.ToLower(p.Header.Get("Content-Transfer-Encoding")) {
		case "base64":
			decoded = base64.NewDecoder(base64.StdEncoding, p)
		case "quoted-printable":
			decoded = quotedprintable.NewReader(p)
		}
		b, err := io.ReadAll(decoded)
		if err != nil {
			t.Fatal(err)
		}
		into[kind] = string(b)
	}
}

func TestARefusedReceiverHoldsUpNobody(t *testing.T) {
	s := &server{rcpt: func(to string) error {
		switch {
		case strings.HasPrefix(to, "gone"):
			return &gosmtp.SMTPError{Code: 550, EnhancedCode: gosmtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
		case strings.HasPrefix(to, "full"):
			return &gosmtp.SMTPError{Code: 452, EnhancedCode: gosmtp.EnhancedCode{4, 2, 2}, Message: "mailbox full"}
		}
		return nil
	}}
	told, err := deliver(t, New(start(t, s, None)), letter("1", "gone@a.tn", "fr"), letter("2", "full@a.tn", "fr"), letter("3", "amel@a.tn", "fr"))
	if err != nil || len(told) != 3 {
		t.Fatalf("Deliver = %v, %v", told, err)
	}
	gone, _ := errors.AsType[*mail.Failure](told[0])
	full, _ := errors.AsType[*mail.Failure](told[1])
	if gone == nil || gone.Reason != mail.Refused || !gone.Final {
		t.Errorf("a receiver who does not exist: %+v", gone)
	}
	if full == nil || full.Reason != mail.Busy || full.Final {
		t.Errorf("a full mailbox: %+v", full)
	}
	if told[2] != nil || len(s.received) != 1 || s.visits != 1 {
		t.Errorf("the third letter: %v; %d received in %d visits", told[2], len(s.received), s.visits)
	}
	if strings.Contains(gone.Error(), "gone@") {
		t.Errorf("the error names a person: %v", gone)
	}
}

func TestTheMessageItselfIsRefused(t *testing.T) {
	s := &server{data: func() error { return &gosmtp.SMTPError{Code: 451, Message: "greylisted"} }}
	told, err := deliver(t, New(start(t, s, None)), letter("1", "a@b.tn", "fr"))
	if err != nil || len(told) != 1 || reason(told[0]) != mail.Busy {
		t.Errorf("Deliver = %v, %v", told, err)
	}
}

func TestServersInTheWay(t *testing.T) {
	hung := func(greeting string) Settings {
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(c, greeting)
				t.Cleanup(func() { _ = c.Close() })
			}
		}()
		return Settings{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: None, From: "jard@example.tn", Timeout: 200 * time.Millisecond}
	}
	closed := hung("")
	closed.Port = 1
	wrong := start(t, &server{}, None)
	wrong.User, wrong.Password = "jard", "falsch"
	plain := start(t, &server{}, None)
	plain.TLS = StartTLS
	stranger := start(t, &server{}, StartTLS)
	stranger.TLSConfig = nil
	for name, tt := range map[string]struct {
		settings Settings
		want     mail.Reason
	}{
		"nobody listens":                   {closed, mail.Unreachable},
		"no greeting comes":                {hung(""), mail.TimedOut},
		"silence after the greeting":       {hung("220 mail.example.tn ESMTP\r\n"), mail.TimedOut},
		"not now":                          {hung("421 too busy\r\n"), mail.Busy},
		"a wrong password":                 {wrong, mail.SignIn},
		"no encryption offered":            {plain, mail.Insecure},
		"a certificate nobody vouches for": {stranger, mail.Insecure},
	} {
		t.Run(name, func(t *testing.T) {
			told, err := deliver(t, New(tt.settings), letter("1", "a@b.tn", "fr"))
			f, ok := errors.AsType[*mail.Failure](err)
			if !ok || f.Reason != tt.want || !f.Door || len(told) != 0 {
				t.Errorf("Deliver = %v, %v (%+v); want %s and the letter not tried", told, err, f, tt.want)
			}
		})
	}
}

func TestTheEndOfTheProgramIsNotHeldUp(t *testing.T) {
	release := make(chan struct{})
	s := &server{}
	entered := make(chan struct{})
	s.data = func() error { close(entered); <-release; return nil }
	settings := start(t, s, None)
	settings.Timeout = time.Hour
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		done <- New(settings).Deliver(ctx, []mail.Letter{letter("1", "a@b.tn", "fr")}, func(mail.Letter, error) {})
	}()
	<-entered
	cancel()
	if err := <-done; err == nil {
		t.Error("a letter nobody took was told of as delivered")
	}
}
