package channel

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jard-odi/jard/alert"
	"github.com/jard-odi/jard/mail"
	"github.com/jard-odi/jard/outgoing"
)

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// peer is what a channel speaks to.
type peer struct {
	*httptest.Server
	requests []*http.Request
	bodies   []string
	status   int
	header   http.Header
	answer   string
}

func newPeer(t *testing.T) *peer {
	t.Helper()
	p := &peer{status: 200, header: http.Header{}}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		p.requests, p.bodies = append(p.requests, r), append(p.bodies, string(b))
		maps.Copy(w.Header(), p.header)
		w.WriteHeader(p.status)
		_, _ = io.WriteString(w, p.answer)
	}))
	t.Cleanup(p.Close)
	return p
}

func options(t *testing.T, networks ...string) Options {
	t.Helper()
	guard, err := outgoing.New(networks)
	if err != nil {
		t.Fatal(err)
	}
	return Options{Client: guard.Client(2 * time.Second), Agent: "Jard test", Now: func() time.Time { return monday }}
}

func message() *alert.Message {
	return &alert.Message{
		ID: "0190-id", RouteName: "Pannes", Stage: alert.Begun, Channel: "noc", Lang: "fr", Subject: "Panne : Eau", Text: "Ne répond pas.",
		QueuedAt: monday, Lines: []alert.Line{{
			Key: "incident/1", Kind: alert.Down, Service: "eau", Institution: "sonede", Tier: "critical", StartedAt: monday.Add(-time.Minute),
			URL: "https://jard.example/services/eau",
		}},
	}
}

func settings(kind, url string) Settings {
	return Settings{
		Name: "noc", Type: kind, URL: url, Secret: "0123456789abcdef", Token: "123:secret-token", Chat: "-1001", Room: "!abc:example.tn",
		To: []string{"noc@exemple.tn"},
	}
}

