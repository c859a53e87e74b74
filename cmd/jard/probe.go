package main

import (
	"context"
	"fmt"
	"time"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/probe"
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
		secrets[s.Name] = probe.Secret{Value: string(s.Value), Hosts: s.Hosts}
	}
	return probe.All(probe.Options{
		Guard: guard, UserAgent: userAgent(c), Secrets: secrets, BrowserURL: string(c.Watch.BrowserURL),
	}), nil
}

// userAgent says who looks and whom to write to, so that an administrator who
// finds us in his log need not guess.
func userAgent(c configs.Config) string {
	return fmt.Sprintf("%s/%s (+%s; %s)", c.Outgoing.UserAgent, version, c.BaseURL, c.Operator.Contact)
}

func probeCommand(ctx context.Context, p program, args []string) error {
	f := flags("probe")
	timeout := f.Duration("timeout", 10*time.Second, "give up after this long")
	settings := p.configure(f)
	words, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(words) != 1 {
		return fmt.Errorf("%w: name one address", errUsage)
	}
	c, err := settings()
	if err != nil {
		return err
	}
	prober, err := newProber(c)
	if err != nil {
		return err
	}
	check := monitor.Check{Name: "http", Kind: monitor.HTTP, Target: words[0], Timeout: *timeout}
	reading := prober.Probe(ctx, check)
	check.Judge(&reading)
	return p.explain(reading)
}

// explain prints a reading in words; one that is not good fails the command,
// so that a script can ask too.
func (p program) explain(r monitor.Reading) error {
	sentences, err := locale.Load()
	if err != nil {
		return err
	}
	lines := probe.Explain(r)
	for _, line := range lines {
		fmt.Fprintln(p.out, sentences.T(p.language(), line.Key, line.Args...))
	}
	if r.Reason != monitor.None {
		return fmt.Errorf("%s", sentences.T(p.language(), lines[0].Key, lines[0].Args...))
	}
	return nil
}
