package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/dashboard"
	"github.com/jard-odi/jard/database"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory/catalogue"
	"github.com/jard-odi/jard/inventory/cataloguedb"
	"github.com/jard-odi/jard/inventory/catalogueweb"
	"github.com/jard-odi/jard/inventory/indicatordb"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/inventoryweb"
	"github.com/jard-odi/jard/inventory/portalweb"
	"github.com/jard-odi/jard/inventory/sheet"
	"github.com/jard-odi/jard/inventory/twinweb"
	"github.com/jard-odi/jard/mail/maildb"
	"github.com/jard-odi/jard/metrics"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/monitorweb"
	"github.com/jard-odi/jard/monitor/probe"
	"github.com/jard-odi/jard/monitor/vantageweb"
	"github.com/jard-odi/jard/monitor/watch"
	"github.com/jard-odi/jard/notice/noticedb"
	"github.com/jard-odi/jard/web"
)

// house is everything that runs, wired.
type house struct {
	handler    http.Handler
	lane       func(context.Context, net.Listener, web.Patience) *web.Lane
	routes     []string                // every address the handler answers
	background []func(context.Context) // run until their context ends
	jobs       []job
	stopping   atomic.Bool
	company    company
	news       news // what is forgotten when another process changed it
}

// stores are the rooms that keep things.
type stores struct {
	people   *identitydb.Store
	register *inventorydb.Store
	watched  *monitordb.Store
	outbox   *maildb.Store
	figures  *indicatordb.Store
	notices  *noticedb.Store
}

// openStores opens them on db.
func openStores(db *gorm.DB, c configs.Config) stores {
	return stores{
		people:   identitydb.New(db, nil),
		register: inventorydb.New(db, nil),
		watched:  monitordb.New(db, nil).In(c.Location()),
		outbox:   maildb.New(db, nil), figures: indicatordb.New(db, nil), notices: noticedb.New(db, nil),
	}
}

// build wires the house in need-order. It starts nothing.
func build(c configs.Config, log *slog.Logger, db *gorm.DB) (*house, error) {
	h := &house{}
	keep, err := openHouse(db, c)
	if err != nil {
		return nil, err
	}
	prober, err := newProber(c)
	if err != nil {
		return nil, err
	}
	var feed *catalogueweb.Pages // made below: it needs the shell, which needs the metrics, which count harvests
	var rounds *watch.Watch
	writer, letGo, open, err := keep.judging(c, log)
	if err != nil {
		return nil, err
	}
	others, own := share(db, keep.watched, writer, c, log)
	pulse := keep.quietly(func() monitor.Pulse { return others.council.Pulse(rounds.Pulse()) }, log)
	seen := metrics.New(keep.numbers(c, log, own, pulse, func() *catalogueweb.Pages { return feed }))
	rounds = watch.New(own.rounds(roundsOf(c, keep, others, prober, seen, open, log)))
	shell, err := newShell(c, seen, web.Options{
		Log: log, BaseURL: c.BaseURL, Operator: c.Operator.Name, Authenticate: scraper{keep.people, string(c.Metrics.Token)}, Version: version,
		Source:  c.Source,
		MaxBody: c.Limits.BodyBytes, TrustedProxies: c.Proxies, Ready: h.ready(db), Home: keep.home, Taken: tellTaken(db, time.Now), Processes: h.company.Size, Leaving: h.stopping.Load,
	})
	if err != nil {
		return nil, err
	}
	feed = keep.feed(c, db, shell, log)
	there, err := h.portal(db, keep, c, shell, feed, seen, log)
	if err != nil {
		return nil, err
	}
	rules, err := h.signIn(c, keep, shell, seen, log)
	err = errors.Join(err, h.registerPages(c, db, keep, shell, feed, seen, log, there, own.leads))
	if err != nil {
		return nil, err
	}
	keep.scrapes(c, shell, seen, prober)
	services := h.servicePages(c, keep, shell, h.vantages(others, keep, c, shell, seen), prober, rounds.Changed, open, log)
	h.survey(db, keep, c, shell, seen, log)
	kept, err := h.backups(c, db, seen, log)
	if err != nil {
		return nil, err
	}
	own.show(shell, seen, backupsStand(c, kept), rules.stand)
	h.handler, h.lane = shell.Handler(), shell.Lane
	h.work(c, db, keep, feed, rounds, letGo, log)
	countDatabase(db, seen)
	err = errors.Join(h.tell(db, keep, c, log, shell), h.alerts(db, keep, c, log, shell, seen), h.domains(db, keep.people, c, services, shell, seen, own.leads, log),
		h.why(c, db, keep, shell, log), h.assess(c, db, keep, shell, seen, prober, log), h.audit(c, db, keep, shell, seen, log))
	h.routes = shell.Routes()
	return h, err
}

