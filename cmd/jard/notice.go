package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"time"

	"gorm.io/gorm"

	"github.com/jard-odi/jard/configs"
	"github.com/jard-odi/jard/configs/pilot"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/identity/identitydb"
	"github.com/jard-odi/jard/inventory"
	"github.com/jard-odi/jard/inventory/exchangeweb"
	"github.com/jard-odi/jard/inventory/inventorydb"
	"github.com/jard-odi/jard/inventory/inventoryweb"
	"github.com/jard-odi/jard/inventory/mandatedb"
	"github.com/jard-odi/jard/mail/mailweb"
	"github.com/jard-odi/jard/notice"
	"github.com/jard-odi/jard/notice/digest"
	"github.com/jard-odi/jard/notice/noticedb"
	"github.com/jard-odi/jard/notice/noticeweb"
	"github.com/jard-odi/jard/web"
	"github.com/jard-odi/jard/web/locale"
)

// digestsAt is when the day's digests are written: late enough that the ledger
// of the day stands, early enough to be read first. Later turns write to whom
// an earlier one could not, since nobody is written to twice a day.
const digestsAt = "15 7,9,11 * * *"

// tell wires mail and notices: the outbox and its pages, what is mailed to
// whom, calendars and links; and sheets, which a link of a mail may hand in.
func (h *house) tell(db *gorm.DB, keep stores, c configs.Config, log *slog.Logger, shell *web.Shell) error {
	rounds := h.mail(keep, c, log)
	mailweb.New(shell, mailweb.Options{
		Store: keep.outbox, Addresses: keep.people, Sending: rounds != nil, Trouble: rounds.Trouble,
	}).Routes()
	sheets, err := keep.exchange(shell)
	if err != nil {
		return err
	}
	noticeweb.New(shell, keep.notices, keep.register, keep.people,
		noticeweb.Upload{HandIn: sheets.HandIn, Largest: exchangeweb.Largest}, time.Now).
		Under(mandatedb.New(db, nil).Lapsed).Routes()
	maker, err := keep.digests(db, c, shell.Words())
	if err != nil {
		return err
	}
	h.jobs = append(h.jobs,
		job{"write digests", digestsAt, func(ctx context.Context) error {
			_, err := maker.Run(ctx)
			return err
		}},
		job{"forget old links", "41 2 * * *", keep.notices.Forget})
	return nil
}

// digests returns who writes the digests by the settings.
func (s stores) digests(db *gorm.DB, c configs.Config, words *locale.Catalogue) (*digest.Maker, error) {
	plan, err := readPlan(c.Notices.Plan)
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("read base_url: %w", err)
	}
	return &digest.Maker{
		Store: s.notices, Plan: plan, Words: words, Operator: c.Operator.Name,
		URL:     func(path string) string { return base.JoinPath(path).String() },
		Answers: s.awaited(db, words), Charge: s.charged(db), Portal: s.portalLines(db, words),
		Workdays: func(ctx context.Context) (*inventory.Workdays, error) {
			v, err := s.register.Vocabulary(ctx)
			if err != nil {
				return nil, err
			}
			return v.Workdays(), nil
		},
	}, nil
}

// readPlan reads the table of reminders at path, the pilot's when there is none.
func readPlan(path string) (notice.Plan, error) {
	data, err := pilot.Files.ReadFile("reminders.csv")
	if path != "" {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read reminders: %w", err)
	}
	return notice.ReadPlan(bytes.NewReader(data))
}

// reminders is the proof of reminders as the register's pages show it.
func (s stores) reminders(ctx context.Context, by identity.Actor, ref string) ([]inventoryweb.Reminder, error) {
	all, err := s.notices.Reminders(ctx, by, ref)
	if err != nil {
		return nil, err
	}
	out := make([]inventoryweb.Reminder, 0, len(all))
	for _, r := range all {
		out = append(out, inventoryweb.Reminder{Period: r.Period, Audience: string(r.Audience), At: r.At})
	}
	return out, nil
}

// noticesCommand writes the day's digests, or says what they would be.
func noticesCommand(ctx context.Context, p program, args []string) error {
	f := flags("notices")
	dry := f.Bool("dry-run", false, "write nothing")
	return p.withDatabase(ctx, f, args, func(db *gorm.DB, c configs.Config, _ []string) error {
		words, err := locale.Load()
		if err != nil {
			return err
		}
		keep := stores{people: identitydb.New(db, nil), register: inventorydb.New(db, nil), notices: noticedb.New(db, nil)}
		maker, err := keep.digests(db, c, words)
		if err != nil {
			return err
		}
		var did digest.Report
		if *dry {
			did, err = maker.Preview(ctx, func(d *notice.Digest) { printDigest(p.out, d) })
		} else {
			did, err = maker.Run(ctx)
		}
		fmt.Fprintf(p.out, "people=%d digests=%d lines=%d reminders=%d\n", did.People, did.Written, did.Lines, did.Steps)
		return err
	})
}

// printDigest says what an account would be told, without naming anybody.
func printDigest(w io.Writer, d *notice.Digest) {
	fmt.Fprintf(w, "%s %s", d.Person.Actor.Role, d.Person.Actor.Institution)
	for _, s := range d.Sections {
		fmt.Fprintf(w, " %s=%d", s.Part, s.Total)
	}
	fmt.Fprintln(w)
}
