package catalogueweb

import (
	"net/http"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/web"
)

// harvests counts who began to read the catalogue, by kind of client: a closed
// set, so that it can label a metric.
type harvests struct {
	mu sync.Mutex
	n  map[string]uint64
}

// clients are the kinds of client, in the order they are looked for.
var clients = []struct{ mark, client string }{
	{"udata", "udata"},
	{"piveau", "piveau"},
	{"vert.x", "piveau"},
	{"datagov", "gsa"},
	{"data.gov", "gsa"},
	{"mozilla", "browser"},
}

// clientOf tells the kind of client by what it calls itself, and where it says
// only which library it is written with, by what it reads.
func clientOf(agent, path string) string {
	agent = strings.ToLower(agent)
	for _, k := range clients {
		if strings.Contains(agent, k.mark) {
			return k.client
		}
	}
	if !strings.Contains(agent, "python-requests") && !strings.Contains(agent, "ckan") {
		return "other"
	}
	switch {
	case strings.HasPrefix(path, "/api/"):
		return "ckan"
	case path == "/data.json":
		return "gsa"
	}
	return "dcat"
}

// begin counts a harvest. Harvesters that ask HEAD first count once.
func (h *harvests) begin(c *gin.Context) {
	if web.MethodFrom(c.Request.Context()) == http.MethodHead {
		return
	}
	client := clientOf(c.Request.UserAgent(), c.Request.URL.Path)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.n == nil {
		h.n = map[string]uint64{}
	}
	h.n[client]++
}

// counts lists every kind, also those never seen.
func (h *harvests) counts() map[string]uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := map[string]uint64{}
	for _, client := range []string{"ckan", "dcat", "udata", "piveau", "gsa", "browser", "other"} {
		out[client] = h.n[client]
	}
	return out
}
