// Command jard is the whole product in one program: the register, the
// catalogue, the watch, and the commands that administer them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	_ "time/tzdata" // a container without zone files must still know Tunis

	"github.com/jard-odi/jard/configs"
)

// version is set by the linker.
var version = "development"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], program{in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv, environ: os.Environ()}))
}

// program is what a command may touch of the world, so that a test can be the world.
type program struct {
	in     io.Reader
	out    io.Writer
	err    io.Writer
	getenv func(string) string

	environ []string // all of it, to find what is misspelt
}

// command is one of `jard COMMAND`.
type command struct {
	name  string
	usage string // what follows the name
	does  string
	run   func(ctx context.Context, p program, args []string) error
}

func commands() []command {
	return []command{
		{"serve", "[--config FILE]", "web, API, catalogue, watch and timed jobs in one process", serveCommand},
		{"demo", "[--listen ADDRESS]", "serve on a throw-away database full of examples", demoCommand},
		{"migrate", "[--status] [--plan]", "bring the database up to date; --plan says what that would change", migrateCommand},
		{"check", "[--config FILE] [--ready]", "print every fault of the configuration; --ready asks the running program", checkCommand},
		{"seed", "[DIR]", "load institutions, vocabularies and services; the pilot's without DIR", seedCommand},
		{"user", "add|list|disable|sessions|reset-password|reset-totp|break-glass", "accounts, and the way in when nothing else works", userCommand},
		{"token", "add|list|revoke", "API tokens", tokenCommand},
		{"provider", "check|link|unlink [--email --subject]", "ask the identity provider; say whose account is whose there", providerCommand},
		{"import", "FILE --institution SLUG [--apply]", "read datasets; without --apply only say what would change", importCommand},
		{"export", "--format FORMAT", "write the public register: jsonld, ttl, rdf, nt, datajson or csv; or the workbook: xlsx", exportCommand},
		{"services", "export|plan|apply [PATH]", "services in YAML files: write them, compare them, apply them", servicesCommand},
		{"probe", "URL", "look at an address once and say what was seen", probeCommand},
		{"assess", "[SERVICE…] [--measure] [--verify QUARTER] [--check FILE]", "print what is known of services and what it is worth", assessCommand},
		{"examine", "URL [--json]", "look at the pages of a service as a visitor and say what was found", examineCommand},
		{"agent", "--server URL [--once]", "look at services from another place (one-time token in JARD_TOKEN)", agentCommand},
		{"notices", "[--dry-run]", "write the day's digests; with --dry-run only say how many", noticesCommand},
		{"alert", "test CHANNEL|channels", "send a trial through a channel of alerts; list the channels", alertCommand},
		{"answers", "import FILE --service SLUG --mode phone|in-person", "bring in answers gathered elsewhere; --preview, --sound", answersCommand},
		{"portal", "check", "read the national portal once and print what is wrong there; exit code 1 when anything is", portalCommand},
		{"verify", "[--all] [--json] [--anchor FILE|HASH] [--file EXPORT]", "check the audit chain and what must always hold; exit code 1 at the first break", verifyCommand},
		{"audit", "anchor|export|erase|archive", "the trail: keep its anchor elsewhere, take it away, erase words, let old lines leave", auditCommand},
		{"backup", "[FILE|-] [--force] [--verify]", "write everything into one file, while serving (without FILE into backup.folder, rotated); --verify only reads one", backupCommand},
		{"restore", "FILE|- [--replace NAME]", "make the database from a backup; NAME of a database that may be replaced", restoreCommand},
		{"move", "--to URL [--replace NAME]", "copy everything into another database, SQLite or PostgreSQL, and compare", moveCommand},
		{"drill", "restore [--into URL] [--from FILE]", "prove that a backup can be restored: elsewhere, compared, served from", drillCommand},
		{"compact", "", "write the SQLite file anew without free room; nobody may be serving from it", compactCommand},
		{"version", "", "print the version", versionCommand},
	}
}

// errUsage is a command line that cannot be understood: exit code 2.
var errUsage = errors.New("usage")

// run executes one command line and returns the exit code: 0 done, 1 the work
// failed or faults were found, 2 usage.
func run(ctx context.Context, args []string, p program) int {
	if len(args) == 0 || slices.Contains([]string{"help", "-h", "--help"}, args[0]) {
		help(p.out)
		if len(args) == 0 {
			return 2
		}
		return 0
	}
	for _, c := range commands() {
		if c.name != args[0] {
			continue
		}
		err := c.run(ctx, p, args[1:])
		switch {
		case err == nil, errors.Is(err, flag.ErrHelp):
			return 0
		case errors.Is(err, errUsage):
			say(p.err, err, "usage: jard "+strings.TrimSpace(c.name+" "+c.usage))
			return 2
		}
		say(p.err, err)
		return 1
	}
	say(p.err, fmt.Errorf("jard: there is no command %q; `jard help` lists them", args[0]))
	return 2
}

func help(w io.Writer) {
	fmt.Fprint(w, "Jard, the register of public data and the watch over public services.\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  jard %-44s %s\n", c.name+" "+c.usage, c.does)
	}
	fmt.Fprint(w, "\nConfiguration: --config FILE or JARD_CONFIG; every key also as JARD_…; "+
		"configs/jard.example.yaml explains them.\n")
}

// say prints an error, one line for each fault joined in it, and then more.
func say(w io.Writer, err error, more ...string) {
	for line := range strings.Lines(err.Error()) {
		line = strings.TrimPrefix(strings.TrimSpace(line), errUsage.Error()+": ")
		if line != errUsage.Error() {
			fmt.Fprintln(w, line)
		}
	}
	for _, line := range more {
		fmt.Fprintln(w, line)
	}
}

// flags returns a flag set that speaks through errors instead of exiting.
func flags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	return f
}

// parse reads args, flags and words in any order, and returns the words.
func parse(f *flag.FlagSet, args []string) ([]string, error) {
	var words []string
	for {
		if err := f.Parse(args); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", errUsage, f.Name(), err)
		}
		if f.NArg() == 0 {
			return words, nil
		}
		words = append(words, f.Arg(0))
		args = f.Args()[1:]
	}
}

// configure adds --config to f and returns a function that reads the settings
// once f has been parsed.
func (p program) configure(f *flag.FlagSet) func() (configs.Config, error) {
	path := f.String("config", p.getenv("JARD_CONFIG"), "configuration file")
	return func() (configs.Config, error) { return configs.Load(*path, p.getenv) }
}

func versionCommand(_ context.Context, p program, _ []string) error {
	fmt.Fprintln(p.out, "jard", version)
	return nil
}

func checkCommand(ctx context.Context, p program, args []string) error {
	f := flags("check")
	ready := f.Bool("ready", false, "ask the running program whether it can serve")
	settings := p.configure(f)
	if _, err := parse(f, args); err != nil {
		return err
	}
	c, err := settings()
	if err != nil {
		return err
	}
	if err := errors.Join(checkAlerts(c), checkBackups(c), p.checkSignIn(c)); err != nil {
		return err
	}
	if *ready {
		return askReady(ctx, c)
	}
	if err := p.warn(ctx, c); err != nil {
		return err
	}
	fmt.Fprintln(p.out, "the configuration is good")
	return nil
}
