package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/monitordb"
	"github.com/jard-odi/jard/monitor/probe"
	"github.com/jard-odi/jard/monitor/roster"
	"github.com/jard-odi/jard/monitor/rosterwatch"
	"github.com/jard-odi/jard/monitor/rosterweb"
	"github.com/jard-odi/jard/monitor/schedule"
	"github.com/jard-odi/jard/monitor/watch"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// roster wires the services that files declare, and the pages about them.
func (h *house) roster(c configs.Config, s stores, shell *web.Shell, prober watch.Prober, changed func(), log *slog.Logger) *rosterweb.Pages {
	files := rosterwatch.New(rosterwatch.Options{
		Path: c.Watch.Services, Store: s.watched, Institutions: s.people.Institutions, Period: schedule.Period, Changed: changed, Log: log,
		Signal: hangup(c.Watch.Services != ""), Now: time.Now,
	})
	h.background = append(h.background, files.Run)
	pages := rosterweb.New(shell, rosterweb.Options{
		Store: s.watched, Files: files, Institutions: s.people.Institutions, Period: schedule.Period, Changed: changed, Look: lookWith(prober),
	})
	pages.Routes()
	return pages
}

// hangup passes on SIGHUP, by which an operator asks for the files to be read
// now. Without files the signal keeps its usual meaning.
func hangup(wanted bool) <-chan os.Signal {
	if !wanted {
		return nil
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGHUP)
	return asked
}

// lookWith looks at a check once and tells what it saw; nothing is stored.
func lookWith(prober watch.Prober) func(context.Context, monitor.Check) ([]rosterweb.Sentence, bool) {
	return func(ctx context.Context, check monitor.Check) ([]rosterweb.Sentence, bool) {
		if check.Timeout <= 0 {
			check.Timeout = monitor.DefaultTimeout
		}
		r := prober.Probe(ctx, check)
		check.Judge(&r)
		var lines []rosterweb.Sentence
		for _, line := range probe.Explain(r) {
			lines = append(lines, rosterweb.Sentence{Key: line.Key, Args: line.Args})
		}
		return lines, r.Verdict.Answers()
	}
}

// servicesCommand compares and applies files that declare services.
func servicesCommand(ctx context.Context, p program, args []string) error {
	f := flags("services")
	institution := f.String("institution", "", "export: only the services of this institution")
	return p.withDatabase(ctx, f, args, func(db *gorm.DB, c configs.Config, words []string) error {
		path := c.Watch.Services
		if len(words) == 2 && words[0] != "export" {
			path = words[1]
		}
		switch {
		case len(words) == 1 && words[0] == "export":
			return p.exportServices(ctx, db, *institution)
		case len(words) == 0 || len(words) > 2 || words[0] != "plan" && words[0] != "apply":
			return fmt.Errorf("%w: say export, plan or apply", errUsage)
		case path == "":
			return fmt.Errorf("%w: name a file or a folder, or set watch.services", errUsage)
		case *institution != "":
			return fmt.Errorf("%w: --institution is for export", errUsage)
		}
		return p.applyServices(ctx, db, path, words[0] == "apply")
	})
}

// exportServices writes the services as a file declares them.
func (p program) exportServices(ctx context.Context, db *gorm.DB, institution string) error {
	all, err := monitordb.New(db, nil).Everything(ctx)
	if err != nil {
		return err
	}
	var wanted []monitor.Service
	for n := range all {
		if institution == "" || all[n].Institution == institution {
			wanted = append(wanted, all[n])
		}
	}
	text, err := roster.Write(wanted)
	if err != nil {
		return err
	}
	_, err = p.out.Write(text)
	return err
}

// applyServices says what the files at path would change, and changes it when asked to.
func (p program) applyServices(ctx context.Context, db *gorm.DB, path string, apply bool) error {
	files, err := rosterwatch.Load(path)
	if err != nil {
		return err
	}
	r, problems := roster.Read(files, schedule.Period)
	if len(problems) > 0 {
		return p.rosterProblems(problems)
	}
	store := monitordb.New(db, nil)
	stored, err := store.Everything(ctx)
	if err != nil {
		return err
	}
	tree, err := identitydb.New(db, nil).Institutions(ctx)
	if err != nil {
		return err
	}
	plan, problems := roster.Compare(r, stored, func(slug string) bool { _, ok := tree[slug]; return ok })
	if len(problems) > 0 {
		return p.rosterProblems(problems)
	}
	p.printPlan(&plan)
	if !apply {
		return nil
	}
	create, change := plan.Split()
	return p.words(store.Declare(ctx, identity.System("jard services apply"), create, change, schedule.Period))
}

// printPlan prints one line a service that is not as its file says, its
// differences under it, and the counts last.
func (p program) printPlan(plan *roster.Plan) {
	for _, i := range plan.Drift() {
		place := ""
		if i.Declared != nil {
			place = " " + roster.Problem{File: i.Declared.File, Line: i.Declared.Line}.Place()
		}
		fmt.Fprintf(p.out, "%-6s %s%s\n", i.Standing, i.Slug, place)
		if i.Stored == nil {
			continue
		}
		for _, d := range i.Differences {
			fmt.Fprintf(p.out, "       %s: %q -> %q\n", d.Field, d.Stored, d.Declared)
		}
	}
	fmt.Fprintf(p.out, "create=%d change=%d same=%d taken=%d gone=%d page=%d\n", plan.Count(roster.Create), plan.Count(roster.Change),
		plan.Count(roster.Same), plan.Count(roster.Taken), plan.Count(roster.Gone), plan.PageOnly)
}

// rosterProblems is what is wrong in files, one line each, in the caller's language.
func (p program) rosterProblems(problems []roster.Problem) error {
	sentences, err := locale.Load()
	if err != nil {
		return err
	}
	tag := p.language()
	return roster.Told(problems, func(key string, args ...any) string { return sentences.T(tag, key, args...) })
}
