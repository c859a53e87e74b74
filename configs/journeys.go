package configs

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// WatchSecret is a value that journeys name as {{secret.NAME}}. It is there for
// the journeys of its services and is sent to its hosts only: who may write a
// journey may neither use other people's secrets nor send them elsewhere.
type WatchSecret struct {
	Name     string   `yaml:"name"`
	Value    Secret   `yaml:"value"` // env:NAME is that of the environment
	Hosts    []string `yaml:"hosts"`
	Services []string `yaml:"services"` // slugs
}

var (
	secretName    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]{0,59}$`)
	secretHost    = regexp.MustCompile(`^[A-Za-z0-9.:-]{1,253}$`)
	secretService = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

// validateJourneys returns what is wrong with what journeys and browsers need.
func (w Watch) validateJourneys() error {
	var faults []error
	wrong := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("watch."+key+": "+format, args...))
	}
	for n, s := range w.Secrets {
		key := fmt.Sprintf("secrets[%d]", n)
		if !secretName.MatchString(s.Name) {
			wrong(key+".name", "%q is no name; use letters, digits, - and _", s.Name)
		}
		if slices.ContainsFunc(w.Secrets[:n], func(o WatchSecret) bool { return o.Name == s.Name }) {
			wrong(key+".name", "%q is there twice", s.Name)
		}
		if s.Value == "" {
			wrong(key+".value", "required; write env:NAME to read it from the environment")
		}
		if len(s.Hosts) == 0 {
			wrong(key+".hosts", "required; name the hosts that it may be sent to")
		}
		for _, host := range s.Hosts {
			if !secretHost.MatchString(host) {
				wrong(key+".hosts", "%q is no host; write login.example.tn", host)
			}
		}
		if len(s.Services) == 0 {
			wrong(key+".services", "required; name the services (slugs) whose journeys may send it")
		}
		for _, slug := range s.Services {
			if !secretService.MatchString(slug) {
				wrong(key+".services", "%q is no slug of a service; write the-service", slug)
			}
		}
	}
	if u, err := url.Parse(string(w.BrowserURL)); w.BrowserURL != "" &&
		(err != nil || u.Host == "" || !slices.Contains([]string{"http", "https", "ws", "wss"}, u.Scheme)) {
		wrong("browser_url", "no address of a browser; write http://127.0.0.1:9222 or ws://…, or leave it empty")
	}
	if u, err := url.Parse(w.Registries); w.Registries != "" && (err != nil || u.Host == "" || !slices.Contains([]string{"http", "https"}, u.Scheme)) {
		wrong("registries", "no address of a list; write https://data.iana.org/rdap/dns.json, or leave it empty")
	}
	if _, err := netip.ParseAddr(w.BrowserGate); w.BrowserGate != "" && err != nil {
		wrong("browser_gate", "no address of this machine; write 172.17.0.1, or leave it empty")
	}
	return errors.Join(faults...)
}

// resolve puts the environment's values where the file names them.
func (w *Watch) resolve(getenv func(string) string) error {
	if getenv == nil {
		return nil
	}
	var faults []error
	for n := range w.Secrets {
		name, ok := strings.CutPrefix(string(w.Secrets[n].Value), fromEnvironment)
		if !ok {
			continue
		}
		w.Secrets[n].Value = Secret(getenv(name))
		if w.Secrets[n].Value == "" {
			faults = append(faults, fmt.Errorf("watch.secrets[%d].value: %s is not set in the environment", n, name))
		}
	}
	return errors.Join(faults...)
}
