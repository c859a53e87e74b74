package probe

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/jard-odi/jard/monitor"
)

func socketCheck(target string, s monitor.WebSocketSettings) monitor.Check {
	return monitor.Check{
		Kind: monitor.WebSocket, Target: target, Timeout: 500 * time.Millisecond, Settings: monitor.Settings{WebSocket: &s},
	}
}

// socketServer opens a WebSocket and hands it to f.
func socketServer(t *testing.T, f func(*http.Request, *websocket.Conn)) string {
	t.Helper()
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"v2"}, InsecureSkipVerify: true})
		if err != nil {
			return
		}
		defer func() { _ = conn.CloseNow() }()
		f(r, conn)
	})
	return "ws" + strings.TrimPrefix(url, "http")
}

func TestAWebSocket(t *testing.T) {
	echo := func(r *http.Request, c *websocket.Conn) {
		for {
			kind, message, err := c.Read(r.Context())
			if err != nil || c.Write(r.Context(), kind, message) != nil {
				return
			}
		}
	}
	say := func(words ...string) func(*http.Request, *websocket.Conn) {
		return func(r *http.Request, c *websocket.Conn) {
			for _, word := range words {
				_ = c.Write(r.Context(), websocket.MessageText, []byte(word))
			}
			_ = c.Close(websocket.StatusNormalClosure, "")
		}
	}
	hang := func(r *http.Request, c *websocket.Conn) { <-c.CloseRead(r.Context()).Done() }
	for _, tt := range []struct {
		name     string
		server   func(*http.Request, *websocket.Conn)
		settings monitor.WebSocketSettings
		verdict  monitor.Verdict
		reason   monitor.Reason
	}{
		{"opens", echo, monitor.WebSocketSettings{}, monitor.Up, monitor.None},
		{"opens and never says farewell", hang, monitor.WebSocketSettings{}, monitor.Up, monitor.None},
		{"answers", echo, monitor.WebSocketSettings{Send: "ping", Expect: "^ping$"}, monitor.Up, monitor.None},
		{"answers in the end", say("hello", "news: 1"), monitor.WebSocketSettings{Expect: "news"}, monitor.Up, monitor.None},
		{"answers something else", say("hello"), monitor.WebSocketSettings{Expect: "news"}, monitor.Suspect, monitor.Assertion},
		{"answers too much", say(strings.Repeat("a", maxHeard+1)), monitor.WebSocketSettings{Expect: "b"}, monitor.Suspect, monitor.Assertion},
		{"talks without end", func(r *http.Request, c *websocket.Conn) {
			for c.Write(r.Context(), websocket.MessageText, []byte(strings.Repeat("a", 4096))) == nil {
			}
		}, monitor.WebSocketSettings{Expect: "b"}, monitor.Suspect, monitor.Assertion},
		{"is silent", func(r *http.Request, c *websocket.Conn) {
			for {
				if _, _, err := c.Read(r.Context()); err != nil {
					return
				}
			}
		}, monitor.WebSocketSettings{Send: "ping", Expect: "pong"}, monitor.Suspect, monitor.Timeout},
		{"speaks the protocol asked for", echo, monitor.WebSocketSettings{Subprotocol: "v2"}, monitor.Up, monitor.None},
		{"speaks no such protocol", echo, monitor.WebSocketSettings{Subprotocol: "v9"}, monitor.Suspect, monitor.Upgrade},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := see(t, kinds(t), socketCheck(socketServer(t, tt.server), tt.settings))
			want(t, r, tt.verdict, tt.reason)
			if r.Status != http.StatusSwitchingProtocols || r.Address == "" || r.Phases[monitor.PhaseConnect] <= 0 {
				t.Errorf("read %+v", r)
			}
		})
	}
}

func TestAPageIsNoWebSocket(t *testing.T) {
	hang := make(chan struct{})
	t.Cleanup(func() { close(hang) })
	for _, tt := range []struct {
		name    string
		answer  func(net.Conn)
		verdict monitor.Verdict
		reason  monitor.Reason
	}{
		{"a page", func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }, monitor.Suspect, monitor.Upgrade},
		{"an upgrade without its proof", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: bad\r\n\r\n")
		}, monitor.Suspect, monitor.Upgrade},
		{"a firewall", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 403 Forbidden\r\nServer: cloudflare\r\nContent-Length: 0\r\n\r\n")
		}, monitor.Unknown, monitor.Blocked},
		{"a redirect to the cloud's secrets", func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n")
		}, monitor.Unknown, monitor.Blocked},
		{"nothing", func(net.Conn) { <-hang }, monitor.Suspect, monitor.Timeout},
		{"a farewell", func(net.Conn) {}, monitor.Suspect, monitor.Connect},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			target := "ws" + strings.TrimPrefix(raw(t, tt.answer), "http")
			want(t, see(t, kinds(t), socketCheck(target, monitor.WebSocketSettings{})), tt.verdict, tt.reason)
		})
	}
}

func TestWebSocketsKeepTheGuard(t *testing.T) {
	target := socketServer(t, func(*http.Request, *websocket.Conn) { t.Error("the server was reached") })
	want(t, see(t, All(Options{}), socketCheck(target, monitor.WebSocketSettings{})), monitor.Unknown, monitor.Blocked)
}