func open(t *testing.T, s Settings, o Options) Door {
	t.Helper()
	d, err := New(s, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAWebhookIsSignedAndKnowsItsRepetition(t *testing.T) {
	p := newPeer(t)
	d := open(t, settings(Webhook, p.URL+"/hook"), options(t, "127.0.0.0/8"))
	for range 2 {
		if err := d.Deliver(t.Context(), message()); err != nil {
			t.Fatal(err)
		}
	}
	r := p.requests[0]
	stamp, signature := r.Header.Get(TimestampHeader), r.Header.Get(SignatureHeader)
	body := []byte(p.bodies[0])
	if err := Verify("0123456789abcdef", stamp, signature, body, monday.Add(Window)); err != nil {
		t.Errorf("Verify = %v", err)
	}
	for name, err := range map[string]error{
		"another secret":    Verify("fedcba9876543210", stamp, signature, body, monday),
		"another body":      Verify("0123456789abcdef", stamp, signature, append(body, ' '), monday),
		"another moment":    Verify("0123456789abcdef", "1", signature, body, monday),
		"no number":         Verify("0123456789abcdef", "now", signature, body, monday),
		"another signature": Verify("0123456789abcdef", stamp, "v0="+signature[3:], body, monday),
	} {
		if !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Verify("0123456789abcdef", stamp, signature, body, monday.Add(Window+time.Second)); !errors.Is(err, ErrStale) {
		t.Errorf("replayed later: %v", err)
	}
	if a, b := p.requests[0].Header.Get(KeyHeader), p.requests[1].Header.Get(KeyHeader); a != "0190-id" || a != b {
		t.Errorf("keys %q, %q; want the same at every try", a, b)
	}
	var got payload
	if err := json.Unmarshal(body, &got); err != nil || got.Version != 1 || got.Events[0].Service != "eau" || got.Subject != "Panne : Eau" {
		t.Errorf("payload = %+v, %v", got, err)
	}
	if r.Header.Get("User-Agent") != "Jard test" {
		t.Errorf("agent %q", r.Header.Get("User-Agent"))
	}
}

func TestAlertmanagerKnowsAnEventByItsLabels(t *testing.T) {
	p := newPeer(t)
	d := open(t, settings(Alertmanager, p.URL+"/am/"), options(t, "127.0.0.0/8"))
	m := message()
	if err := d.Deliver(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if err := d.(Refresher).Refresh(t.Context(), m.Lines); err != nil {
		t.Fatal(err)
	}
	end := monday.Add(-30 * time.Second)
	m.Stage, m.Lines[0].EndedAt = alert.Over, &end
	if err := d.Deliver(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	var posted [3][]postable
	for n := range posted {
		if err := json.Unmarshal([]byte(p.bodies[n]), &posted[n]); err != nil || len(posted[n]) != 1 {
			t.Fatalf("%s: %v", p.bodies[n], err)
		}
		if got, want := posted[n][0].Labels, posted[0][0].Labels; len(got) != len(want) || got["service"] != "eau" || got["severity"] != "critical" || got["kind"] != "down" {
			t.Errorf("labels %d = %v; want %v", n, got, want)
		}
	}
	if p.requests[0].URL.Path != "/am/api/v2/alerts" || p.requests[0].Header.Get("Authorization") != "Bearer 123:secret-token" {
		t.Errorf("asked %s with %v", p.requests[0].URL, p.requests[0].Header)
	}
	if !posted[0][0].EndsAt.After(monday) || !posted[1][0].EndsAt.After(monday) || !posted[2][0].EndsAt.Equal(end) {
		t.Errorf("ends %v, %v, %v", posted[0][0].EndsAt, posted[1][0].EndsAt, posted[2][0].EndsAt)
	}
}

func TestChats(t *testing.T) {
	for kind, check := range map[string]func(*testing.T, *peer){
		Telegram: func(t *testing.T, p *peer) {
			t.Helper()
			if p.requests[0].URL.Path != "/bot123:secret-token/sendMessage" || !strings.Contains(p.bodies[0], "Ne répond pas.") || !strings.Contains(p.bodies[0], "-1001") {
				t.Errorf("sent %s to %s", p.bodies[0], p.requests[0].URL.Path)
			}
		},
		Matrix: func(t *testing.T, p *peer) {
			t.Helper()
			r := p.requests[0]
			if r.Method != http.MethodPut || r.URL.EscapedPath() != "/_matrix/client/v3/rooms/%21abc:example.tn/send/m.room.message/0190-id" &&
				r.URL.Path != "/_matrix/client/v3/rooms/!abc:example.tn/send/m.room.message/0190-id" || r.Header.Get("Authorization") != "Bearer 123:secret-token" {
				t.Errorf("%s %s", r.Method, r.URL.EscapedPath())
			}
		},
		Teams: func(t *testing.T, p *peer) {
			t.Helper()
			if !strings.Contains(p.bodies[0], "AdaptiveCard") || !strings.Contains(p.bodies[0], "Panne : Eau") {
				t.Errorf("sent %s", p.bodies[0])
			}
		},
	} {
		t.Run(kind, func(t *testing.T) {
			p := newPeer(t)
			if p.answer = `{"ok":true,"result":{"message_id":1}}`; kind == Teams {
				p.status = http.StatusAccepted
			}
			d := open(t, settings(kind, p.URL), options(t, "127.0.0.0/8"))
			if err := d.Deliver(t.Context(), message()); err != nil {
				t.Fatal(err)
			}
			check(t, p)
		})
	}
}

// Every kind of door takes the same answers the same way.
func TestWhatAnAnswerMeans(t *testing.T) {
	for _, kind := range []string{Webhook, Alertmanager, Telegram, Matrix, Teams} {
		for _, one := range []struct {
			status int
			retry  string
			cause  alert.Cause
			final  bool
		}{
			{500, "", alert.Busy, false},
			{503, "120", alert.Busy, false},
			{503, "Mon, 23 Nov 2026 09:02:00 GMT", alert.Busy, false},
			{429, "30", alert.Busy, false},
			{408, "", alert.Busy, false},
			{401, "", alert.SignIn, true},
			{403, "", alert.SignIn, true},
			{400, "", alert.Refused, true},
			{404, "", alert.Refused, true},
			{410, "", alert.Refused, true},
			{302, "", alert.Refused, true},
		} {
			p := newPeer(t)
			p.status, p.answer = one.status, `{"ok":false,"error_code":400,"description":"secret-token"}`
			p.header["Location"] = []string{"http://127.0.0.1:1/elsewhere"}
			if one.retry != "" {
				p.header["Retry-After"] = []string{one.retry}
			}
			err := open(t, settings(kind, p.URL), options(t, "127.0.0.0/8")).Deliver(t.Context(), message())
			f, ok := errors.AsType[*alert.Failure](err)
			if !ok || f.Cause != one.cause || f.Final != one.final {
				t.Errorf("%s answering %d: %v; want %s", kind, one.status, err, one.cause)
			}
			if one.status == 503 && (f == nil || f.After != 2*time.Minute) {
				t.Errorf("%s: asked to wait 120 s, waits %v", kind, f)
			}
			if err != nil && strings.Contains(err.Error(), "secret") || len(p.requests) != 1 {
				t.Errorf("%s: %v after %d requests; want one, and no word of the peer's", kind, err, len(p.requests))
			}
		}
	}
}

// What a peer says without end is not read to its end, by no door.
func TestAnAnswerIsReadWithinBounds(t *testing.T) {
	const most = 48 << 20
	for _, kind := range []string{Webhook, Alertmanager, Telegram, Matrix, Teams} {
		for _, status := range []int{200, 500} {
			var sent atomic.Int64
			p := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				for chunk := []byte(`{"ok":true,"result":{"text":"` + strings.Repeat("x", 1<<20)); sent.Load() < most; sent.Add(int64(len(chunk))) {
					if _, err := w.Write(chunk); err != nil {
						return
					}
				}
			}))
			err := open(t, settings(kind, p.URL), options(t, "127.0.0.0/8")).Deliver(t.Context(), message())
			p.CloseClientConnections()
			p.Close()
			if f, ok := errors.AsType[*alert.Failure](err); status == 500 && (!ok || f.Cause != alert.Busy) {
				t.Errorf("%s answering %d: %v", kind, status, err)
			}
			if sent.Load() >= most {
				t.Errorf("%s answering %d: all of %d bytes were taken", kind, status, sent.Load())
			}
		}
	}
}

func TestHeadersWithoutEndAreAnError(t *testing.T) {
	for _, kind := range []string{Webhook, Telegram, Matrix, Teams, Alertmanager} {
		p := newPeer(t)
		p.header["X-Long"] = []string{strings.Repeat("x", 128<<10)}
		err := open(t, settings(kind, p.URL), options(t, "127.0.0.0/8")).Deliver(t.Context(), message())
		if f, ok := errors.AsType[*alert.Failure](err); !ok || f.Cause != alert.Unreachable || f.Final {
			t.Errorf("%s: %v; want it to be tried again", kind, err)
		}
	}
}

func TestNoDoorLeadsInside(t *testing.T) {
	for _, kind := range []string{Webhook, Alertmanager, Telegram, Matrix, Teams} {
		p := newPeer(t)
		err := open(t, settings(kind, p.URL), options(t)).Deliver(t.Context(), message()) // loopback is not allowed
		f, ok := errors.AsType[*alert.Failure](err)
		if !ok || f.Cause != alert.Forbidden || !f.Final || len(p.requests) != 0 {
			t.Errorf("%s: %v, %d requests; want the guard to refuse", kind, err, len(p.requests))
		}
	}
}

func TestAPeerThatHangsOrIsAway(t *testing.T) {
	hang := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(hang) })
	away := httptest.NewServer(nil)
	away.Close()
	for _, kind := range []string{Webhook, Telegram, Teams, Matrix, Alertmanager} {
		for address, want := range map[string]alert.Cause{slow.URL: alert.TimedOut, away.URL: alert.Unreachable} {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			err := open(t, settings(kind, address), options(t, "127.0.0.0/8")).Deliver(ctx, message())
			cancel()
			if f, ok := errors.AsType[*alert.Failure](err); !ok || f.Cause != want || f.Final {
				t.Errorf("%s: %v; want %s", kind, err, want)
			}
		}
	}
}

