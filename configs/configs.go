// Package configs reads the settings of an installation: defaults, then a
// strict YAML file, then the environment. It reports every fault at once, each
// with its key, because an operator mends a file, not a line.
package configs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/jard-odi/jard/lang"
)

// Config is every setting. New keys need a zero value that is good.
type Config struct {
	Listen    string    `yaml:"listen"`
	BaseURL   string    `yaml:"base_url"`
	Proxies   []string  `yaml:"trusted_proxies"` // whose X-Forwarded-For is believed
	Source    string    `yaml:"source_url"`      // of the program as it runs here, changes included
	TimeZone  string    `yaml:"time_zone"`
	Operator  Operator  `yaml:"operator"`
	Database  Database  `yaml:"database"`
	Outgoing  Outgoing  `yaml:"outgoing"`
	Catalogue Catalogue `yaml:"catalogue"`
	Portal    Portal    `yaml:"portal"`
	Watch     Watch     `yaml:"watch"`
	Survey    Survey    `yaml:"survey"`
	Metrics   Metrics   `yaml:"metrics"`
	SignIn    SignIn    `yaml:"sign_in"`
	Mail      Mail      `yaml:"mail"`
	Notices   Notices   `yaml:"notices"`
	Alerts    Alerts    `yaml:"alerts"`
	Files     Files     `yaml:"files"`
	Backup    Backup    `yaml:"backup"`
	Audit     Audit     `yaml:"audit"`
	Log       Log       `yaml:"log"`
	Limits    Limits    `yaml:"limits"`
	Uploads   Uploads   `yaml:"uploads"`
	FirstRun  FirstRun  `yaml:"first_run"`
}

// Operator is who runs the programme: its name is shown on every page.
type Operator struct {
	Name    lang.Text `yaml:"name"`
	Contact string    `yaml:"contact"` // address that the prober and the pages name

	Institution string `yaml:"institution"` // slug of its body in the register; with it the scores of services become a dataset there
}

// Database says where everything is kept.
type Database struct {
	URL            Secret `yaml:"url"` // may hold a password
	MaxConnections int    `yaml:"max_connections"`
	Migrate        bool   `yaml:"migrate"`
}

// Outgoing rules every request to an address that somebody typed.
type Outgoing struct {
	AllowNetworks []string `yaml:"allow_networks"`
	UserAgent     string   `yaml:"user_agent"`
}

// Catalogue describes the feed that portals harvest.
type Catalogue struct {
	Title       lang.Text `yaml:"title"`
	Description lang.Text `yaml:"description"`
	Legislation string    `yaml:"legislation"` // IRI of the text that obliges; data, so that a jurist can correct it
	Licence     string    `yaml:"licence"`     // IRI of the licence of what the catalogue says, not of the data
	AllowEmpty  bool      `yaml:"allow_empty"`
	Hold        Duration  `yaml:"hold"`            // how long a superseded snapshot is kept
	HoldMB      int64     `yaml:"hold_mb"`         // how much all of them may take
	CacheMB     int64     `yaml:"cache_mb"`        // how much of the stored pages is held in memory
	Tombstones  string    `yaml:"ckan_tombstones"` // window, always or never

	Consumers   []Consumer `yaml:"consumers"`    // readers that figures name
	ReceiptsFor Duration   `yaml:"receipts_for"` // how long is kept who read what

	TombstonesFor Duration `yaml:"tombstones_for"` // how long the pages tell of a withdrawal; 0s: never
}

