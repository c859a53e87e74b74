package catalogue

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// OAIFault is why a question of OAI-PMH cannot be answered, by the code that
// the protocol has for it.
type OAIFault struct{ Code, Message string }

func (f *OAIFault) Error() string { return f.Code + ": " + f.Message }

func oaiFault(code, format string, args ...any) *OAIFault {
	return &OAIFault{code, cleanText(fmt.Sprintf(format, args...))}
}

// OAIRequest is a question of OAI-PMH 2.0, understood.
type OAIRequest struct {
	Verb     string
	Snapshot string // that the reader began with; empty at the first question

	arguments map[string]string // as they were given, to be repeated
	format    string            // metadataPrefix
	set       string
	from      time.Time
	until     time.Time // exclusive
	after     string    // id of the last dataset that the reader has
	cursor    int       // how many it has
	total     int
}

// oaiVerbs are the questions, and which arguments each takes; true marks what
// must be given.
var oaiVerbs = map[string]map[string]bool{
	"Identify":            {},
	"ListMetadataFormats": {"identifier": false},
	"ListSets":            {"resumptionToken": false},
	"GetRecord":           {"identifier": true, "metadataPrefix": true},
	"ListIdentifiers":     {"from": false, "until": false, "metadataPrefix": true, "set": false, "resumptionToken": false},
	"ListRecords":         {"from": false, "until": false, "metadataPrefix": true, "set": false, "resumptionToken": false},
}

