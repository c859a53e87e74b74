package probe

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/ohler55/ojg/jp"

	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/outgoing"
)

// take reads an answer. Its text is kept only when somebody asks for it, or of
// an answer that is not as expected, for the record; last tells that nobody
// goes on from here.
func (v *visit) take(resp *http.Response, last bool) error {
	r, e := &v.reading, &v.check.Expect
	r.Status, r.Walled = resp.StatusCode, walled(resp)
	allowed := e.Allows(resp.StatusCode)
	keep := int64(0)
	switch {
	case !last:
	case allowed && e.Text(), v.close:
		keep = v.prober.opts.MaxBody
	case !allowed:
		keep = excerptBody
	}
	var err error
	r.Bytes, r.Body, err = v.read(resp.Body, keep)
	if err != nil {
		return err
	}
	if keep > 0 {
		r.Body = v.unpacked(r.Body, resp.Header)
	}
	if last && (!allowed || v.close || len(e.Headers)+len(e.JSON) > 0 || e.Location != "" || e.Language != "") {
		v.remember(resp)
	}
	if r.Walled || !allowed && last {
		v.wall(resp)
	}
	return nil
}

// remember keeps more of an answer than its figures.
func (v *visit) remember(resp *http.Response) {
	r := &v.reading
	seen := &monitor.Seen{Header: masked(resp.Header), RetryAfter: outgoing.RetryAfter(resp.Header, r.At)}
	if to, err := resp.Location(); err == nil {
		to.User = nil
		seen.Location = short(to.String())
	}
	if len(v.check.Expect.JSON) > 0 {
		seen.Values = valuesOf(v.check.Expect.JSON, r.Body)
	}
	r.Seen = seen
}

// masked copies headers without the values of cookies.
func masked(h http.Header) map[string][]string {
	all := make(map[string][]string, len(h))
	for name, values := range h {
		if len(all) == maxHeaders {
			break
		}
		if name == "Set-Cookie" {
			values = cookieNames(values)
		}
		all[name] = values
	}
	return all
}

// maxHeaders is how many headers of an answer are kept.
const maxHeaders = 100

func cookieNames(cookies []string) []string {
	names := make([]string, len(cookies))
	for n, c := range cookies {
		name, rest, _ := strings.Cut(c, "=")
		_, attributes, _ := strings.Cut(rest, ";")
		names[n] = strings.TrimSuffix(name+"=•••;"+attributes, ";")
	}
	return names
}

// valuesOf returns what each claim finds in a JSON answer; nothing at all when
// it is no JSON.
func valuesOf(claims []monitor.Claim, body []byte) [][]string {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var answer any
	if err := dec.Decode(&answer); err != nil {
		return nil
	}
	found := make([][]string, len(claims))
	for n, c := range claims {
		path, err := jp.ParseString(c.Name)
		if err != nil || c.Costly() {
			continue // the rules let no such path in
		}
		for _, value := range path.Get(answer) {
			if len(found[n]) == maxValues {
				break
			}
			found[n] = append(found[n], textOf(value))
		}
	}
	return found
}

// maxValues is how many values of one path are compared.
const maxValues = 1000

// textOf writes a value as a claim compares it: text without its quotes.
func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}

// read takes in the body up to the limit, and returns the first bytes of it.
func (v *visit) read(body io.Reader, keep int64) (int64, []byte, error) {
	limited := io.LimitReader(body, v.prober.opts.MaxBody)
	var kept []byte
	if keep > 0 {
		var err error
		if kept, err = io.ReadAll(io.LimitReader(limited, keep)); err != nil {
			return int64(len(kept)), kept, err
		}
	}
	buf := scratch.Get().(*[]byte) //nolint:forcetypeassert // the pool holds nothing else
	defer scratch.Put(buf)
	n, err := io.CopyBuffer(discard{}, limited, *buf)
	return n + int64(len(kept)), kept, err
}

// unpacked returns the text of a body that was sent compressed although nobody
// asked for it. However much it swells, only so much is unpacked.
func (v *visit) unpacked(body []byte, h http.Header) []byte {
	if !strings.EqualFold(h.Get("Content-Encoding"), "gzip") {
		return body
	}
	packed, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return body
	}
	text, err := io.ReadAll(io.LimitReader(packed, v.prober.opts.MaxBody))
	if err != nil && len(text) == 0 {
		return body
	}
	return text
}