// Watch rules the prober.
type Watch struct {
	Enabled        bool     `yaml:"enabled"`
	Workers        int      `yaml:"workers"`
	KeepReadings   Duration `yaml:"keep_readings"`
	Spool          string   `yaml:"spool"` // folder of what waits for the database; empty: it waits in memory only
	SpoolMB        int64    `yaml:"spool_mb"`
	ReferenceHosts []string `yaml:"reference_hosts"`
	RecheckAfter   Duration `yaml:"recheck_after"`
	RecheckAgain   Duration `yaml:"recheck_again"`
	HostPause      Duration `yaml:"host_pause"`   // between two visits to one host
	OfficeHours    string   `yaml:"office_hours"` // CSV file; empty: the pilot's
	BrowserURL     Secret   `yaml:"browser_url"`  // DevTools of a browser; may hold a token. Empty: none
	BrowserGate    string   `yaml:"browser_gate"` // our address that the browser comes through; empty: the one from which we reach it
	Registries     string   `yaml:"registries"`   // list of registries that are asked when domains end; empty: none is
	Services       string   `yaml:"services"`     // file or folder that declares services; empty: the pages alone keep them

	Secrets []WatchSecret `yaml:"secrets"` // that journeys name
}

// Log says how much is written to standard error.
type Log struct {
	Level  string `yaml:"level"`
	Format string `yaml:"format"`
}

// FirstRun says what an empty installation begins with.
type FirstRun struct {
	AdminEmail string `yaml:"admin_email"`
	Seed       bool   `yaml:"seed"`
}

// Default returns the settings of an installation that was told nothing.
func Default() Config {
	return Config{
		Listen:   "127.0.0.1:8080",
		BaseURL:  "http://127.0.0.1:8080",
		TimeZone: "Africa/Tunis",
		Source:   "https://github.com/jard-odi/jard",
		Operator: Operator{
			Name: lang.Text{
				"fr": "MCD, Unité de l'administration électronique",
				"ar": "MCD، وحدة الإدارة الإلكترونية",
				"en": "MCD, E-Government Unit",
			},
			Contact: "opendata@tunisia.gov.tn",
		},
		Database: Database{URL: "sqlite:var/jard.db", MaxConnections: 16, Migrate: true},
		Outgoing: Outgoing{UserAgent: "Jard"},
		Catalogue: Catalogue{
			Hold: Duration(48 * time.Hour), HoldMB: 2048, CacheMB: 128,
			Title: lang.Text{
				"fr": "Registre national des données publiques",
				"ar": "السجل الوطني للبيانات العمومية",
				"en": "National register of public data",
			},
			Description: lang.Text{
				"fr": "Jeux de données publiques recensés par les ministères, avec leur devoir de mise à jour.",
				"ar": "مجموعات البيانات العمومية التي جردتها الوزارات، مع واجب تحيينها.",
				"en": "Public datasets recorded by the ministries, each with its update duty.",
			},
			Tombstones: "window",
			Consumers:  []Consumer{}, ReceiptsFor: Duration(400 * 24 * time.Hour), TombstonesFor: Duration(400 * 24 * time.Hour),
		},
		Portal: usualPortal(),
		Watch: Watch{
			Enabled: true, Workers: 512, KeepReadings: Duration(400 * 24 * time.Hour), Spool: "var/spool", SpoolMB: 1024,
			RecheckAfter: Duration(5 * time.Second), RecheckAgain: Duration(15 * time.Second),
			Secrets: []WatchSecret{}, Registries: "https://data.iana.org/rdap/dns.json",
			HostPause: Duration(50 * time.Millisecond),
		},
		Survey:   usualSurvey(),
		Metrics:  usualMetrics(),
		SignIn:   usualSignIn(),
		Mail:     defaultMail(),
		Alerts:   usualAlerts(),
		Files:    usualFiles(),
		Backup:   usualBackup(),
		Audit:    usualAudit(),
		Log:      Log{Level: "info", Format: "json"},
		Limits:   usualLimits(),
		Uploads:  Uploads{OnFailure: "refuse", Timeout: Duration(30 * time.Second)},
		FirstRun: FirstRun{AdminEmail: "admin@jard.local", Seed: true},
	}
}