// oaiFormats are the ways a record can be written.
var oaiFormats = []struct{ prefix, schema, namespace string }{
	{"oai_dc", "http://www.openarchives.org/OAI/2.0/oai_dc.xsd", "http://www.openarchives.org/OAI/2.0/oai_dc/"},
	{"dcat_ap", "http://www.openarchives.org/OAI/2.0/rdf.xsd", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
	{"rdf", "http://www.openarchives.org/OAI/2.0/rdf.xsd", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"},
}

// ParseOAI understands the arguments of a question. What is returned beside a
// fault still says what was asked, so that the answer can repeat it.
func ParseOAI(values map[string][]string) (OAIRequest, *OAIFault) {
	verb := values["verb"]
	takes, known := oaiVerbs[strings.Join(verb, " ")]
	switch {
	case len(verb) == 0:
		return OAIRequest{}, oaiFault("badVerb", "the verb is missing")
	case len(verb) > 1:
		return OAIRequest{}, oaiFault("badVerb", "the verb is repeated")
	case !known:
		return OAIRequest{}, oaiFault("badVerb", "%.80q is not a verb of OAI-PMH", verb[0])
	}
	q := OAIRequest{Verb: verb[0], arguments: map[string]string{"verb": verb[0]}}
	for name, all := range values {
		if _, ok := takes[name]; !ok && name != "verb" {
			return OAIRequest{}, oaiFault("badArgument", "%s does not take the argument %.80q", q.Verb, name)
		}
		if len(all) != 1 {
			return OAIRequest{}, oaiFault("badArgument", "the argument %s is repeated", name)
		}
		if strings.TrimSpace(all[0]) == "" {
			return OAIRequest{}, oaiFault("badArgument", "the argument %s is empty", name)
		}
		q.arguments[name] = cleanText(all[0])
	}
	if token, given := q.arguments["resumptionToken"]; given {
		return q.resume(token)
	}
	for name, must := range takes {
		if must && q.arguments[name] == "" {
			return q.plain(), oaiFault("badArgument", "%s needs the argument %s", q.Verb, name)
		}
	}
	return q.read()
}

// plain is the request without its arguments: where they are at fault, the
// protocol wants them left out of the answer.
func (q OAIRequest) plain() OAIRequest { return OAIRequest{Verb: q.Verb} }

// read takes format, set and dates from the arguments.
func (q OAIRequest) read() (OAIRequest, *OAIFault) {
	q.format, q.set = q.arguments["metadataPrefix"], q.arguments["set"]
	from, until := q.arguments["from"], q.arguments["until"]
	var ok bool
	if q.from, _, ok = oaiTime(from); !ok {
		return q.plain(), oaiFault("badArgument", "from is no date as YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ")
	}
	if _, q.until, ok = oaiTime(until); !ok {
		return q.plain(), oaiFault("badArgument", "until is no date as YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ")
	}
	switch {
	case from != "" && until != "" && len(from) != len(until):
		return q.plain(), oaiFault("badArgument", "from and until are not written alike")
	case from != "" && until != "" && !q.from.Before(q.until):
		return q.plain(), oaiFault("badArgument", "from is later than until")
	case q.format != "" && !oaiWrites(q.format):
		return q, oaiFault("cannotDisseminateFormat", "records are not written as %.80q", q.format)
	}
	return q, nil
}

// oaiTime reads a date: the first moment of it and the first after it. An
// empty one is none.
func oaiTime(s string) (first, past time.Time, ok bool) {
	if s == "" {
		return first, past, true
	}
	if t, err := time.Parse(time.DateOnly, s); err == nil {
		return t, t.AddDate(0, 0, 1), true
	}
	t, err := time.Parse("2006-01-02T15:04:05Z", s)
	return t, t.Add(time.Second), err == nil && len(s) == len("2006-01-02T15:04:05Z")
}

func oaiWrites(prefix string) bool {
	for _, f := range oaiFormats {
		if f.prefix == prefix {
			return true
		}
	}
	return false
}

// oaiToken is what a reader hands back to go on: all that its first question
// said, on which snapshot, and how far it came.
type oaiToken struct {
	Verb     string `json:"v"`
	Snapshot string `json:"s"`
	Format   string `json:"p"`
	Set      string `json:"e,omitempty"`
	From     int64  `json:"f,omitempty"`
	Until    int64  `json:"u,omitempty"`
	After    string `json:"a"`
	Cursor   int    `json:"c"`
	Total    int    `json:"t"`
}

func (q OAIRequest) token() string {
	t := oaiToken{q.Verb, q.Snapshot, q.format, q.set, unixOf(q.from), unixOf(q.until), q.after, q.cursor, q.total}
	b, _ := json.Marshal(t) //nolint:errchkjson // strings and numbers always encode
	return base64.RawURLEncoding.EncodeToString(b)
}

func unixOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func timeOf(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}

// resume understands a token. It names everything, so nothing may stand beside it.
func (q OAIRequest) resume(token string) (OAIRequest, *OAIFault) {
	if len(q.arguments) > 2 {
		return q.plain(), oaiFault("badArgument", "nothing may stand beside resumptionToken")
	}
	var t oaiToken
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(b, &t)
	}
	if err != nil || t.Verb != q.Verb || t.Snapshot == "" || !isUUID(t.After) || !oaiWrites(t.Format) || t.Cursor < 1 || t.Total < t.Cursor {
		return q, oaiFault("badResumptionToken", "this is no token of ours for %s", q.Verb)
	}
	q.Snapshot, q.format, q.set, q.after, q.cursor, q.total = t.Snapshot, t.Format, t.Set, t.After, t.Cursor, t.Total
	q.from, q.until = timeOf(t.From), timeOf(t.Until)
	return q, nil
}

// OAIGone says that the snapshot behind a token is no longer held.
func OAIGone() *OAIFault {
	return oaiFault("badResumptionToken", "the state of the register that this list is of is no longer held; begin anew")
}

// OAIRefuse answers with a fault. It needs no snapshot.
func OAIRefuse(s Settings, q OAIRequest, f *OAIFault, now time.Time) []byte {
	b := oaiOpen(s.defaults(), q, now)
	b.WriteString(`<error code="` + f.Code + `">`)
	escapeXML(b, f.Message)
	b.WriteString("</error>\n</OAI-PMH>\n")
	return b.Bytes()
}

// OAI answers a question from this snapshot. An error is that it could not be
// read; what is wrong with the question is an answer.
func (s *Snapshot) OAI(ctx context.Context, q OAIRequest, now time.Time) ([]byte, error) {
	b := oaiOpen(s.writer.settings, q, now)
	write := map[string]func(context.Context, *bytes.Buffer, OAIRequest) error{
		"Identify": s.oaiIdentify, "ListMetadataFormats": s.oaiListFormats, "ListSets": s.oaiListSets,
		"GetRecord": s.oaiRecord, "ListIdentifiers": s.oaiList, "ListRecords": s.oaiList,
	}[q.Verb]
	b.WriteString("<" + q.Verb + ">\n")
	err := write(ctx, b, q)
	if f := (*OAIFault)(nil); errors.As(err, &f) {
		return OAIRefuse(s.writer.settings, q, f, now), nil
	}
	if err != nil {
		return nil, fmt.Errorf("answer %s: %w", q.Verb, err)
	}
	b.WriteString("</" + q.Verb + ">\n</OAI-PMH>\n")
	return b.Bytes(), nil
}

// OAIType is the content type of every answer.
const OAIType = "text/xml; charset=utf-8"

// oaiOpen writes what every answer begins with.
func oaiOpen(s Settings, q OAIRequest, now time.Time) *bytes.Buffer {
	b := &bytes.Buffer{}
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"` +
		` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"` +
		` xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd">` + "\n")
	b.WriteString("<responseDate>" + oaiStamp(now) + "</responseDate>\n<request")
	for _, name := range []string{"verb", "identifier", "metadataPrefix", "from", "until", "set", "resumptionToken"} {
		if value, ok := q.arguments[name]; ok {
			b.WriteString(" " + name + `="`)
			escapeXML(b, value)
			b.WriteByte('"')
		}
	}
	b.WriteByte('>')
	escapeXML(b, s.OAIURL())
	b.WriteString("</request>\n")
	return b
}

