// Command ship makes what a release hands out of a built program: the
// container image, without a container engine; the archive that is installed
// from; the list of parts (SBOM); the licences that go with them. The same
// input gives the same bytes. It is a module of its own, so that what it
// stands on is no part of Jard.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Getenv); err != nil {
		fmt.Fprintln(os.Stderr, "ship:", err)
		os.Exit(1)
	}
}

const usage = `usage: ship image    --root REPO --version V [--revision COMMIT] --amd64 BINARY [--arm64 BINARY] --certificates PEM --out FILE
       ship archive  --root REPO --version V --arch ARCH --binary BINARY --out FILE
       ship sbom     --root REPO --version V --binary BINARY --out FILE
       ship licences --root REPO --binary BINARY [--out FILE]`

// order is what one call is asked to do.
type order struct {
	root, version, revision, out, certificates, binary, amd64, arm64, arch string

	at time.Time // stands in every file that is written
}

func run(ctx context.Context, args []string, out io.Writer, getenv func(string) string) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	var o order
	f := flag.NewFlagSet(args[0], flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.StringVar(&o.root, "root", ".", "the sources")
	f.StringVar(&o.version, "version", "unversioned", "what the release is called")
	f.StringVar(&o.revision, "revision", "", "the commit it is made of")
	f.StringVar(&o.out, "out", "", "file to write")
	f.StringVar(&o.certificates, "certificates", "", "root certificates of the image")
	f.StringVar(&o.binary, "binary", "", "the program")
	f.StringVar(&o.amd64, "amd64", "", "the program for amd64")
	f.StringVar(&o.arm64, "arm64", "", "the program for arm64")
	f.StringVar(&o.arch, "arch", "", "amd64 or arm64")
	if err := f.Parse(args[1:]); err != nil || f.NArg() > 0 {
		return fmt.Errorf("%w\n%s", err, usage)
	}
	var err error
	if o.at, err = epoch(getenv("SOURCE_DATE_EPOCH")); err != nil {
		return err
	}
	switch args[0] {
	case "image":
		return o.image(out)
	case "archive":
		return o.archive(ctx)
	case "sbom":
		return o.sbom(ctx)
	case "licences":
		return o.licences(ctx, out)
	}
	return errors.New(usage)
}

// epoch is the moment that stands in every file: that of the commit, as
// SOURCE_DATE_EPOCH says by agreement, and 1970 when nobody says.
func epoch(text string) (time.Time, error) {
	if strings.TrimSpace(text) == "" {
		return time.Unix(0, 0).UTC(), nil
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || seconds < 0 {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH: %q is no number of seconds", text)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
