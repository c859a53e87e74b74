package simulation

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/jard-odi/jard/demo"
)

// openRegistry opens a registry of domains, and the list that names it, as
// real ones answer.
func openRegistry(l net.Listener) *http.Server {
	base := "http://" + l.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /dns.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"version":"1.0","services":[[["example"],["%s/rdap/"]]]}`, base)
	})
	mux.HandleFunc("GET /rdap/domain/{name}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		if !strings.HasSuffix(demo.Zone, "."+name) {
			http.NotFound(w, r)
			return
		}
		now := time.Now().UTC()
		w.Header().Set("Content-Type", "application/rdap+json")
		_, _ = fmt.Fprintf(w, `{"objectClassName":"domain","ldhName":%q,"events":[{"eventAction":"registration","eventDate":%q},
{"eventAction":"expiration","eventDate":%q}],"entities":[{"objectClassName":"entity","handle":"D-7","roles":["registrar"],
"vcardArray":["vcard",[["version",{},"text","4.0"],["fn",{},"text","Bureau d'enregistrement simulé"]]]}]}`,
			name, now.AddDate(-6, 0, 24).Format(time.RFC3339), now.AddDate(0, 0, 24).Truncate(24*time.Hour).Format(time.RFC3339))
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(l) }()
	return server
}
