package file

import "time"

// Sight is what one look saw. It never fails: not getting an answer is a sight too.
type Sight struct {
	At         time.Time
	Took       time.Duration
	Reason     Reason // why no file was seen
	Status     int
	PageStatus int
	RetryAfter time.Duration // as the site asked for; 0 when it did not

	FinalURL     string // when redirects led elsewhere
	Permanent    bool   // and each of them said for good
	NotModified  bool   // the site says that it is what we have
	Etag         string
	LastModified string

	Format    Format
	Asks      bool // a page that asks for a password
	Holds     []Format
	Bytes     int64 // -1 when nobody said
	Whole     bool  // every byte was read
	Hash      string
	Digest    string
	Encoding  string
	Delimiter string
	Rows      *int64
	Columns   int
	Profile   Profile
}

// Seen tells whether the look saw a file, or was told that it is unchanged.
func (s *Sight) Seen() bool { return s.Reason == None }

// ReasonOf puts an HTTP status into the closed set; None for success.
func ReasonOf(status int, retryAfter time.Duration) Reason {
	switch {
	case status >= 200 && status <= 299, status == 304:
		return None
	case status == 404 || status == 410:
		return Gone
	case status == 429, status == 503 && retryAfter > 0:
		return Throttled
	case status == 401 || status == 403 || status == 407:
		return Denied
	case status >= 500:
		return Server
	case status >= 300 && status <= 399:
		return Redirects
	}
	return Status
}
