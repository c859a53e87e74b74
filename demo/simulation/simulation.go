// Package simulation runs the online services that the demo watches: small
// servers on loopback that answer, dawdle, fail, or show a bad certificate, so
// that a status page has something to tell without anybody outside being asked.
package simulation

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/jard-odi/jard/demo"
)

// Street is a row of running services.
type Street struct {
	Shelf     *Shelf      // the site that serves files
	Places    demo.Places // what is no page
	addresses map[string]string
	closers   []io.Closer
}

// Open starts every service of the demo, each at an address of its own.
func Open(services []demo.Service) (*Street, error) {
	shelf, err := OpenShelf()
	if err != nil {
		return nil, err
	}
	s := &Street{Shelf: shelf, addresses: map[string]string{}, closers: []io.Closer{shelf}}
	for n, v := range services {
		address, err := s.open(v, n)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open the simulated service %s: %w", v.Slug, err), s.Close())
		}
		s.addresses[v.Slug] = address
	}
	if err := s.openPlaces(len(services)); err != nil {
		return nil, errors.Join(fmt.Errorf("open the simulated counter: %w", err), s.Close())
	}
	return s, nil
}

// Address returns where the service of the slug answers.
func (s *Street) Address(slug string) string { return s.addresses[slug] }

// Close ends all services at once.
func (s *Street) Close() error {
	var faults []error
	for _, c := range s.closers {
		if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

func (s *Street) open(v demo.Service, n int) (string, error) {
	l, err := listen(n)
	if err != nil {
		return "", err
	}
	scheme := "http"
	switch v.Behaviour {
	case demo.Dead:
		// The port was ours a moment ago, so nobody answers there now.
		return "http://" + l.Addr().String() + "/", l.Close()
	case demo.Expired, demo.WrongHost:
		config, err := badCertificate(v.Behaviour)
		if err != nil {
			return "", errors.Join(err, l.Close())
		}
		l, scheme = tls.NewListener(l, config), "https"
	}
	server := &http.Server{
		Handler: handler(v), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: log.New(io.Discard, "", 0), // refused handshakes are what is being shown
	}
	s.closers = append(s.closers, server)
	go func() { _ = server.Serve(l) }()
	return scheme + "://" + l.Addr().String() + "/", nil
}

// listen takes a loopback address for each service, because the prober spares
// a host that it is already asking; systems that know only 127.0.0.1 give that.
func listen(n int) (net.Listener, error) {
	var config net.ListenConfig
	ctx := context.Background() // loopback answers at once
	l, err := config.Listen(ctx, "tcp4", fmt.Sprintf("127.0.0.%d:0", n+2))
	if err == nil {
		return l, nil
	}
	return config.Listen(ctx, "tcp4", "127.0.0.1:0")
}

// handler answers as the service behaves.
func handler(v demo.Service) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		if v.Behaviour == demo.Redirects && r.URL.Path == "/" {
			http.Redirect(w, r, "/accueil", http.StatusFound)
			return
		}
		if !pause(r, v) {
			return
		}
		switch {
		case v.Behaviour == demo.Flapping && failing(time.Now()):
			http.Error(w, "Service indisponible", http.StatusServiceUnavailable)
		case v.Behaviour == demo.HalfSpoken && r.Header.Get("Accept-Language") == "ar":
			page(w, v, "الموقع تحت الصيانة، نعتذر منكم.")
		case v.Behaviour == demo.Broken:
			page(w, v, "Une erreur est survenue. Veuillez réessayer plus tard.")
		default:
			page(w, v, demo.Greeting)
		}
	})
	return mux
}

// failing tells whether the flapping service fails: half a minute in every two.
func failing(now time.Time) bool { return now.Unix()%120 >= 90 }

// pause takes as long as the service takes; false when the caller went away.
func pause(r *http.Request, v demo.Service) bool {
	took := time.Duration(float64(v.Pace) * (0.8 + 0.4*rand.Float64())) //nolint:gosec // no secret
	switch {
	case v.Behaviour == demo.Hanging:
		took = time.Hour
	case v.Behaviour == demo.Moody && rand.IntN(10) == 0: //nolint:gosec // no secret
		took *= 6
	}
	select {
	case <-time.After(took):
		return true
	case <-r.Context().Done():
		return false
	}
}

func page(w http.ResponseWriter, v demo.Service, text string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!doctype html><html lang=\"fr\"><title>%s</title><h1>%s</h1><p>%s</p></html>\n",
		v.Name["fr"], v.Name["fr"], text)
}
