package file

import (
	"net/url"
	"strings"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/inventory"
)

// Of returns the file of a distribution, not yet looked at.
func Of(x inventory.Distribution, now time.Time) File {
	f := File{DistributionID: x.ID, Declared: x.Format, URL: x.DownloadURL, PageURL: x.URL, State: Unknown, Since: now, NextAt: now}
	if f.URL == "" {
		f.URL = x.URL
	}
	if f.PageURL == f.URL {
		f.PageURL = ""
	}
	f.Host = hostOf(f.URL)
	if f.URL != "" && !inventory.Plausible(f.URL) {
		f.State, f.Reason = Implausible, NoHost
	}
	return f
}

// hostOf names the site that an address is on, as manners count it.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

// Same tells whether both name the same file in the same way.
func (f *File) Same(other *File) bool {
	return f.URL == other.URL && f.PageURL == other.PageURL && f.Declared == other.Declared
}

// Follow lets a row follow what the entry says now. What was seen stays while
// the address does; another declared format only changes the verdict.
func (f *File) Follow(is File, now time.Time) {
	moved := f.URL != is.URL
	f.Ref, f.Institution = is.Ref, is.Institution
	f.URL, f.PageURL, f.Declared, f.Host = is.URL, is.PageURL, is.Declared, is.Host
	switch {
	case moved:
		f.Reset(now)
		f.State, f.Reason = is.State, is.Reason
	case f.LookedAt != nil && f.Failures == 0 && f.State != Implausible:
		f.enter(f.judge(&Sight{NotModified: true, FinalURL: f.FinalURL, Permanent: f.State == Moved}), now)
	}
}

// MayAsk tells whether by may have the file looked at now: who works on the
// entry, and who decides on it.
func (f *File) MayAsk(by identity.Actor) error {
	if by.May(identity.ReviewDataset, f.Institution) {
		return nil
	}
	return by.Must(identity.RecordDataset, f.Institution)
}

// askPause is how long after a look nobody may ask for another.
const askPause = time.Minute

// Ask wants the file looked at now. Asking again within a minute is refused:
// the site behind it is somebody's.
func (f *File) Ask(by identity.Actor, now time.Time) error {
	if err := f.MayAsk(by); err != nil {
		return err
	}
	switch {
	case f.URL == "":
		return fault.New(fault.Conflict, "file.ask.no_address")
	case f.LookedAt != nil && now.Sub(*f.LookedAt).Abs() < askPause:
		return fault.New(fault.Throttled, "file.ask.soon")
	}
	return nil
}

// Date names the column that dates the rows; empty takes the name away. From
// then on a changed file proves an update only as far as its newest date goes.
func (f *File) Date(by identity.Actor, column string) error {
	if err := by.Must(identity.RecordDataset, f.Institution); err != nil {
		return err
	}
	column = strings.TrimSpace(column)
	if column != "" && f.Profile.Newest(column) == "" {
		return fault.At("column", "file.date.no_dates", clip(column, 60))
	}
	f.DateColumn, f.Newest = column, f.Profile.Newest(column)
	return nil
}

// Standing returns the HTTP statuses of the page and of the file as they stand
// for the quality method; known is false where nobody could look.
func (f *File) Standing() (page, file int, known bool) {
	known = f.LookedAt != nil && f.State != Unknown && f.State != Implausible && f.Reason != Refused && !f.Reason.Blameless()
	return f.PageStatus, f.Status, known || f.Status != 0
}
