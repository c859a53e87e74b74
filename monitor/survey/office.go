package survey

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
	"github.com/jard-odi/jard/lang"
)

// Branch is an office: a place of a service where people come. Posters and screens name
// one of the service's own list: what is not on it is no office.
type Branch struct {
	Service   string    `gorm:"primaryKey"`
	Code      string    `gorm:"primaryKey"`
	Name      lang.Text `gorm:"serializer:json"`
	ClosedAt  *time.Time
	CreatedAt time.Time
	CreatedBy string
}

// Screen is a kiosk: a screen at a counter. Whoever knows the secret in its address
// answers as that screen: nothing else is proved by it.
type Screen struct {
	ID        string `gorm:"primaryKey"`
	Service   string
	Office    string
	Name      string
	Hash      []byte // of the secret
	AnHour    int    // answers of full weight
	CreatedAt time.Time
	CreatedBy string
	RotatedAt *time.Time
	RevokedAt *time.Time
}

// Limits of offices and screens.
const (
	MostOffices   = 300 // of a service
	MostKiosks    = 300
	KioskUsual    = 60 // an hour: one a minute
	KioskMost     = 240
	maxOfficeName = 120
	secretBytes   = 16
	idBytes       = 6
)

var officeForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// NewBranch makes an office of a service, or says everything that is wrong with it.
func NewBranch(by identity.Actor, a *Asking, code string, name lang.Text, now time.Time) (*Branch, error) {
	if err := by.Must(identity.ManageSurveys, a.Institution); err != nil {
		return nil, err
	}
	var faults []error
	if code = strings.ToLower(strings.TrimSpace(code)); !officeForm.MatchString(code) {
		faults = append(faults, fault.At("code", "survey.office.code"))
	}
	clean := lang.Text{}
	for tag, text := range name {
		if text = Clean(text); text == "" {
			continue
		}
		if utf8.RuneCountInString(text) > maxOfficeName {
			faults = append(faults, fault.At("name."+tag, "survey.office.name_long", maxOfficeName))
		}
		clean[tag] = text
	}
	if clean.Empty() {
		faults = append(faults, fault.At("name.fr", "survey.office.name"))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return &Branch{Service: a.Service, Code: code, Name: clean, CreatedAt: now, CreatedBy: by.Account}, nil
}

// Open tells whether people come there.
func (o *Branch) Open() bool { return o.ClosedAt == nil }

// NewScreen makes a screen at an open office, and the token of its address: it is
// told this once, only its hash is kept.
func NewScreen(by identity.Actor, a *Asking, offices []Branch, office, name string, anHour int, now time.Time) (*Screen, string, error) {
	if err := by.Must(identity.ManageSurveys, a.Institution); err != nil {
		return nil, "", err
	}
	var faults []error
	if !slices.ContainsFunc(offices, func(o Branch) bool { return o.Code == office && o.Open() }) {
		faults = append(faults, fault.At("office", "survey.kiosk.office"))
	}
	if name = Clean(name); name == "" || utf8.RuneCountInString(name) > maxOfficeName {
		faults = append(faults, fault.At("name", "survey.kiosk.name", maxOfficeName))
	}
	if anHour < 1 || anHour > KioskMost {
		faults = append(faults, fault.At("an_hour", "survey.kiosk.an_hour", KioskMost))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, "", err
	}
	id := make([]byte, idBytes)
	_, _ = rand.Read(id) // never fails
	k := &Screen{
		ID: strings.ToLower(base64.RawURLEncoding.EncodeToString(id)), Service: a.Service, Office: office, Name: name, AnHour: anHour, CreatedAt: now,
		CreatedBy: by.Account,
	}
	return k, k.renew(), nil
}

// renew gives the screen another secret: the address before holds no more.
func (k *Screen) renew() (token string) {
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // never fails
	sum := sha256.Sum256(secret)
	k.Hash = sum[:]
	return "k1." + k.ID + "." + base64.RawURLEncoding.EncodeToString(secret)
}

// Rotate gives a screen another address.
func (k *Screen) Rotate(by identity.Actor, institution string, now time.Time) (token string, err error) {
	if err := by.Must(identity.ManageSurveys, institution); err != nil {
		return "", err
	}
	if k.RevokedAt != nil {
		return "", fault.New(fault.Conflict, "survey.kiosk.revoked")
	}
	k.RotatedAt = &now
	return k.renew(), nil
}

// Revoke has a screen's address hold no more, for ever.
func (k *Screen) Revoke(by identity.Actor, institution string, now time.Time) error {
	if err := by.Must(identity.ManageSurveys, institution); err != nil {
		return err
	}
	if k.RevokedAt != nil {
		return fault.New(fault.Conflict, "survey.kiosk.revoked")
	}
	k.RevokedAt = &now
	return nil
}

// ReadScreen reads the token of a screen's address: whose it says to be, and the
// secret. It is not yet known to be true.
func ReadScreen(token string) (id string, secret []byte, ok bool) {
	parts := strings.Split(token, ".")
	if len(token) > maxToken || len(parts) != 3 || parts[0] != "k1" || parts[1] == "" {
		return "", nil, false
	}
	secret, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	return parts[1], secret, err == nil && len(secret) == secretBytes
}

// Holds tells whether the secret is the screen's of today.
func (k *Screen) Holds(service string, secret []byte) bool {
	sum := sha256.Sum256(secret)
	return hmac.Equal(sum[:], k.Hash) && k.RevokedAt == nil && k.Service == service
}

// FromKiosk gives the answer the weight of the n-th one that its screen gave in
// an hour: whole as long as people can queue that fast, and then less and less.
func (a *Answer) FromKiosk(n int64, k *Screen) { a.Share(n - int64(k.AnHour) + 1) }

// OfficeLeast is how many counted answers an office needs to be told alone.
const OfficeLeast = 20

// OfficeSums are the answers of an office, summed up.
type OfficeSums struct {
	Code string
	Sums Sums
	N    int64 // that count
}

// Headline is the question that stands for what people said there: satisfaction, or
// ease where nobody was asked the former.
func (o *OfficeSums) Headline() string {
	if len(o.Sums.Distributions(Satisfaction, Part{})) == 0 {
		return Ease
	}
	return Satisfaction
}

// toldWeeks is how many whole weeks are told of offices to everybody: a quarter.
const toldWeeks = 13

// WholeWeeks are the last weeks that are over at now, by days: from a Monday to a
// Monday that is not part of them.
func WholeWeeks(now time.Time, zone *time.Location) (from, to time.Time) {
	today := dayOf(now, zone)
	to = today.AddDate(0, 0, -((int(today.Weekday()) + 6) % 7))
	return to.AddDate(0, 0, -7*toldWeeks), to
}

// Offices puts together what may be told of offices: each with enough answers,
// the others as one (with an empty code) so that no small one is told, nor found
// by taking the others off the whole. What is together still too little is left
// out; few is how many offices that is.
func Offices(all []OfficeSums) (told []OfficeSums, few int) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b OfficeSums) int {
		if a.N != b.N {
			return int(b.N - a.N)
		}
		return strings.Compare(a.Code, b.Code)
	})
	at := slices.IndexFunc(all, func(o OfficeSums) bool { return o.N < OfficeLeast })
	if at < 0 {
		return all, 0
	}
	if len(all)-at == 1 && at > 0 { // one alone would be the difference
		at--
	}
	rest := OfficeSums{Sums: Sums{}}
	for _, o := range all[at:] {
		rest.Sums.Merge(o.Sums)
		rest.N += o.N
	}
	told, few = all[:at], len(all)-at
	if rest.N >= OfficeLeast && few > 1 {
		return append(told, rest), 0
	}
	return told, few
}
