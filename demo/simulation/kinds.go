package simulation

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/jard-odi/jard/demo"
)

// openPlaces starts what is looked at by other kinds of checks than pages.
func (s *Street) openPlaces(n int) error {
	counter, err := listen(n)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: newCounter(), ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
	}
	s.closers = append(s.closers, server)
	go func() { _ = server.Serve(counter) }()

	mail, err := listen(n + 1)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, mail)
	go greet(mail)

	names, err := new(net.ListenConfig).ListenPacket(context.Background(), "udp4", "127.0.0.1:0") // loopback answers at once
	if err != nil {
		return err
	}
	s.closers = append(s.closers, names)
	go answerNames(names)
	registry, err := listen(n + 2)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, openRegistry(registry))
	s.Places = demo.Places{
		Registry: "http://" + registry.Addr().String() + "/dns.json",
		Counter:  "http://" + counter.Addr().String() + "/", Mail: mail.Addr().String(), NameServer: names.LocalAddr().String(),
	}
	return nil
}

// counter is a service behind a login, with a token in its form as such have.
type counter struct {
	mu     sync.Mutex
	tokens map[string]time.Time // given out, and when
	visits map[string]bool      // logged in
}

func newCounter() http.Handler {
	c := &counter{tokens: map[string]time.Time{}, visits: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /connexion", c.form)
	mux.HandleFunc("POST /session", c.enter)
	mux.HandleFunc("GET /espace", c.inside(func(w http.ResponseWriter) {
		_, _ = io.WriteString(w, `<!doctype html><h1>Bonjour</h1><p><a class="dossier" href="/dossiers/7431">Dossier 7431</a></p>`)
	}))
	mux.HandleFunc("GET /dossiers/7431", c.inside(func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"numero":7431,"statut":"ouvert"}`)
	}))
	return unhurried(mux)
}

// unhurried takes as long to answer as a service does that has to look something up.
func unhurried(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(time.Duration(20+10*len(r.URL.Path)%70) * time.Millisecond):
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	})
}

func (c *counter) form(w http.ResponseWriter, _ *http.Request) {
	token := rand.Text()
	c.mu.Lock()
	for old, at := range c.tokens {
		if time.Since(at) > time.Minute {
			delete(c.tokens, old)
		}
	}
	c.tokens[token] = time.Now()
	c.mu.Unlock()
	fmt.Fprintf(w, `<!doctype html><title>Guichet (simulation)</title><form id="connexion" action="/session" method="post">
<input type="hidden" name="jeton" value="%s"><input name="utilisateur"><input name="mot_de_passe" type="password"><button>Entrer</button></form>`, token)
}

func (c *counter) enter(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	token := r.PostFormValue("jeton")
	c.mu.Lock()
	defer c.mu.Unlock()
	_, known := c.tokens[token]
	delete(c.tokens, token)
	if !known || r.PostFormValue("utilisateur") != demo.CounterUser || r.PostFormValue("mot_de_passe") != demo.CounterPassword {
		http.Error(w, "Identifiants refusés", http.StatusForbidden)
		return
	}
	if len(c.visits) > 100 { // those who came long ago have left
		clear(c.visits)
	}
	c.visits[token] = true
	http.SetCookie(w, &http.Cookie{Name: "visite", Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, "/espace", http.StatusSeeOther)
}

// inside lets in who has logged in.
func (c *counter) inside(show func(http.ResponseWriter)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		cookie, err := r.Cookie("visite")
		c.mu.Lock()
		in := err == nil && c.visits[cookie.Value]
		c.mu.Unlock()
		if !in {
			http.Redirect(w, r, "/connexion", http.StatusSeeOther)
			return
		}
		show(w)
	}
}

// greet speaks as a mail server does to who only says hello.
func greet(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer func() { _ = conn.Close() }()
			_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
			fmt.Fprint(conn, "220 courrier.example (simulation) ESMTP\r\n")
			for lines := bufio.NewScanner(conn); lines.Scan(); {
				if strings.HasPrefix(strings.ToUpper(lines.Text()), "EHLO") {
					fmt.Fprint(conn, "250-courrier.example\r\n250 8BITMIME\r\n")
					continue
				}
				fmt.Fprint(conn, "221 au revoir\r\n")
				return
			}
		}()
	}
}

// answerNames keeps the zone of the demo.
func answerNames(conn net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			continue
		}
		if answer, err := answerName(buf[:n]); err == nil {
			_, _ = conn.WriteTo(answer, from)
		}
	}
}

// answerName answers one question about the zone.
func answerName(asked []byte) ([]byte, error) {
	var p dnsmessage.Parser
	header, err := p.Start(asked)
	if err != nil {
		return nil, err
	}
	q, err := p.Question()
	if err != nil {
		return nil, err
	}
	answer := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: header.ID, Response: true, Authoritative: true, RCode: dnsmessage.RCodeNameError},
		Questions: []dnsmessage.Question{q},
	}
	if strings.EqualFold(q.Name.String(), demo.Zone+".") {
		answer.RCode = dnsmessage.RCodeSuccess
		if q.Type == dnsmessage.TypeA {
			answer.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 3600},
				Body:   &dnsmessage.AResource{A: netip.MustParseAddr(demo.ZoneAddress).As4()},
			}}
		}
	}
	return answer.Pack()
}
