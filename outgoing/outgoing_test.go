package outgoing

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestCheck(t *testing.T) {
	for _, tt := range []struct {
		address string
		allow   []string
		refused bool
	}{
		{"8.8.8.8", nil, false},
		{"193.95.0.1", nil, false},
		{"2001:4860:4860::8888", nil, false},
		{"127.0.0.1", nil, true},
		{"127.255.255.254", nil, true},
		{"0.0.0.0", nil, true},
		{"10.1.2.3", nil, true},
		{"172.16.0.1", nil, true},
		{"172.32.0.1", nil, false},
		{"192.168.1.1", nil, true},
		{"100.64.0.1", nil, true},
		{"100.128.0.1", nil, false},
		{"169.254.169.254", nil, true},
		{"198.18.0.1", nil, true},
		{"192.0.2.1", nil, true},
		{"168.63.129.16", nil, true}, // a cloud's own servant, seen from its machines alone
		{"168.63.129.17", nil, false},
		{"224.0.0.1", nil, true},
		{"240.0.0.1", nil, true},
		{"255.255.255.255", nil, true},
		{"::", nil, true},
		{"::1", nil, true},
		{"::ffff:127.0.0.1", nil, true},
		{"::ffff:10.0.0.1", nil, true},
		{"::ffff:8.8.8.8", nil, false},
		{"::7f00:1", nil, true},
		{"64:ff9b::7f00:1", nil, true},
		{"64:ff9b::808:808", nil, true},
		{"64:ff9b:1::1", nil, true},
		{"fe80::1", nil, true},
		{"fe80::1%eth0", nil, true},
		{"fc00::1", nil, true},
		{"fd12::1", nil, true},
		{"ff02::1", nil, true},
		{"2002:7f00:1::", nil, true},
		{"2001:0:7f00:1::", nil, true},
		{"2001:db8::1", nil, true},
		{"127.0.0.1", []string{"127.0.0.0/8"}, false},
		{"::ffff:127.0.0.1", []string{"127.0.0.0/8"}, false},
		{"127.0.0.1", []string{"127.0.0.2"}, true},
		{"10.1.2.3", []string{"127.0.0.0/8", "10.1.2.3"}, false},
		{"::1", []string{"::1/128"}, false},
	} {
		t.Run(tt.address+" "+strings.Join(tt.allow, ","), func(t *testing.T) {
			g, err := New(tt.allow)
			if err != nil {
				t.Fatal(err)
			}
			err = g.Check(netip.MustParseAddr(tt.address))
			if errors.Is(err, ErrRefused) != tt.refused {
				t.Errorf("Check(%s) = %v; want refused %v", tt.address, err, tt.refused)
			}
		})
	}
}

func TestNewNamesTheBrokenNetwork(t *testing.T) {
	for _, s := range []string{"", "127.0.0.0/99", "localhost", "10.0.0"} {
		if _, err := New([]string{s}); err == nil || !strings.Contains(err.Error(), `"`+s+`"`) {
			t.Errorf("New(%q) = %v; want an error that names it", s, err)
		}
	}
}

func TestClientRefusesLoopbackUnlessAllowed(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "in")
	}))
	defer srv.Close()

	closed, _ := New(nil)
	if _, err := get(t, closed, srv.URL); !errors.Is(err, ErrRefused) {
		t.Errorf("get without allowance = %v; want ErrRefused", err)
	}
	open, _ := New([]string{"127.0.0.0/8"})
	if body, err := get(t, open, srv.URL); err != nil || body != "in" {
		t.Errorf("get with allowance = %q, %v; want in", body, err)
	}
}

func TestClientRefusesOnRedirect(t *testing.T) {
	for _, to := range []string{"http://169.254.169.254/latest/meta-data", "http://[::1]:1/", "http://10.0.0.1/", "file:///etc/passwd"} {
		srv := httptest.NewServer(http.RedirectHandler(to, http.StatusFound))
		g, _ := New([]string{"127.0.0.1"})
		if _, err := get(t, g, srv.URL); !errors.Is(err, ErrRefused) {
			t.Errorf("redirect to %s = %v; want ErrRefused", to, err)
		}
		srv.Close()
	}
}

func TestClientStopsRedirectLoops(t *testing.T) {
	srv := httptest.NewServer(http.RedirectHandler("/again", http.StatusFound))
	defer srv.Close()
	g, _ := New([]string{"127.0.0.1"})
	if _, err := get(t, g, srv.URL); err == nil || !strings.Contains(err.Error(), "redirects") {
		t.Errorf("loop = %v; want an error on redirects", err)
	}
}

// A name that resolves to a loopback address is refused at the connection,
// whatever it resolved to before.
func TestControlSeesTheResolvedAddress(t *testing.T) {
	g, _ := New(nil)
	d := g.Dialer(time.Second)
	_, err := d.DialContext(context.Background(), "tcp", net.JoinHostPort("localhost", "9"))
	if !errors.Is(err, ErrRefused) {
		t.Errorf("dial localhost = %v; want ErrRefused", err)
	}
	if err := g.Control("tcp", "not an address", nil); !errors.Is(err, ErrRefused) {
		t.Errorf("Control(garbage) = %v; want ErrRefused", err)
	}
}

func get(t *testing.T, g *Guard, url string) (string, error) {
	t.Helper()
	c := g.Client(5 * time.Second)
	defer c.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}