// Load reads the settings: defaults, the file at path when there is one, the
// environment that getenv gives. It returns what it could read together with
// every fault it found.
func Load(path string, getenv func(string) string) (Config, error) {
	c := Default()
	var faults []error
	if path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			return c, fmt.Errorf("read configuration: %w", pathless(err, path))
		}
		if err := c.decode(data); err != nil {
			faults = append(faults, err)
		}
	}
	if getenv != nil {
		from := c.sources(getenv)
		faults = append(faults, c.environment(from.value), c.Alerts.resolve(from.value), c.Watch.resolve(from.value))
		from.strangers()
		faults = append(faults, from.faults...)
	}
	return c, errors.Join(append(faults, c.SignIn.resolve(), c.Validate())...)
}

// decode reads strict YAML over c: a key nobody knows is a fault, because a
// misspelt setting that is silently ignored is worse than none.
func (c *Config) decode(data []byte) error {
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	err := d.Decode(c)
	var several *yaml.TypeError
	switch {
	case errors.Is(err, io.EOF):
		return nil // an empty file says nothing
	case errors.As(err, &several):
		var faults []error
		for _, message := range several.Errors {
			faults = append(faults, errors.New(message))
		}
		return errors.Join(faults...)
	}
	return err
}

// Validate returns everything that is wrong, each fault beginning with its key.
func (c Config) Validate() error {
	var faults []error
	wrong := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf(key+": "+format, args...))
	}
	if host, port, ok := strings.Cut(c.Listen, ":"); !ok || port == "" || strings.Contains(host, "/") {
		wrong("listen", "%q is no address; write 127.0.0.1:8080 or :8080", c.Listen)
	}
	if u, err := url.Parse(c.BaseURL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" ||
		u.RawQuery != "" || u.Fragment != "" || strings.HasSuffix(c.BaseURL, "/") {
		wrong("base_url", "%q is no address of a site; write https://jard.example.tn without a slash at the end", c.BaseURL)
	}
	if _, err := time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "" {
		wrong("time_zone", "%q is no zone; write Africa/Tunis", c.TimeZone)
	}
	if u, err := url.Parse(c.Source); c.Source != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
		wrong("source_url", "%q is no address; write https://… or leave it empty", c.Source)
	}
	if c.Operator.Name.Empty() {
		wrong("operator.name", "required")
	}
	for key, text := range map[string]lang.Text{
		"operator.name": c.Operator.Name, "catalogue.title": c.Catalogue.Title,
		"catalogue.description": c.Catalogue.Description,
	} {
		for code := range text {
			if !lang.Tag(code).Valid() {
				wrong(key, "%q is no language of Jard; use fr, ar, en", code)
			}
		}
	}
	if c.Catalogue.Title.Empty() {
		wrong("catalogue.title", "required")
	}
	if t := c.Catalogue.Tombstones; t != "window" && t != "always" && t != "never" {
		wrong("catalogue.ckan_tombstones", "%q is no choice; use window, always or never", t)
	}
	faults = append(faults, networks("trusted_proxies", c.Proxies), c.validateStorage(), c.validateWatch(), c.Watch.validateJourneys(), c.validateCatalogue(), c.Mail.validate(), c.Files.validate(),
		c.Catalogue.validateReaders(), c.Portal.validate(), c.Survey.validate(), c.Metrics.validate(),
		c.Alerts.validate(), c.SignIn.validate(), c.Limits.validate(), c.Uploads.validate(), c.Audit.validate())
	if c.Log.Level != "debug" && c.Log.Level != "info" && c.Log.Level != "warn" && c.Log.Level != "error" {
		wrong("log.level", "%q is no level; use debug, info, warn, error", c.Log.Level)
	}
	if c.Log.Format != "json" && c.Log.Format != "text" {
		wrong("log.format", "%q is no format; use json or text", c.Log.Format)
	}
	return errors.Join(faults...)
}

