package file

import "time"

// What has to come together before a file is called broken: a site that is
// being maintained over a night is no news.
const (
	brokenAfter  = 3
	brokenWithin = 24 * time.Hour
)

// Take lets a sight change how the file stands, and says what became of its
// content. It does not decide when to look next.
func (f *File) Take(s *Sight) Change {
	now := s.At
	f.LookedAt = &now
	f.Reason = s.Reason
	if s.PageStatus != 0 {
		f.PageStatus = s.PageStatus
	}
	if !s.Seen() {
		f.fail(s)
		return Unseen
	}
	f.Status, f.Failures, f.FailingSince = s.Status, 0, nil
	change := f.compare(s)
	f.FinalURL = s.FinalURL
	if !s.NotModified {
		f.learn(s)
	}
	f.enter(f.judge(s), now)
	return change
}

// learn keeps what was seen.
func (f *File) learn(s *Sight) {
	f.Etag, f.LastModified = s.Etag, s.LastModified
	f.Format, f.Encoding, f.Delimiter = s.Format, s.Encoding, s.Delimiter
	f.Bytes, f.Hash, f.Digest = max(s.Bytes, 0), s.Hash, s.Digest
	f.Rows, f.Columns, f.Profile = s.Rows, s.Columns, s.Profile
	f.Newest = f.Profile.Newest(f.DateColumn)
	if f.SeenAt == nil && s.Whole && f.Hash != "" {
		at := s.At
		f.SeenAt = &at
	}
}

// fail counts a failure; what is not the file's doing changes nothing.
func (f *File) fail(s *Sight) {
	switch {
	case s.Reason == NoHost:
		f.enter(Implausible, s.At)
		return
	case s.Reason.Blameless():
		return
	}
	// A clock that was put back begins to count anew rather than count backwards.
	if f.FailingSince == nil || s.At.Before(*f.FailingSince) {
		at := s.At
		f.FailingSince = &at
	}
	f.Failures++
	if f.State == Broken || f.Failures >= brokenAfter && s.At.Sub(*f.FailingSince) >= brokenWithin {
		f.enter(Broken, s.At)
		f.Status = s.Status
		return
	}
	if f.State == Unknown || f.State == Implausible || f.Status == 0 {
		f.Status = s.Status // else what was true before stands until it is sure
	}
	f.enter(Failing, s.At)
}

// judge says how a file stands that was seen, or that the site says is what we
// have of it.
func (f *File) judge(s *Sight) State {
	whole := s.Whole
	if s.NotModified {
		whole = f.Hash != ""
	}
	switch {
	case f.Format == HTML && (s.Asks || s.NotModified && f.State == Login):
		return Login
	case f.Format == HTML && !declaresPage(f.Declared):
		return Page
	case whole && f.Bytes == 0:
		return Empty
	case Compare(f.Declared, f.Format) == Differs:
		return WrongFormat
	case s.FinalURL != "" && s.Permanent:
		return Moved
	case !whole && f.Format != HTML:
		return TooLarge
	}
	return OK
}

// enter notes a state and since when it lasts.
func (f *File) enter(s State, now time.Time) {
	if f.State != s {
		f.State, f.Since = s, now
	}
}

// Reset forgets what was seen: the entry names another address now.
func (f *File) Reset(now time.Time) {
	*f = File{
		DatasetID: f.DatasetID, DistributionID: f.DistributionID, Draft: f.Draft, Ref: f.Ref, Institution: f.Institution,
		URL: f.URL, PageURL: f.PageURL, Declared: f.Declared, Host: f.Host,
		State: Unknown, Since: now, NextAt: now, DateColumn: f.DateColumn, Declaring: f.Declaring,
	}
}
