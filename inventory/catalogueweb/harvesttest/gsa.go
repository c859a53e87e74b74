package harvesttest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// record is a dataset of data.json.
type record struct {
	Identifier         string
	Title              string
	Description        string
	Modified           string
	AccessLevel        string
	AccrualPeriodicity string
	License            string
	Rights             *string
	Temporal           string
	Keyword            []string
	Publisher          struct{ Name string }
	ContactPoint       struct{ Fn, HasEmail string }
	Distribution       []struct{ DownloadURL, AccessURL, MediaType string }
}

var (
	datePattern   = regexp.MustCompile(`^(\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?|R/P.+)$`)
	repeatPattern = regexp.MustCompile(`^(R/P(\d+(\.\d+)?[YMWD])*(T(\d+[HMS])+)?|irregular)$`)
	spanPattern   = regexp.MustCompile(`^[^/]+/[^/]+$`)
	httpPattern   = regexp.MustCompile(`^https?://[^\s]+$`)
)

// valid is GSA's non-federal schema of a dataset.
func (r record) valid() error {
	switch {
	case r.Identifier == "", r.Title == "", r.Description == "", len(r.Keyword) == 0, slices.Contains(r.Keyword, ""),
		r.Publisher.Name == "", r.ContactPoint.Fn == "":
		return errors.New("a required property is missing or empty")
	case !strings.HasPrefix(r.ContactPoint.HasEmail, "mailto:") || !mailPattern.MatchString(r.ContactPoint.HasEmail[7:]):
		return fmt.Errorf("hasEmail %q", r.ContactPoint.HasEmail)
	case !datePattern.MatchString(r.Modified):
		return fmt.Errorf("modified %q", r.Modified)
	case !slices.Contains([]string{"public", "restricted public", "non-public"}, r.AccessLevel):
		return fmt.Errorf("accessLevel %q", r.AccessLevel)
	case r.AccrualPeriodicity != "" && !repeatPattern.MatchString(r.AccrualPeriodicity):
		return fmt.Errorf("accrualPeriodicity %q", r.AccrualPeriodicity)
	case r.License != "" && !httpPattern.MatchString(r.License):
		return fmt.Errorf("license %q", r.License)
	case r.Rights != nil && len([]rune(*r.Rights)) > 255:
		return fmt.Errorf("rights of %d characters", len([]rune(*r.Rights)))
	case r.Temporal != "" && !spanPattern.MatchString(r.Temporal):
		return fmt.Errorf("temporal %q", r.Temporal)
	}
	for _, d := range r.Distribution {
		for _, address := range []string{d.DownloadURL, d.AccessURL} {
			if address != "" && !httpPattern.MatchString(address) {
				return fmt.Errorf("address %q", address)
			}
		}
		if d.DownloadURL != "" && !strings.Contains(d.MediaType, "/") {
			return fmt.Errorf("%s has mediaType %q", d.DownloadURL, d.MediaType)
		}
	}
	return nil
}

// GSA is data.gov's harvester: one GET of data.json. A record is changed when
// the hash of it is another one, refused when it breaks the schema or comes
// twice, and deleted when it is no longer there.
func GSA(s Source) *Harvester {
	h := &Harvester{Name: "GSA data.json", Portal: newPortal(), source: s}
	h.keyOf = func(d Dataset) string { return d.Ref }
	h.gather = func(ctx context.Context, j *Job) error { return gsa(ctx, j, h.Portal) }
	return h
}

func gsa(ctx context.Context, j *Job, portal *Portal) error {
	m := python()
	m.agent = "datagov-harvester"
	address := j.source.Base + "/data.json"
	r, err := j.get(ctx, m, address)
	if err == nil {
		err = r.ok(address)
	}
	if err != nil {
		return err
	}
	var doc struct {
		ConformsTo string
		Dataset    []json.RawMessage
	}
	if err := json.Unmarshal(r.body, &doc); err != nil {
		return err
	}
	if doc.ConformsTo != "https://project-open-data.cio.gov/v1.1/schema" || doc.Dataset == nil {
		return errors.New("no catalogue of data.json v1.1")
	}
	seen := map[string]bool{}
	for _, raw := range doc.Dataset {
		j.Read++
		takeRecord(j, portal, raw, seen)
	}
	portal.keep(j, seen)
	return nil
}

// takeRecord compares one record with what the portal has.
func takeRecord(j *Job, portal *Portal, raw json.RawMessage, seen map[string]bool) {
	var d record
	if err := json.Unmarshal(raw, &d); err != nil {
		j.reject(string(raw[:min(60, len(raw))]), "%v", err)
		return
	}
	if seen[d.Identifier] {
		j.reject(d.Identifier, "duplicate identifier")
		return
	}
	seen[d.Identifier] = true
	var loose any
	_ = json.Unmarshal(raw, &loose)  // it was read above
	sorted, _ := json.Marshal(loose) //nolint:errchkjson // it was JSON
	sum := sha256.Sum256(sorted)
	hash := hex.EncodeToString(sum[:])
	if have, known := portal.packages[d.Identifier]; known && have.Sum == hash && have.State == active {
		return
	}
	if err := d.valid(); err != nil {
		j.reject(d.Identifier, "%v", err)
		return
	}
	portal.put(j, d.Identifier, Package{Name: d.Identifier, Title: d.Title, Modified: d.Modified, Sum: hash, Tags: d.Keyword})
}
