package inventory

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"github.com/jard-odi/jard/lang"
)

// Clean returns c as it is kept: without space around words, without empty
// wordings and repeated keywords, and with no nil where a list is stored.
func (c Content) Clean() Content {
	c.Title, c.Description, c.Keywords = c.Title.Clean(), c.Description.Clean(), cleanWords(c.Keywords)
	for _, s := range []*string{
		&c.Theme, &c.Frequency, &c.Licence, &c.LegalGround, &c.Anonymisation, &c.ContactName, &c.ContactEmail, &c.Producer,
	} {
		*s = strings.TrimSpace(*s)
	}
	c.Extra = c.Extra.Clean()
	c.Spatial = append([]string{}, c.Spatial...)
	c.Distributions = append([]Distribution{}, c.Distributions...)
	for n := range c.Distributions {
		c.Distributions[n] = c.Distributions[n].clean()
	}
	return c
}

func (x Distribution) clean() Distribution {
	x.Title = x.Title.Clean()
	x.URL, x.DownloadURL = strings.TrimSpace(x.URL), strings.TrimSpace(x.DownloadURL)
	// ".jpg", "csv" and "CSV " are one format each.
	x.Format = strings.ToUpper(strings.TrimLeft(strings.TrimSpace(x.Format), "."))
	x.MediaType = strings.ToLower(strings.TrimSpace(x.MediaType))
	return x
}

// cleanWords drops empty words and those that say the same as an earlier one.
func cleanWords(words lang.Words) lang.Words {
	out := lang.Words{}
	for code, list := range words {
		seen := map[string]bool{}
		for _, word := range list {
			word = strings.TrimSpace(word)
			if key := Fold(word); word != "" && !seen[key] {
				seen[key] = true
				out[code] = append(out[code], word)
			}
		}
	}
	return out
}

// Hash names exactly this content. Empty fields do not count, so that a field
// added to the register later leaves older hashes as they were; nor does
// DataModified, which moves with every update and needs no new approval.
func (c Content) Hash() string {
	c.DataModified = ""
	return c.fingerprint()
}

// ImportHash names the content as a list gave it: the register's own ids of
// distributions do not count, the data date does.
func (c Content) ImportHash() string {
	c.Distributions = slices.Clone(c.Distributions)
	for n := range c.Distributions {
		c.Distributions[n].ID = ""
	}
	return c.fingerprint()
}

func (c Content) fingerprint() string {
	fields := map[string]any{}
	value := reflect.ValueOf(c.Clean())
	for n := range value.NumField() {
		if f := value.Field(n); !f.IsZero() && (f.Kind() != reflect.Slice && f.Kind() != reflect.Map || f.Len() > 0) {
			fields[value.Type().Field(n).Name] = f.Interface()
		}
	}
	var b bytes.Buffer
	// Maps are written in the order of their keys; strings, numbers and booleans cannot fail.
	_ = json.NewEncoder(&b).Encode(fields)
	sum := sha256.Sum256(b.Bytes())
	return hex.EncodeToString(sum[:])
}

// Equal tells whether both say the same.
func (c Content) Equal(other Content) bool {
	return c.DataModified == other.DataModified && c.Hash() == other.Hash()
}

// Words returns what search looks through: every title, description and
// keyword, the producer, and the given words, folded.
func (c Content) Words(more ...string) string {
	var b strings.Builder
	add := func(s string) {
		b.WriteString(s)
		b.WriteByte(' ')
	}
	for _, tag := range lang.All() {
		add(c.Title[string(tag)])
		for _, word := range c.Keywords[string(tag)] {
			add(word)
		}
	}
	add(c.Producer)
	for _, s := range more {
		add(s)
	}
	for _, tag := range lang.All() {
		add(c.Description[string(tag)])
	}
	return Fold(b.String())
}

// Formats lists the formats of the distributions, each once, between spaces.
func (c Content) Formats() string {
	var formats []string
	for _, x := range c.Distributions {
		if f := strings.ReplaceAll(x.Format, " ", "-"); f != "" && !slices.Contains(formats, f) {
			formats = append(formats, f)
		}
	}
	if len(formats) == 0 {
		return ""
	}
	slices.Sort(formats)
	return " " + strings.Join(formats, " ") + " "
}