// OAIURL is where OAI-PMH is asked.
func (s Settings) OAIURL() string { return s.BaseURL + "/oai" }

func oaiStamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// oaiElement writes one element that holds text.
func oaiElement(b *bytes.Buffer, name, text string) {
	b.WriteString("<" + name + ">")
	escapeXML(b, text)
	b.WriteString("</" + name + ">\n")
}

// selected lists what the question asks for, from behind where its reader came to.
func (s *Snapshot) selected(q OAIRequest) iter.Seq[heading] {
	return func(yield func(heading) bool) {
		for h := range s.headings(q.after) {
			stamp := h.Modified.UTC().Truncate(time.Second)
			switch {
			case !q.from.IsZero() && stamp.Before(q.from), !q.until.IsZero() && !stamp.Before(q.until):
			case q.set != "" && !slices.Contains(s.writer.oaiSets(h), q.set):
			case !yield(h):
				return
			}
		}
	}
}

// oaiSets names the sets that a dataset is in: its institution, those above
// it, and its theme.
func (w *writer) oaiSets(h heading) []string {
	var sets []string
	for slug, n := h.Institution, 0; slug != "" && n < 8; slug, n = w.institutions[slug].Parent, n+1 {
		if set := "institution." + slug; isSetSpec(set) {
			sets = append(sets, set)
		}
	}
	if set := "theme." + h.Theme; h.Theme != "" && isSetSpec(set) {
		sets = append(sets, set)
	}
	return sets
}

// isSetSpec tells whether s can name a set.
func isSetSpec(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.!~*'()", r) {
			return false
		}
	}
	return s != ""
}

// oaiFind finds the dataset that an identifier names.
func (s *Snapshot) oaiFind(identifier string) (heading, *OAIFault) {
	id, ours := strings.CutPrefix(identifier, s.writer.settings.DatasetIRI(""))
	if e := s.lookup(id); ours && e != nil {
		return e.heading(), nil
	}
	if t, ok := s.Gone(id); ours && ok {
		return headingOf(t.Publication, true), nil
	}
	return heading{}, oaiFault("idDoesNotExist", "%.200q names nothing that is or was public", identifier)
}
