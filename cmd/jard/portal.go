package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"text/tabwriter"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/catalogueweb"
	"github.com/jard-odi/jard/inventory/harvest"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/portal"
	"github.com/jard-odi/jard/inventory/portaldb"
	"github.com/jard-odi/jard/inventory/portalwatch"
	"github.com/jard-odi/jard/inventory/portalweb"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/notice"
	"github.com/jard-odi/jard/outgoing"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// consumersOf are the readers that the settings name.
func consumersOf(c configs.Config) harvest.Consumers {
	out := make(harvest.Consumers, 0, len(c.Catalogue.Consumers))
	for _, one := range c.Catalogue.Consumers {
		network, _ := netip.ParsePrefix(one.Network) // the settings were checked; empty is anywhere
		out = append(out, harvest.Consumer{Name: one.Name, Agent: one.Agent, Network: network})
	}
	return out
}

// portal adds who reads the catalogue and what the national portal made of it.
func (h *house) portal(
	db *gorm.DB, keep stores, c configs.Config, shell *web.Shell, feed *catalogueweb.Pages, seen *metrics.Metrics, log *slog.Logger,
) (*portalweb.Pages, error) {
	store := portaldb.New(db, nil)
	feed.With(consumersOf(c), store)
	h.background = append(h.background, feed.KeepReceipts)
	h.jobs = append(h.jobs, job{"forget old receipts", "47 3 * * *", func(ctx context.Context) error {
		return store.Tidy(ctx, time.Duration(c.Catalogue.ReceiptsFor))
	}})
	var rounds *portalwatch.Rounds
	if c.Portal.URL != "" {
		var err error
		if rounds, err = portalRounds(c, store, keep.register, feed.Package, log); err != nil {
			return nil, err
		}
		h.jobs = append(h.jobs, job{"read the national portal", "*/10 * * * *", rounds.Look})
	}
	seen.Registry().MustRegister(portalNumbers(store, feed.State, rounds))
	options := portalweb.Options{
		Store: store, Institutions: keep.people, Vocabulary: keep.register.Vocabulary, Current: feed.State, URL: c.Portal.URL,
		Within: time.Duration(c.Portal.ExpectWithin), Every: time.Duration(c.Portal.Every), Now: time.Now,
	}
	if rounds != nil {
		options.Ask, options.Busy = rounds.Ask, rounds.Busy
		h.background = append(h.background, rounds.Run)
	}
	pages := portalweb.New(shell, options)
	pages.Routes()
	return pages, nil
}

// offered reads a dataset as harvesters are given it.
type offered struct {
	*portaldb.Store
	pack func(ctx context.Context, id string) ([]byte, bool, error)
}

// Package returns a dataset as harvesters are given it.
func (o offered) Package(ctx context.Context, id string) (portal.Package, bool, error) {
	b, ok, err := o.pack(ctx, id)
	if err != nil || !ok {
		return portal.Package{}, false, err
	}
	p, err := portal.ReadPackage(b)
	return p, err == nil, err
}

// portalRounds are the reads of the portal of the settings.
func portalRounds(
	c configs.Config, store *portaldb.Store, register *inventorydb.Store,
	pack func(ctx context.Context, id string) ([]byte, bool, error), log *slog.Logger,
) (*portalwatch.Rounds, error) {
	guard, err := outgoing.New(c.Outgoing.AllowNetworks)
	if err != nil {
		return nil, err
	}
	return portalwatch.New(portalwatch.Options{
		Store: store, Register: offered{store, pack}, HTTP: guard.Client(time.Duration(c.Portal.Timeout)), URL: c.Portal.URL,
		Agent: userAgent(c), Every: time.Duration(c.Portal.Every), Pause: time.Duration(c.Portal.Pause),
		MaxBytes: c.Portal.MaxBytes, Now: time.Now, Log: log.With("room", "portal"),
		Rules: func(ctx context.Context) (portal.Rules, error) {
			v, err := register.Vocabulary(ctx)
			if err != nil {
				return portal.Rules{}, err
			}
			return portal.Rules{BaseURL: c.BaseURL, Within: time.Duration(c.Portal.ExpectWithin), Terms: portal.TermsOf(v)}, nil
		},
	}), nil
}

