package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/configs/dictionary"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/assess"
	"github.com/jard-odi/jard/monitor/examine"
	"github.com/jard-odi/jard/monitor/examinedb"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/probe"
	"github.com/jard-odi/jard/outgoing"
	"github.com/jard-odi/jard/web/locale"
)

// Rounds of the examiner.
const (
	examineWorkers = 8
	examineWait    = 8 * time.Second // that somebody who asks for a look waits for it
	allServices    = 100_000
)

// newExaminer returns the one examiner of the settings.
func newExaminer(c configs.Config, prober probe.Kinds) (*examine.Examiner, error) {
	guard, err := outgoing.New(c.Outgoing.AllowNetworks)
	if err != nil {
		return nil, err
	}
	words, price, err := examine.ReadDictionary(dictionary.Files)
	if err != nil {
		return nil, err
	}
	o := examine.Options{Guard: guard, UserAgent: userAgent(c), Own: c.BaseURL, Words: words, Price: price, Now: time.Now}
	if c.Watch.BrowserURL != "" {
		o.Browser = prober.OnPhone
	}
	return examine.New(o), nil
}

// examine wires the nightly looks at the pages of services, and those that
// somebody asks for; what they bring goes where the assessment keeps facts.
func (h *house) examine(
	db *gorm.DB, a *assessment, watched *monitordb.Store, c configs.Config, prober probe.Kinds, log *slog.Logger,
) (*examine.Rounds, error) {
	looker, err := newExaminer(c, prober)
	if err != nil {
		return nil, err
	}
	rounds := examine.NewRounds(examine.RoundsOptions{
		Store: examinedb.New(db, nil), Looker: looker, Put: a.store.Put, Zone: c.Location(), Now: time.Now,
		Subjects: subjectsOf(watched), Workers: examineWorkers, Wait: examineWait, After: a.again, Log: log,
	})
	h.background = append(h.background, rounds.Run)
	if c.Watch.Enabled {
		h.jobs = append(h.jobs, job{"examine services", "*/10 * * * *", rounds.Round})
	}
	return rounds, nil
}

// subjectsOf are the services that anybody may see and that have an address.
func subjectsOf(watched *monitordb.Store) func(context.Context) ([]examine.Subject, error) {
	return func(ctx context.Context) ([]examine.Subject, error) {
		list, err := watched.Names(ctx, identity.System("examine"), monitordb.Filter{State: monitor.Active, Limit: allServices})
		if err != nil {
			return nil, err
		}
		subjects := make([]examine.Subject, 0, len(list))
		for _, s := range list {
			if s.URL != "" {
				subjects = append(subjects, examine.Subject{Service: s.Slug, Institution: s.Institution, URL: s.URL})
			}
		}
		return subjects, nil
	}
}

func examineCommand(ctx context.Context, p program, args []string) error {
	f := flags("examine")
	settings := p.configure(f)
	asJSON := f.Bool("json", false, "print facts for programs")
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
	looker, err := newExaminer(c, prober)
	if err != nil {
		return err
	}
	target := words[0]
	if !strings.Contains(target, "://") {
		target = "https://" + target
	}
	result := looker.Look(ctx, examine.Subject{URL: target})
	if err := ctx.Err(); err != nil {
		return err
	}
	if *asJSON {
		out := json.NewEncoder(p.out)
		out.SetIndent("", "  ")
		out.SetEscapeHTML(false)
		return out.Encode(factsOut(result))
	}
	return p.tellFacts(target, result)
}

// factOut is a fact for programs.
type factOut struct {
	Measure  assess.Measure    `json:"measure"`
	Unit     assess.Unit       `json:"unit"`
	Value    *float64          `json:"value,omitempty"`
	Word     string            `json:"word,omitempty"`
	Low      *float64          `json:"low,omitempty"`
	High     *float64          `json:"high,omitempty"`
	N        int64             `json:"n,omitempty"`
	Unknown  string            `json:"unknown,omitempty"`
	Evidence []assess.Evidence `json:"evidence,omitempty"`
}

func factsOut(r examine.Result) []factOut {
	list := make([]factOut, 0, len(r.Facts))
	for _, f := range r.Facts {
		unit, _ := f.Measure.Unit()
		one := factOut{f.Measure, unit, nil, f.Word, f.Low, f.High, f.N, f.Unknown, f.Evidence}
		if f.Unknown == "" && unit != assess.Word {
			one.Value = &f.Value
		}
		list = append(list, one)
	}
	return list
}

// tellFacts prints what was found in plain words.
func (p program) tellFacts(target string, r examine.Result) error {
	sentences, err := locale.Load()
	if err != nil {
		return err
	}
	tag := p.language()
	fmt.Fprintln(p.out, target)
	for _, f := range r.Facts {
		fmt.Fprintf(p.out, "\n%s %s\n", padded(sentences.T(tag, "examine.measure."+string(f.Measure)), 50), valueOf(sentences, tag, f))
		for _, e := range f.Evidence {
			line := []string{sentences.T(tag, e.What, e.Args...)}
			for _, more := range []string{e.URL, e.Text} {
				if more != "" {
					line = append(line, more)
				}
			}
			fmt.Fprintln(p.out, "    "+strings.Join(line, " · "))
		}
	}
	fmt.Fprintf(p.out, "\n%s\n", sentences.T(tag, "examine.footer", r.Requests))
	return nil
}

// valueOf writes the value of a fact in its unit.
func valueOf(sentences *locale.Catalogue, tag lang.Tag, f assess.Fact) string {
	if f.Unknown != "" {
		return sentences.T(tag, "examine.value.unknown", sentences.T(tag, f.Unknown))
	}
	unit, _ := f.Measure.Unit()
	switch unit {
	case assess.Word:
		return sentences.T(tag, "examine.word."+f.Word)
	case assess.Bytes:
		return sentences.Bytes(tag, int64(f.Value))
	case assess.Days:
		return sentences.T(tag, "examine.value.days", int64(f.Value))
	case assess.Money:
		return sentences.T(tag, "examine.value.money", locale.Decimal(tag, f.Value, 4))
	case assess.Seconds:
		return sentences.T(tag, "examine.value.seconds", locale.Decimal(tag, f.Value, 1))
	case assess.Ratio:
		if f.Measure == assess.LayoutShift {
			return locale.Decimal(tag, f.Value, 3)
		}
		return locale.Percent(tag, f.Value, 1)
	}
	return locale.Number(tag, f.Value)
}
