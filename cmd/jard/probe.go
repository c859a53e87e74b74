package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitorweb"
	"github.com/jard-odi/jard/monitor/probe"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/outgoing"
	"github.com/jard-odi/jard/web/locale"
)

// newProber returns the one prober of the settings.
func newProber(c configs.Config) (probe.Kinds, error) {
	guard, err := outgoing.New(c.Outgoing.AllowNetworks)
	if err != nil {
		return nil, err
	}
	secrets := map[string]probe.Secret{}
	for _, s := range c.Watch.Secrets {
		secrets[s.Name] = probe.Secret{Value: string(s.Value), Hosts: s.Hosts, Services: s.Services}
	}
	return probe.All(probe.Options{
		Guard: guard, UserAgent: userAgent(c), Secrets: secrets, BrowserURL: string(c.Watch.BrowserURL), BrowserGate: c.Watch.BrowserGate,
	}), nil
}

// userAgent says who looks and whom to write to, so that an administrator who
// finds us in his log need not guess.
func userAgent(c configs.Config) string {
	return fmt.Sprintf("%s/%s (+%s; %s)", c.Outgoing.UserAgent, version, c.BaseURL, c.Operator.Contact)
}

// closely has a prober bring home all there is to see.
type closely struct{ prober probe.Prober }

// Probe looks once, closely.
func (p closely) Probe(ctx context.Context, c monitor.Check) monitor.Reading {
	return p.prober.Probe(probe.Closely(ctx), c)
}

// probeFlags are what `jard probe` may be told besides the address.
type probeFlags struct {
	timeout              *time.Duration
	kind, family, speaks *string
	starttls, status     *string
	contains, method     *string
	json                 *bool
	slow                 *int64
	set                  *flag.FlagSet
	settings             func() (configs.Config, error)
}

func newProbeFlags(p program) probeFlags {
	f := flags("probe")
	return probeFlags{
		set:      f,
		timeout:  f.Duration("timeout", 10*time.Second, "checks.help.timeout"),
		kind:     f.String("kind", "http", "checks.help.kind"),
		family:   f.String("family", "", "checks.help.family"),
		speaks:   f.String("language", "", "checks.help.language"),
		method:   f.String("method", "", "checks.help.method"),
		status:   f.String("status", "", "checks.help.status"),
		contains: f.String("contains", "", "checks.help.contains"),
		slow:     f.Int64("slow", 0, "checks.help.slow"),
		starttls: f.String("starttls", "", "checks.help.starttls"),
		json:     f.Bool("json", false, "checks.help.json"),
		settings: p.configure(f),
	}
}

// service is what was asked for as a service with one check, so that the same
// rules judge it.
func (f probeFlags) service(target string) monitor.Service {
	if !strings.Contains(target, "://") && monitor.Kind(*f.kind) == monitor.HTTP {
		target = "https://" + target
	}
	if monitor.Kind(*f.kind) == monitor.TLS && !strings.Contains(target, "://") && !strings.Contains(target, ":") {
		target += ":443"
	}
	c := monitor.Check{Name: "probe", Kind: monitor.Kind(*f.kind), Timeout: *f.timeout, Schedule: "@every 5m"}
	c.Expect = monitor.Expect{SlowMS: *f.slow}
	if *f.status != "" {
		c.Expect.Status = strings.Split(*f.status, ",")
	}
	if *f.contains != "" {
		c.Expect.Contains = []string{*f.contains}
	}
	switch c.Kind {
	case monitor.HTTP:
		c.Settings.Web = &monitor.WebSettings{Family: *f.family, Language: lang.Tag(*f.speaks), Method: strings.ToUpper(*f.method)}
		if c.Settings.Web.Method != "HEAD" { // which brings no page
			c.Expect.SoftError = monitor.SoftDegraded
		}
	case monitor.TLS:
		c.Settings.TLS = &monitor.TLSSettings{Family: *f.family, Start: *f.starttls}
	}
	return monitor.Service{URL: target, Checks: []monitor.Check{c}}
}

func probeCommand(ctx context.Context, p program, args []string) error {
	f := newProbeFlags(p)
	words, err := parse(f.set, args)
	if errors.Is(err, flag.ErrHelp) {
		return p.probeHelp(f.set)
	}
	if err != nil {
		return err
	}
	if len(words) != 1 {
		return fmt.Errorf("%w: name one address", errUsage)
	}
	c, err := f.settings()
	if err != nil {
		return err
	}
	prober, err := newProber(c)
	if err != nil {
		return err
	}
	check, err := monitor.Try(identity.System("probe"), f.service(words[0]), 0, schedule.Period)
	if err != nil {
		return p.words(err)
	}
	reading := closely{prober}.Probe(ctx, *check)
	points := check.Review(&reading)
	if *f.json {
		return p.explainJSON(check.Target, &reading, points)
	}
	return p.explain(check.Target, reading, points)
}

// probeHelp says what may be asked, in the caller's language.
func (p program) probeHelp(f *flag.FlagSet) error {
	sentences, err := locale.Load()
	if err != nil {
		return err
	}
	say := func(key string, args ...any) string { return sentences.T(p.language(), key, args...) }
	fmt.Fprintf(p.out, "%s\n\n  jard probe URL [--flag]\n\n", say("checks.help.does"))
	f.VisitAll(func(one *flag.Flag) {
		does := say(one.Usage)
		if one.Name == "config" {
			does = say("checks.help.config")
		}
		fmt.Fprintf(p.out, "  --%-10s %s\n", one.Name, does)
	})
	fmt.Fprintf(p.out, "\n%s\n", say("checks.help.exit"))
	return nil
}

// explainJSON prints a reading for programs.
func (p program) explainJSON(target string, r *monitor.Reading, points []monitor.Point) error {
	out := json.NewEncoder(p.out)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	if err := out.Encode(struct {
		Target string `json:"target"`
		monitorweb.TrialOut
	}{target, monitorweb.TrialShape(r, points)}); err != nil {
		return err
	}
	return notGood(r.Reason.String(), r)
}

// notGood fails the command when a reading is not good, so that a script can ask too.
func notGood(words string, r *monitor.Reading) error {
	if r.Reason == monitor.None {
		return nil
	}
	return errors.New(words)
}

// explain prints a reading in words.
func (p program) explain(target string, r monitor.Reading, points []monitor.Point) error {
	sentences, err := locale.Load()
	if err != nil {
		return err
	}
	say := func(key string, args ...any) string { return sentences.T(p.language(), key, args...) }
	fmt.Fprintln(p.out, target)
	lines := probe.Explain(r)
	for _, line := range lines {
		text := say(line.Key, line.Args...)
		if line.Share > 0 {
			text = padded(text, 40) + " " + strings.Repeat("█", max(1, int(math.Round(line.Share*barWidth))))
		}
		fmt.Fprintln(p.out, text)
	}
	for _, point := range points {
		fmt.Fprintln(p.out, pointLine(say("checks.point."+point.About), &point))
	}
	if r.Reason == monitor.None {
		return nil
	}
	return notGood(say("monitor.explain.reason."+r.Reason.String()), &r)
}

// pointLine says what was looked at, what was wanted, and what came where it differs.
func pointLine(about string, point *monitor.Point) string {
	line := "✓ " + about
	if !point.OK {
		line = "✗ " + about
	}
	if point.Want != "" {
		line += " " + point.Want
	}
	if point.Got != "" {
		line += " → " + point.Got
	}
	return line
}

// barWidth is how long the bar of a phase is that took all the time.
const barWidth = 30

// padded fills text with space up to a width; letters of Arabic count like others.
func padded(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}
