package journey

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// maxShown is how much of an answer is repeated when it is not the one expected.
const maxShown = 80

// Judge says what about a is not as expected; empty when all is. wrongStatus
// tells whether that is its status.
func (e Expect) Judge(a *Answer, variables map[string]string, took time.Duration) (text string, wrongStatus bool) {
	if !e.Allows(a.Status) {
		return fmt.Sprintf("status %d", a.Status), true
	}
	for _, judge := range []func(*Answer, map[string]string) string{e.judgePlace, e.judgeText, e.judgePage, e.judgeValues} {
		if text := judge(a, variables); text != "" {
			return text, false
		}
	}
	if e.Within > 0 && took > e.Within {
		return fmt.Sprintf("%s > %s", took.Round(time.Millisecond), e.Within), false
	}
	return "", false
}

// judgePlace compares where redirects ended: with the path alone when only a
// path is expected.
func (e Expect) judgePlace(a *Answer, variables map[string]string) string {
	if e.URL.Empty() {
		return ""
	}
	want, got := e.URL.Expand(variables, nil), a.URL.Scheme+"://"+a.URL.Host+a.URL.EscapedPath()
	if strings.HasPrefix(want, "/") {
		got = a.URL.EscapedPath()
	}
	if got == want {
		return ""
	}
	return fmt.Sprintf("ended at %s; expected %s", cut(got), e.URL.Raw)
}

func (e Expect) judgeText(a *Answer, variables map[string]string) string {
	for _, t := range e.Contains {
		if !bytes.Contains(a.Body, []byte(t.Expand(variables, nil))) {
			return fmt.Sprintf("%q is missing", t.Raw)
		}
	}
	for _, t := range e.Absent {
		if bytes.Contains(a.Body, []byte(t.Expand(variables, nil))) {
			return fmt.Sprintf("%q is there", t.Raw)
		}
	}
	for _, pattern := range e.Matches {
		if p, err := regexp.Compile(pattern); err != nil || !p.Match(a.Body) {
			return fmt.Sprintf("nothing matches %q", pattern)
		}
	}
	return ""
}

func (e Expect) judgePage(a *Answer, _ map[string]string) string {
	for _, selector := range e.CSS {
		if a.First(selector) == nil {
			return fmt.Sprintf("no element matches %q", selector)
		}
	}
	return ""
}

func (e Expect) judgeValues(a *Answer, variables map[string]string) string {
	for _, p := range e.JSON {
		got, ok := a.JSON(p.Name)
		switch want := p.Text.Expand(variables, nil); {
		case !ok:
			return fmt.Sprintf("%s is missing", p.Name)
		case got != want:
			return fmt.Sprintf("%s is %q; expected %q", p.Name, cut(got), p.Text.Raw)
		}
	}
	for _, p := range e.Headers {
		if got := a.Header.Get(p.Name); !strings.Contains(got, p.Text.Expand(variables, nil)) {
			return fmt.Sprintf("header %s is %q; expected %q", p.Name, cut(got), p.Text.Raw)
		}
	}
	return ""
}

func cut(s string) string {
	if letters := []rune(s); len(letters) > maxShown {
		return string(letters[:maxShown]) + "…"
	}
	return s
}
