package smtp

import (
	"bytes"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"github.com/jard-odi/jard/mail"
)

// compose writes the letter as MIME: text, the same as HTML, attachments. Its
// Message-ID is that of the letter at every try, by which a receiver who got
// it twice knows it again.
func compose(l mail.Letter, s Settings) (*gomail.Msg, error) {
	m := gomail.NewMsg(gomail.WithEncoding(gomail.EncodingQP))
	if l.Lang == "ar" { // hardly a byte of Arabic survives quoted-printable unquoted
		m = gomail.NewMsg(gomail.WithEncoding(gomail.EncodingB64))
	}
	if err := m.FromFormat(s.Name.In(l.Lang), s.From); err != nil {
		return nil, err
	}
	if err := m.AddToFormat(l.Name, l.Recipient); err != nil {
		return nil, err
	}
	m.Subject(l.Subject)
	m.SetDateWithValue(l.QueuedAt)
	m.SetMessageIDWithValue(l.ID + "@" + domainOf(s.From))
	if l.Thread != "" { // the same root in each, whether or not a first mail of the thread was had
		root := "<" + l.Thread + "@" + domainOf(s.From) + ">"
		m.SetGenHeader(gomail.HeaderReferences, root)
		m.SetGenHeader(gomail.HeaderInReplyTo, root)
	}
	m.SetGenHeader(gomail.HeaderContentLang, string(l.Lang))
	m.SetGenHeader("Auto-Submitted", "auto-generated") // so that holiday notices do not answer it
	if l.Unsubscribe != "" {
		m.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+l.Unsubscribe+">")
		m.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	}
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	if l.HTML != "" {
		m.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	}
	for _, a := range l.Attachments {
		err := m.AttachReader(a.Name, bytes.NewReader(a.Data), gomail.WithFileContentType(gomail.ContentType(a.Type)))
		if err != nil {
			return nil, err
		}
	}
	return m, nil
}

// domainOf is what follows the @.
func domainOf(address string) string {
	_, domain, _ := strings.Cut(address, "@")
	if domain == "" {
		return "localhost"
	}
	return domain
}

// hasWord tells whether a list of words holds one.
func hasWord(list, word string) bool {
	for w := range strings.FieldsSeq(list) {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}
