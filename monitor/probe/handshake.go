package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jard-odi/jard/monitor"
)

// errNoFamily is that this machine reaches no address of the family asked for.
var errNoFamily = errors.New("this machine has no route to such addresses")

// handshake connects and secures the connection, and that is all: a check of
// kind tls.
func (v *visit) handshake(ctx context.Context) error {
	host, port, err := net.SplitHostPort(v.check.Target)
	if err != nil {
		return err
	}
	conn, err := v.dial(ctx, host, port)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	release, err := bound(ctx, conn)
	if err != nil {
		return err
	}
	defer release()
	name := host
	if t := v.check.Settings.TLS; t != nil {
		began := time.Now()
		err := greet(conn, t.Start)
		if t.Start != "" {
			v.reading.Phases[monitor.PhaseWait] += time.Since(began)
		}
		if err != nil {
			return err
		}
		if t.Name != "" {
			name = t.Name
		}
	}
	secured, err := v.prober.secure(ctx, &v.reading, conn, name, v.check.Trust)
	if err != nil {
		return err
	}
	return secured.Close()
}

// greeting is how a conversation goes until it is secured.
type greeting struct {
	hello string // what the server says first
	lines []exchange
}

// exchange is what we say and how the answer must begin; ends tells the last
// line of several.
type exchange struct{ say, want, ends string }

// greetings are the conversations of servers of mail.
var greetings = map[string]greeting{
	monitor.StartSMTP: {"220 ", []exchange{{"EHLO probe.invalid", "250", "250 "}, {"STARTTLS", "220", "220 "}}},
	monitor.StartIMAP: {"* OK", []exchange{{"a1 STARTTLS", "a1 OK", "a1 "}}},
	monitor.StartPOP3: {"+OK", []exchange{{"STLS", "+OK", "+OK"}}},
}

// maxGreeting bounds what a server may say before the connection is secured.
const maxGreeting = 16 << 10

// greet talks to the server until it is ready for the handshake. Each line is
// read byte by byte, so that nothing of the handshake is read with it.
func greet(conn io.ReadWriter, start string) error {
	g, ok := greetings[start]
	if !ok {
		return nil
	}
	r := bufio.NewReaderSize(&oneByte{r: io.LimitReader(conn, maxGreeting)}, 16)
	if err := hear(r, g.hello[:3], g.hello); err != nil {
		return err
	}
	for _, e := range g.lines {
		if _, err := io.WriteString(conn, e.say+"\r\n"); err != nil {
			return err
		}
		if err := hear(r, e.want, e.ends); err != nil {
			return err
		}
	}
	return nil
}

// hear reads lines until the one that ends the answer.
func hear(r *bufio.Reader, want, ends string) error {
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, ends) && strings.HasPrefix(line, want):
			return nil
		case strings.HasPrefix(line, ends), !strings.HasPrefix(line, want) && !strings.HasPrefix(line, "* "):
			return &protocolError{fmt.Errorf("it says %q", short(line))}
		}
	}
}

// oneByte reads no more than it is asked for, a byte at a time.
type oneByte struct{ r io.Reader }

func (o *oneByte) Read(p []byte) (int, error) { return o.r.Read(p[:1]) }