// portalNumbers are consumers and findings for the metrics.
func portalNumbers(store *portaldb.Store, current func() harvest.Snapshot, rounds *portalwatch.Rounds) *metrics.Portal {
	numbers := &metrics.Portal{Consumers: func() ([]metrics.Consumer, error) {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
		defer cancel()
		all, err := store.Standings(ctx)
		out := make([]metrics.Consumer, 0, len(all))
		for _, s := range all {
			one := metrics.Consumer{Name: s.Consumer, Behind: s.Behind(current())}
			if lag, known := s.Lag(current(), time.Now()); known {
				one.Lag, one.Complete = lag, *s.CompleteAt
			}
			out = append(out, one)
		}
		return out, err
	}}
	if rounds == nil {
		return numbers
	}
	numbers.Failures = rounds.Failures
	numbers.Findings = func() (map[string]int, error) {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
		defer cancel()
		counts, err := store.Counts(ctx, identity.System("metrics"))
		out := map[string]int{}
		for _, kind := range portal.Kinds() {
			out[string(kind)] = counts.Of[kind]
		}
		return out, err
	}
	numbers.LastRead = func() (time.Time, error) {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
		defer cancel()
		last, _, err := store.LastWhole(ctx)
		return last.EndedAt, err
	}
	return numbers
}

// portalLines tells the digests what differs on the portal: one line a kind,
// new when something of that kind is.
func (s stores) portalLines(db *gorm.DB, words *locale.Catalogue) func(context.Context, identity.Actor) ([]notice.Line, error) {
	store := portaldb.New(db, s.notices.Now)
	return func(ctx context.Context, by identity.Actor) ([]notice.Line, error) {
		if !by.May(identity.KeepPortal, "") {
			return nil, nil
		}
		counts, err := store.Counts(ctx, by)
		if err != nil {
			return nil, err
		}
		var lines []notice.Line
		for _, kind := range portal.Kinds() {
			if counts.Of[kind] == 0 {
				continue
			}
			at, err := store.Latest(ctx, by, kind)
			if err != nil {
				return nil, err
			}
			title := lang.Text{}
			for _, tag := range lang.All() {
				title[string(tag)] = words.T(tag, "portal.kind."+string(kind))
			}
			lines = append(lines, notice.Line{Ref: string(kind), Title: title, Last: at, Count: counts.Of[kind], Path: "/desk/portal?kind=" + string(kind)})
		}
		return lines, nil
	}
}

// portalCommand reads the national portal once and prints what is wrong there.
func portalCommand(ctx context.Context, p program, args []string) error {
	if len(args) == 0 || args[0] != "check" {
		return fmt.Errorf("%w: jard portal check", errUsage)
	}
	return p.withDatabase(ctx, flags("portal check"), args[1:], func(db *gorm.DB, c configs.Config, words []string) error {
		if len(words) > 0 {
			return fmt.Errorf("%w: check takes no words", errUsage)
		}
		if c.Portal.URL == "" {
			return fmt.Errorf("portal.url: write the address of the portal there first")
		}
		register, store := inventorydb.New(db, nil), portaldb.New(db, nil)
		snapshot, err := snapshotNow(ctx, db, c)
		if err != nil {
			return err
		}
		rounds, err := portalRounds(c, store, register, func(_ context.Context, id string) ([]byte, bool, error) {
			b, ok := snapshot.Package(id)
			return b, ok, nil
		}, logger(p.err, c.Log))
		if err != nil {
			return err
		}
		reading, out, err := rounds.Read(ctx)
		if err != nil {
			return err
		}
		return p.tellPortal(reading, out)
	})
}

// tellPortal prints a read of the portal, one finding a line.
func (p program) tellPortal(r portal.Reading, out portal.Outcome) error {
	t := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, o := range out.Observations {
		ours, _ := json.Marshal(o.Ours)     // strings always encode
		theirs, _ := json.Marshal(o.Theirs) // and show no control characters
		name := o.Ref
		if name == "" {
			name = o.PortalName
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", o.Kind, name, o.Field, ours, theirs)
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("print findings: %w", err)
	}
	fmt.Fprintf(p.out, "packages=%d offered=%d there=%d findings=%d whole=%t\n", r.Packages, r.Offered, r.Matched, len(out.Observations), r.Whole)
	switch {
	case !r.Whole:
		return fmt.Errorf("the portal was not read to its end: %s (%s)", r.Failure, r.Detail)
	case len(out.Observations) > 0:
		return fmt.Errorf("%d findings", len(out.Observations))
	}
	return nil
}

// snapshotNow is the catalogue as it stands, for a command.
func snapshotNow(ctx context.Context, db *gorm.DB, c configs.Config) (*catalogue.Snapshot, error) {
	settings := catalogueSettings(c)
	settings.EmptyAllowed = true // a person reads this, not a harvester that deletes
	r, err := readRegister(ctx, db, "")
	if err != nil {
		return nil, err
	}
	return catalogue.Build(settings, r, nil, time.Now())
}