// work adds what goes on beside the answers: the rounds, what keeps the feeds
// fresh, and the news of other processes.
func (h *house) work(c configs.Config, db *gorm.DB, keep stores, feed *catalogueweb.Pages, rounds *watch.Watch, letGo func() error, log *slog.Logger) {
	wake, nudge := nudged()
	h.news.on(database.NewsOfRegister, nudge)
	h.news.on(database.NewsOfServices, rounds.Changed)
	h.background = append(h.background, fresh(feed.Refresh, wake), fresh(keep.register.KeepSearch, nil), h.news.listen(db, log), h.company.keep(db, log))
	if c.Watch.Enabled {
		h.background = append(h.background, watching(rounds, letGo, log))
	}
	h.background = append(h.background, keep.background(log)...)
	h.jobs = append(append(h.jobs, keep.jobs()...), job{"forget old editions of the catalogue", "*/10 * * * *", feed.Sweep})
}

// servicePages adds the pages of services and of their incidents.
func (h *house) servicePages(c configs.Config, keep stores, shell *web.Shell, places *vantageweb.Pages, prober probe.Kinds, changed func(),
	open func() monitor.Calendar, log *slog.Logger,
) *monitorweb.Pages {
	declared := h.roster(c, keep, shell, prober, changed, log)
	pages := monitorweb.New(shell, keep.watched, keep.people, time.Now, changed).
		With(declared.Panel).Beside(places.Places).By(open).Trying(closely{prober}).Writing(sheet.WriteRows)
	h.incidents(keep.watched, keep.people, shell)
	return pages
}

// feed adds the catalogue that portals harvest.
func (s stores) feed(c configs.Config, db *gorm.DB, shell *web.Shell, log *slog.Logger) *catalogueweb.Pages {
	feed := catalogueweb.New(shell, catalogueweb.Source{
		Register: s.register, Institutions: s.people, Snapshots: cataloguedb.New(db, nil), History: s.register,
	}, catalogueSettings(c), time.Now, log)
	feed.Measured(s.register)
	feed.Routes()
	return feed
}

// roundsOf are the rounds of the services: what is seen is weighed with what others see, and kept.
func roundsOf(
	c configs.Config, keep stores, others elsewhere, prober watch.Prober, seen *metrics.Metrics, open func() monitor.Calendar, log *slog.Logger,
) watch.Options {
	return watch.Options{
		Store: keep.watched, Source: others.council, Keeper: others.council, Prober: prober, Log: log, Zone: c.Location(),
		InFlight: c.Watch.Workers, References: c.Watch.ReferenceHosts, Keep: time.Duration(c.Watch.KeepReadings),
		Rechecks: rechecks(c), Observe: observe(seen),
		Calendar: open, HostPause: time.Duration(c.Watch.HostPause), Own: &watch.OwnLink{},
	}
}

