package main

import (
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gosmtp "github.com/emersion/go-smtp"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/mail/maildb"
)

// postOffice is a mail server that keeps what it is given.
type postOffice struct {
	mu       sync.Mutex
	received []string
}

func (o *postOffice) NewSession(*gosmtp.Conn) (gosmtp.Session, error) { return o, nil }
func (*postOffice) Mail(string, *gosmtp.MailOptions) error            { return nil }
func (*postOffice) Rcpt(string, *gosmtp.RcptOptions) error            { return nil }
func (*postOffice) Reset()                                            {}
func (*postOffice) Logout() error                                     { return nil }

func (o *postOffice) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.received = append(o.received, string(b))
	return err
}

// TestMailLeavesByTheSettings writes a letter while the server is away, starts
// it, and starts the program anew: the letter arrives, once.
func TestMailLeavesByTheSettings(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	office := &postOffice{}
	server := gosmtp.NewServer(office)
	t.Cleanup(func() { _ = server.Close() })

	c := configs.Default()
	c.Database.URL = configs.Secret("sqlite:" + filepath.Join(t.TempDir(), "jard.db"))
	c.Mail = configs.Mail{
		Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: "none", From: "jard@example.tn",
		Timeout: configs.Duration(5 * time.Second), KeepBodies: configs.Duration(time.Hour),
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	if (stores{}).postman(configs.Default(), nil) != nil {
		t.Error("mail is sent although no server is named")
	}
	once := func(want int) (trouble mail.Reason) {
		t.Helper()
		db, err := openDatabase(t.Context(), c, nil) // as after a restart
		if err != nil {
			t.Fatal(err)
		}
		defer database.Close(db)
		rounds := stores{outbox: maildb.New(db, nil)}.postman(c, slog.New(slog.DiscardHandler))
		if err := maildb.Append(db, mail.Message{Kind: "digest", Key: "one", To: "amel@example.tn", Lang: "ar", Subject: "تذكير", Text: "نص"}); err != nil {
			t.Fatal(err)
		}
		n, _ := rounds.Once(t.Context())
		if n != want {
			t.Errorf("%d letters left; want %d", n, want)
		}
		trouble, _ = rounds.Trouble()
		return trouble
	}
	_ = l.Close()
	if why := once(0); why != mail.Unreachable {
		t.Errorf("while the server is away: %q", why)
	}
	l, err = new(net.ListenConfig).Listen(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(l) }()
	once(1)
	once(0)
	if len(office.received) != 1 || !strings.Contains(office.received[0], "@example.tn>") {
		t.Errorf("received %q", office.received)
	}
}
