package mail

import (
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func good() Message {
	return Message{
		Kind: "digest", To: "amel@agriculture.tn", Name: "أمل الطرابلسي", Lang: lang.Arabic,
		Subject: "تذكير بالتحيين", Text: "سطر\nسطر آخر", HTML: "<p>سطر</p>",
	}
}

func TestWhatMayBeMailed(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*Message)
		want   string // fault as "field key"; empty: accepted
	}{
		"a good message":             {func(*Message) {}, ""},
		"a kind with spaces":         {func(m *Message) { m.Kind = "my digest" }, "kind mail.kind"},
		"no address":                 {func(m *Message) { m.To = " " }, "to fault.required"},
		"a word for an address":      {func(m *Message) { m.To = "amel" }, "to mail.address"},
		"a second receiver":          {func(m *Message) { m.To = "a@b.tn, c@d.tn" }, "to mail.address"},
		"a header behind an address": {func(m *Message) { m.To = "a@b.tn\r\nBcc: c@d.tn" }, "to mail.address"},
		"a name in the address":      {func(m *Message) { m.To = "Amel <a@b.tn>" }, "to mail.address"},
		"a quoted mailbox":           {func(m *Message) { m.To = `"a b"@c.tn` }, "to mail.address"},
		"a machine without a domain": {func(m *Message) { m.To = "root@localhost" }, "to mail.address"},
		"a number for a domain":      {func(m *Message) { m.To = "a@[10.0.0.1]" }, "to mail.address"},
		"a mailbox of 65 letters":    {func(m *Message) { m.To = strings.Repeat("a", 65) + "@b.tn" }, "to mail.address"},
		"a language nobody speaks":   {func(m *Message) { m.Lang = "de" }, "language fault.language"},
		"no subject":                 {func(m *Message) { m.Subject = " " }, "subject fault.required"},
		"a header in the subject":    {func(m *Message) { m.Subject = "x\r\nBcc: c@d.tn" }, "subject fault.one_line"},
		"a Unicode line break":       {func(m *Message) { m.Subject = "x\u2028y" }, "subject fault.one_line"},
		"a bell in the subject":      {func(m *Message) { m.Subject = "x\ay" }, "subject fault.control"},
		"bytes that are no text":     {func(m *Message) { m.Subject = "x\xff" }, "subject fault.utf8"},
		"a subject too long":         {func(m *Message) { m.Subject = strings.Repeat("ب", 201) }, "subject fault.too_long"},
		"a header in the name":       {func(m *Message) { m.Name = "x\nBcc: c@d.tn" }, "name fault.one_line"},
		"a header in the link":       {func(m *Message) { m.Unsubscribe = "https://x\r\ny" }, "unsubscribe fault.one_line"},
		"no text":                    {func(m *Message) { m.Text = "" }, "text fault.required"},
		"a zero in the text":         {func(m *Message) { m.Text = "a\x00b" }, "text fault.control"},
		"a book":                     {func(m *Message) { m.Text = strings.Repeat("x", MaxBody+1) }, "text fault.too_long"},
		"bytes in the HTML":          {func(m *Message) { m.HTML = "\xff" }, "html fault.utf8"},
		"a file without a type":      {func(m *Message) { m.Attachments = []Attachment{{Name: "a.csv"}} }, "attachments fault.media_type"},
		"a header in a file's name":  {func(m *Message) { m.Attachments = []Attachment{{Name: "a\r\nb", Type: "text/csv"}} }, "attachments fault.one_line"},
		"a file too large": {func(m *Message) {
			m.Attachments = []Attachment{{Name: "a", Type: "text/csv", Data: make([]byte, MaxAttachments+1)}}
		}, "attachments fault.too_long"},
	} {
		t.Run(name, func(t *testing.T) {
			m := good()
			tt.change(&m)
			got := ""
			for _, f := range fault.All(m.Check()) {
				got += f.Field + " " + f.Key
			}
			if got != tt.want {
				t.Errorf("Check says %q; want %q", got, tt.want)
			}
		})
	}
}

func TestALetterIsTriedForThreeDaysAndThenGivenUp(t *testing.T) {
	l := Letter{State: Queued, QueuedAt: now, NextAt: now}
	at := now
	for range maxTries {
		if !l.Ready(at) {
			t.Fatalf("not ready at %s after %d tries", at, l.Tries)
		}
		l.Fail(Failure{Reason: Busy}, at)
		if l.State == Queued && l.Ready(at) {
			t.Fatal("ready again without a pause")
		}
		if l.State == Queued {
			at = l.NextAt
		}
	}
	if d := at.Sub(now); l.State != Failed || l.Reason != Busy || d < 2*24*time.Hour || d > 4*24*time.Hour {
		t.Errorf("after %d tries over %s: %s, %s", l.Tries, d, l.State, l.Reason)
	}
	if !l.Retry(at) || !l.Ready(at) || l.Tries != 0 {
		t.Error("a letter that was given up cannot be tried again")
	}
}

func TestARefusalIsFinal(t *testing.T) {
	l := Letter{State: Queued}
	l.Fail(Failure{Reason: Refused, Final: true}, now)
	if l.State != Failed || l.Ready(now.AddDate(1, 0, 0)) {
		t.Errorf("after a refusal: %+v", l)
	}
}

func TestWhoHasALetterInHand(t *testing.T) {
	l := Letter{State: Queued, QueuedAt: now, NextAt: now}
	l.Take(now)
	for name, tt := range map[string]struct {
		at   time.Time
		want bool
	}{
		"while it is in hand":             {now.Add(time.Minute), false},
		"after its sender died":           {now.Add(InHand), true},
		"after the clock went back a day": {now.AddDate(0, 0, -1), true},
	} {
		if got := l.Ready(tt.at); got != tt.want {
			t.Errorf("%s: Ready = %v; want %v", name, got, tt.want)
		}
	}
}

func TestWhatLetsOneActDoesNotStayBehind(t *testing.T) {
	l := Letter{State: Queued, Sensitive: true, Text: "https://…", HTML: "…", Unsubscribe: "…"}
	l.Deliver(now)
	if l.Text+l.HTML+l.Unsubscribe != "" || l.EmptiedAt == nil || l.State != Sent {
		t.Errorf("after sending: %+v", l)
	}
	if l.Retry(now) {
		t.Error("a letter that is sent was queued again")
	}
	old := Letter{State: Failed, QueuedAt: now.AddDate(0, 0, -8)}
	if old.Retry(now) {
		t.Error("a letter of last week was queued again")
	}
}

func FuzzAddress(f *testing.F) {
	for _, s := range []string{"a@b.tn", "a@b.tn\r\nBcc: x@y.tn", "أ@ب.تونس", "a@b.tn,c@d.tn", `"a"@b.tn`, "<a@b.tn>", "@", "a@@b.tn"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		address, err := Address(s)
		if err != nil {
			return
		}
		if strings.ContainsAny(address, " \r\n\t,;<>\"") || strings.Count(address, "@") != 1 || len(address) > 254 {
			t.Errorf("Address(%q) = %q", s, address)
		}
		if again, err := Address(address); err != nil || again != address {
			t.Errorf("Address(%q) = %q, %v; accepted before", address, again, err)
		}
	})
}

func FuzzSubject(f *testing.F) {
	for _, s := range []string{"تذكير", "x\r\nBcc: y", "a\u2029b", "\x00", strings.Repeat("ب", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m := good()
		m.Subject = s
		if m.Check() == nil && strings.ContainsAny(s, "\r\n\x00") {
			t.Errorf("accepted the subject %q", s)
		}
	})
}
