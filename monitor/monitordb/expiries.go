package monitordb

import (
	"context"
	"slices"
	"time"

	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/monitor"
)

// Expiry is a certificate that active services stand on, and when it ends.
type Expiry struct {
	Mark     string // tells it from others: its hash, or the check it was seen by
	Subject  string
	Issuer   string
	Position int // in the chain; 0 is the server's own
	NotAfter time.Time
	Services []monitor.Service // that show it; without their checks
}

// Expiries are the certificates that end before a moment, the first first.
type Expiries struct {
	List   []Expiry
	Later  int // certificates that end after it
	Unseen int // active services reached by https whose certificate nobody saw
}

// certificate is one sight of a certificate.
type certificate struct {
	CheckID  int64
	Mark     string
	Subject  string
	Issuer   string
	Position int
	NotAfter time.Time
}

// Expiries returns the certificates that active services show and that end
// before a moment: each once, whoever shows it.
func (s *Store) Expiries(ctx context.Context, before time.Time) (*Expiries, error) {
	services, err := s.active(ctx)
	if err != nil {
		return nil, err
	}
	sights, err := s.certificates(ctx)
	if err != nil {
		return nil, err
	}
	found := &Expiries{}
	at, later := map[string]int{}, map[string]bool{}
	for n := range services {
		v := &services[n]
		seen, secured := false, false
		for _, c := range v.Checks {
			secured = secured || overHTTPS(&c)
			for _, one := range sights[c.ID] {
				seen = true
				if !one.NotAfter.Before(before) {
					later[one.Mark] = true
					continue
				}
				i, there := at[one.Mark]
				if !there {
					i, at[one.Mark] = len(found.List), len(found.List)
					found.List = append(found.List, Expiry{
						Mark: one.Mark, Subject: one.Subject, Issuer: one.Issuer, Position: one.Position, NotAfter: one.NotAfter,
					})
				}
				found.List[i].add(v)
			}
		}
		if secured && !seen {
			found.Unseen++
		}
	}
	found.Later = len(later)
	slices.SortStableFunc(found.List, func(a, b Expiry) int { return a.NotAfter.Compare(b.NotAfter) })
	return found, nil
}

// add notes that a service shows the certificate, once.
func (e *Expiry) add(v *monitor.Service) {
	if n := len(e.Services); n > 0 && e.Services[n-1].Slug == v.Slug {
		return
	}
	of := *v
	of.Checks = nil
	e.Services = append(e.Services, of)
}

// overHTTPS tells whether the check should have seen a certificate.
func overHTTPS(c *monitor.Check) bool {
	return c.Kind == monitor.TLS || c.Kind == monitor.HTTP && len(c.Target) > 8 && c.Target[:8] == "https://"
}

// certificates reads what the checks see, by check: the chains, and for what
// has none the day alone.
func (s *Store) certificates(ctx context.Context) (map[int64][]certificate, error) {
	db := s.db.WithContext(ctx)
	var chains []chainRow
	if err := db.Order("check_id, position").Find(&chains).Error; err != nil {
		return nil, database.Explain(err, "read chains")
	}
	sights := map[int64][]certificate{}
	for _, r := range chains {
		sights[r.CheckID] = append(sights[r.CheckID], certificate{r.CheckID, r.SHA256, r.Subject, r.Issuer, r.Position, r.NotAfter.UTC()})
	}
	var currents []monitor.Current
	if err := db.Select("check_id", "service", "not_after").Find(&currents, "not_after IS NOT NULL").Error; err != nil {
		return nil, database.Explain(err, "read states")
	}
	for _, c := range currents {
		if len(sights[c.CheckID]) == 0 {
			sights[c.CheckID] = []certificate{{CheckID: c.CheckID, Mark: "check of " + c.Service + c.NotAfter.UTC().Format(time.RFC3339), NotAfter: c.NotAfter.UTC()}}
		}
	}
	return sights, nil
}
