package main

import (
	"errors"
	"strings"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
	"github.com/jard-odi/jard/web/locale"
)

// words turns the faults in err into sentences in the caller's language, one
// line each; an error of ours stays as it is.
func (p program) words(err error) error {
	faults := fault.All(err)
	if len(faults) == 0 {
		return err
	}
	sentences, loadErr := locale.Load()
	if loadErr != nil {
		return errors.Join(err, loadErr)
	}
	lines := make([]error, 0, len(faults))
	for _, f := range faults {
		lines = append(lines, errors.New(sentence(sentences, p.language(), f)))
	}
	return errors.Join(lines...)
}

func sentence(c *locale.Catalogue, tag lang.Tag, f *fault.Error) string {
	text := c.T(tag, f.Key, f.Args...)
	if f.Field != "" {
		return f.Field + ": " + text
	}
	return text
}

// language is the terminal's when Jard speaks it, else English.
func (p program) language() lang.Tag {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		code, _, _ := strings.Cut(p.getenv(name), "_")
		if tag := lang.Tag(code); tag.Valid() {
			return tag
		}
	}
	return lang.English
}
