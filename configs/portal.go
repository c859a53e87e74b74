package configs

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"time"
)

// Consumer is a reader of the catalogue that figures name.
type Consumer struct {
	Name    string `yaml:"name"`
	Agent   string `yaml:"agent"`   // part of its User-Agent
	Network string `yaml:"network"` // where it comes from
}

// Portal is the national portal that harvests the catalogue, as far as it is
// read to see what arrived.
type Portal struct {
	URL          string   `yaml:"url"`           // empty: nobody reads it
	ExpectWithin Duration `yaml:"expect_within"` // how long it may take to follow
	Every        Duration `yaml:"every"`         // between two reads
	Pause        Duration `yaml:"pause"`         // between two requests
	Timeout      Duration `yaml:"timeout"`       // of one request
	MaxBytes     int64    `yaml:"max_bytes"`     // of one answer
}

func usualPortal() Portal {
	return Portal{
		ExpectWithin: Duration(24 * time.Hour), Every: Duration(6 * time.Hour), Pause: Duration(500 * time.Millisecond),
		Timeout: Duration(time.Minute), MaxBytes: 32 << 20,
	}
}

// consumersAtMost keeps the names few enough to label a metric.
const consumersAtMost = 50

var consumerName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// validateReaders returns what is wrong with who reads the catalogue.
func (c Catalogue) validateReaders() error {
	var faults []error
	wrong := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("catalogue."+key+": "+format, args...))
	}
	if c.ReceiptsFor < Duration(24*time.Hour) {
		wrong("receipts_for", "%s is less than 24h", c.ReceiptsFor)
	}
	if len(c.Consumers) > consumersAtMost {
		wrong("consumers", "%d are more than %d", len(c.Consumers), consumersAtMost)
	}
	named := map[string]bool{}
	for n, one := range c.Consumers {
		key := fmt.Sprintf("consumers[%d]", n)
		if !consumerName.MatchString(one.Name) {
			wrong(key+".name", "%q is no name; use small letters, digits and -", one.Name)
		} else if named[one.Name] {
			wrong(key+".name", "%q is there twice", one.Name)
		}
		named[one.Name] = true
		if one.Agent == "" && one.Network == "" {
			wrong(key, "write agent, network or both: everybody would match")
		}
		if _, err := netip.ParsePrefix(one.Network); one.Network != "" && err != nil {
			wrong(key+".network", "%q is no network; write 193.95.0.0/16", one.Network)
		}
	}
	return errors.Join(faults...)
}

// validate returns everything that is wrong, each fault beginning with its key.
func (p Portal) validate() error {
	var faults []error
	u, err := url.Parse(p.URL)
	if p.URL != "" && (err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https") {
		faults = append(faults, errors.New("portal.url: that is no address of a portal; write https://data.gov.example or leave it empty"))
	}
	for _, one := range []struct {
		key          string
		value, least Duration
	}{
		{"expect_within", p.ExpectWithin, Duration(time.Hour)},
		{"every", p.Every, Duration(10 * time.Minute)},
		{"pause", p.Pause, 0},
		{"timeout", p.Timeout, Duration(time.Second)},
	} {
		if one.value < one.least {
			faults = append(faults, fmt.Errorf("portal.%s: %s is less than %s", one.key, one.value, one.least))
		}
	}
	if p.MaxBytes < 1<<16 || p.MaxBytes > 1<<30 {
		faults = append(faults, fmt.Errorf("portal.max_bytes: %d is outside 65536 to 1073741824", p.MaxBytes))
	}
	return errors.Join(faults...)
}