// registerPages adds the desks, the register's pages, and what other rooms show on them.
func (h *house) registerPages(
	c configs.Config, db *gorm.DB, keep stores, shell *web.Shell, feed *catalogueweb.Pages, seen *metrics.Metrics, log *slog.Logger,
	there *portalweb.Pages, leads func() bool,
) error {
	desks := dashboard.New(shell, keep.register, keep.watched, keep.figures, keep.people, time.Now)
	asked, voices, err := h.requests(db, keep, shell, desks, seen, log)
	if err != nil {
		return err
	}
	mandates := keep.mandates(shell, db)
	seen.WatchOfficers(officersWithin(db))
	desks.With(callsOf(mandates)).Routes()
	twins := twinweb.New(shell, keep.register, keep.people)
	twins.Routes()
	look, err := h.files(keep, c, leads, log)
	if err != nil {
		return err
	}
	inventoryweb.New(shell, keep.register, keep.people, inventoryweb.Beside{
		Services: keep.servicesOf, SchemaOrg: feed.SchemaOrg, Voices: asked.Voices, Reminders: keep.reminders,
		Card: mandates.Card, Panel: mandates.Panel, Charge: mandates.Charge, Check: look.check, Samples: look.samples,
		There: there.Line,
		Twins: twins.Panel, Portal: feed.Preview,
		Requests: func(ctx context.Context, refs []string) (map[string]int, error) { return voices.Demands(ctx, refs...) },
	}, time.Now).Routes()
	mandates.Routes()
	return nil
}

// watching makes the rounds of the services until its context ends, and then
// lets go of where it kept what could not be stored.
func watching(rounds *watch.Watch, letGo func() error, log *slog.Logger) func(context.Context) {
	return func(ctx context.Context) {
		if err := errors.Join(rounds.Run(ctx), letGo()); err != nil {
			log.Error("the last readings could not be stored", "room", "watch", "error", err)
		}
	}
}

// background is what runs beside the pages from the start: what may have been
// left undone while nobody was running, or before this version.
func (s stores) background(log *slog.Logger) []func(context.Context) {
	once := func(what string, work func(context.Context) error) func(context.Context) {
		return func(ctx context.Context) {
			if err := work(ctx); err != nil && ctx.Err() == nil {
				log.Error("work at the start was left undone", "room", "jobs", "job", what, "error", err)
			}
		}
	}
	return []func(context.Context){
		once("roll the ledger forward", s.rollForward),              // nobody may have been running at midnight
		once("find datasets that look alike", s.register.KeepTwins), // nobody who imports should wait for it
		once("look descriptions through for persons", s.screen),
	}
}

// jobs are what happens by the clock.
func (s stores) jobs() []job {
	return []job{
		{"roll the ledger forward", "7 0 * * *", s.rollForward},
		{"forget old files", "37 3 * * *", s.register.ForgetFiles},
		{"fold the figures", "*/10 * * * *", s.figures.Fold},
	}
}

func (s stores) rollForward(ctx context.Context) error {
	_, err := s.register.RollForward(ctx)
	return err
}

func (s stores) screen(ctx context.Context) error {
	_, err := s.register.ScreenAll(ctx)
	return err
}

// freshEvery is how soon a change to the register is in the catalogue although
// nobody asks: a harvester should not be the one who waits for it to be written.
const freshEvery = time.Second

// fresh is keepFresh as work in the background.
func fresh(refresh func(context.Context) error, wake <-chan struct{}) func(context.Context) {
	return func(ctx context.Context) { keepFresh(ctx, refresh, wake) }
}

// keepFresh calls refresh until ctx ends, and at once when woken. What goes wrong is logged by the room
// itself and tried again a moment later.
func keepFresh(ctx context.Context, refresh func(context.Context) error, wake <-chan struct{}) {
	tick := time.NewTicker(freshEvery)
	defer tick.Stop()
	for {
		_ = refresh(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-wake:
		}
	}
}

func catalogueSettings(c configs.Config) catalogue.Settings {
	s := catalogue.Settings{
		BaseURL: c.BaseURL, Title: c.Catalogue.Title, Description: c.Catalogue.Description,
		Publisher: c.Operator.Name, PublisherURL: c.BaseURL, Contact: c.Operator.Contact,
		EmptyAllowed: c.Catalogue.AllowEmpty, Tombstones: catalogue.Tombstones(c.Catalogue.Tombstones), Licence: c.Catalogue.Licence,
		Hold: time.Duration(c.Catalogue.Hold), HoldBytes: c.Catalogue.HoldMB << 20, CacheBytes: c.Catalogue.CacheMB << 20,
		TombstonesFor: time.Duration(c.Catalogue.TombstonesFor),
	}
	if s.TombstonesFor == 0 {
		s.TombstonesFor = -1 // asked for: never
	}
	if c.Catalogue.Legislation != "" {
		s.Legislation = []string{c.Catalogue.Legislation}
	}
	return s
}