func TestMailToAddressesIsKeptOnce(t *testing.T) {
	var got []mail.Message
	o := options(t)
	o.Post = func(_ context.Context, m mail.Message) error {
		got = append(got, m)
		return m.Check()
	}
	s := settings(Email, "")
	s.To = []string{"noc@exemple.tn", "garde@exemple.tn"}
	d := open(t, s, o)
	for range 2 {
		if err := d.Deliver(t.Context(), message()); err != nil {
			t.Fatal(err)
		}
	}
	if len(got) != 4 || got[0].Key != got[2].Key || got[0].Key == got[1].Key || got[0].Thread != "alert.incident.1" {
		t.Errorf("posted %+v; want the same keys at every try", got)
	}
}

func TestProblemsOfSettings(t *testing.T) {
	for want, s := range map[string]Settings{
		`name: "" is no name; use letters a to z, digits and dashes, and not "mail"`:                          {Type: Email, To: []string{"a@b.tn"}},
		`name: "Noc 1" is no name; use letters a to z, digits and dashes, and not "mail"`:                     {Name: "Noc 1", Type: Email, To: []string{"a@b.tn"}},
		`type: "sms" is no type of channel; use one of webhook, alertmanager, telegram, matrix, teams, email`: {Name: "a", Type: "sms"},
		`secret: required for a channel of type webhook`:                                                      {Name: "a", Type: Webhook, URL: "https://x.tn"},
		`secret: is shorter than 16 characters`:                                                               {Name: "a", Type: Webhook, URL: "https://x.tn", Secret: "short"},
		`url: is no address; write https://… without a password in it`:                                        {Name: "a", Type: Alertmanager, URL: "ftp://x"},
		`room: required for a channel of type matrix`:                                                         {Name: "a", Type: Matrix, URL: "https://x.tn", Token: "t"},
		`chat: required for a channel of type telegram`:                                                       {Name: "a", Type: Telegram, Token: "t"},
		`url: required for a channel of type teams`:                                                           {Name: "a", Type: Teams},
		`to[0]: is no address; write nom@exemple.tn`:                                                          {Name: "a", Type: Email, To: []string{"nobody"}},
		`to: required for a channel of type email`:                                                            {Name: "a", Type: Email},
		`language: "de" is no language of Jard; use fr, ar, en`:                                               {Name: "a", Type: Email, To: []string{"a@b.tn"}, Language: "de"},
	} {
		var got []string
		for _, err := range s.Problems() {
			got = append(got, err.Error())
		}
		if !slices.Equal(got, []string{want}) {
			t.Errorf("%+v: %q; want %q", s, got, want)
		}
		if _, err := New(s, options(t)); err == nil {
			t.Errorf("%+v: a door was opened", s)
		}
	}
	for _, kind := range Types() {
		if p := settings(kind, "https://x.tn").Problems(); len(p) > 0 {
			t.Errorf("%s: %v", kind, p)
		}
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("1763888400", "v1=00", []byte("{}"))
	f.Add("", "", []byte(nil))
	f.Add("9223372036854775807", "v1=", []byte("x"))
	f.Fuzz(func(t *testing.T, stamp, signature string, body []byte) {
		if err := Verify("0123456789abcdef", stamp, signature, body, monday); err == nil && signature != Sign("0123456789abcdef", stamp, body) {
			t.Error("accepted what was not signed")
		}
	})
}