func (c Config) validateStorage() error {
	var faults []error
	target := string(c.Database.URL)
	switch {
	case target == "":
		faults = append(faults, errors.New("database.url: required"))
	case !strings.HasPrefix(target, "sqlite:") && !strings.HasPrefix(target, "postgres://") &&
		!strings.HasPrefix(target, "postgresql://"):
		faults = append(faults, errors.New("database.url: write sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME"))
	case strings.TrimPrefix(target, "sqlite:") == "":
		faults = append(faults, errors.New("database.url: sqlite: needs a path"))
	}
	if n := c.Database.MaxConnections; n < 1 || n > 1000 {
		faults = append(faults, fmt.Errorf("database.max_connections: %d is outside 1 to 1000", n))
	}
	faults = append(faults, networks("outgoing.allow_networks", c.Outgoing.AllowNetworks), c.Backup.validate())
	if strings.ContainsAny(c.Outgoing.UserAgent, "\r\n") || c.Outgoing.UserAgent == "" {
		faults = append(faults, errors.New("outgoing.user_agent: one line of text is required"))
	}
	return errors.Join(faults...)
}

// networks tells which of a list are none.
func networks(key string, list []string) error {
	var faults []error
	for n, network := range list {
		if _, err := netip.ParsePrefix(network); err != nil {
			faults = append(faults, fmt.Errorf("%s[%d]: %q is no network; write 10.1.0.0/16", key, n, network))
		}
	}
	return errors.Join(faults...)
}

func (c Config) validateCatalogue() error {
	var faults []error
	if c.Catalogue.Hold < Duration(2*time.Hour) {
		faults = append(faults, fmt.Errorf("catalogue.hold: %s is less than 2h", c.Catalogue.Hold))
	}
	if n := c.Catalogue.HoldMB; n < 64 || n > 1<<20 {
		faults = append(faults, fmt.Errorf("catalogue.hold_mb: %d is outside 64 to 1048576", n))
	}
	if n := c.Catalogue.CacheMB; n < 8 || n > 1<<16 {
		faults = append(faults, fmt.Errorf("catalogue.cache_mb: %d is outside 8 to 65536", n))
	}
	if c.Catalogue.TombstonesFor < 0 {
		faults = append(faults, fmt.Errorf("catalogue.tombstones_for: %s is less than 0s", c.Catalogue.TombstonesFor))
	}
	for _, one := range []struct{ key, iri string }{
		{"catalogue.legislation", c.Catalogue.Legislation}, {"catalogue.licence", c.Catalogue.Licence},
	} {
		if u, err := url.Parse(one.iri); one.iri != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https") {
			faults = append(faults, fmt.Errorf("%s: %q is no http(s) address; readers of the catalogue know it by one", one.key, one.iri))
		}
	}
	return errors.Join(faults...)
}

func (c Config) validateWatch() error {
	var faults []error
	if c.Watch.Workers < 1 || c.Watch.Workers > 20000 {
		faults = append(faults, fmt.Errorf("watch.workers: %d is outside 1 to 20000", c.Watch.Workers))
	}
	if c.Watch.KeepReadings < Duration(24*time.Hour) {
		faults = append(faults, fmt.Errorf("watch.keep_readings: %s is less than 24h", c.Watch.KeepReadings))
	}
	if c.Watch.SpoolMB < 1 || c.Watch.SpoolMB > 1<<20 {
		faults = append(faults, fmt.Errorf("watch.spool_mb: %d is outside 1 to 1048576", c.Watch.SpoolMB))
	}
	if c.Watch.RecheckAfter < 0 || c.Watch.RecheckAgain < 0 {
		faults = append(faults, errors.New("watch.recheck_after: must not be negative"))
	}
	if c.Watch.HostPause < 0 || c.Watch.HostPause > Duration(time.Minute) {
		faults = append(faults, fmt.Errorf("watch.host_pause: %s is outside 0s to 1m", c.Watch.HostPause))
	}
	return errors.Join(faults...)
}

// Location returns the zone that days are cut in.
func (c Config) Location() *time.Location {
	loc, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return time.UTC // Validate has said so
	}
	return loc
}

// pathless is the reason without the "open PATH:" that PathError repeats.
func pathless(err error, path string) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", path, p.Err)
	}
	return err
}
