package examine

import (
	"context"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"sync"
	"testing/fstest"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// resolverAt asks one name server.
func resolverAt(address string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
}

// peak is the greatest number of requests that were answered at once.
type peak struct {
	mu        sync.Mutex
	open, top int
}

// of counts what h is doing.
func (p *peak) of(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.open++
		p.top = max(p.top, p.open)
		p.mu.Unlock()
		defer func() {
			p.mu.Lock()
			p.open--
			p.mu.Unlock()
		}()
		h.ServeHTTP(w, r)
	})
}

func (p *peak) high() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.top
}

func folder(links, data string) fs.FS {
	return fstest.MapFS{"links.csv": {Data: []byte(links)}, "mobile_data.csv": {Data: []byte(data)}}
}
