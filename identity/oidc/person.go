package oidc

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/jard-odi/jard/fault"
)

// Person is who signed in, as the provider vouches for.
type Person struct {
	Issuer, Subject string
	Session         string // the provider's own name of their session; may be empty
	Nonce           string // of the flow: once only
	Email           string
	Verified        bool // the provider says that the address is theirs
	Name            string
	Proved          time.Time // when they last did so there; zero: the provider does not say
	Claims          map[string]any
	IDToken         string
}

// stated are the claims of a token that we check ourselves, beside those that
// the library does.
type stated struct {
	Party     string   `json:"azp"`
	NotBefore *seconds `json:"nbf"`
	Expires   *seconds `json:"exp"`
	Issued    *seconds `json:"iat"`
	Proved    *seconds `json:"auth_time"`
	Session   string   `json:"sid"`
	Context   string   `json:"acr"`
	Methods   []string `json:"amr"`
	Name      string   `json:"name"`
	Given     string   `json:"given_name"`
	Family    string   `json:"family_name"`
	Email     string   `json:"email"`
	Verified  yes      `json:"email_verified"`
}

// statedIn reads claims into all, and returns those we check. Their names are
// taken to the letter: a reader of JSON that passes over capitals would take a
// claim of somebody's own making, "Email_Verified", for the provider's.
func statedIn(read func(any) error, all map[string]any) (s stated, err error) {
	if err := read(&all); err != nil {
		return s, err
	}
	exact := map[string]any{}
	for _, name := range [...]string{
		"azp", "nbf", "exp", "iat", "auth_time", "sid", "acr", "amr", "name", "given_name", "family_name", "email", "email_verified",
	} {
		if value, there := all[name]; there {
			exact[name] = value
		}
	}
	data, err := json.Marshal(exact)
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(data, &s)
}

// seconds is a moment in a token; some write fractions.
type seconds float64

func (s seconds) time() time.Time {
	if s < 0 || s > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(s), 0)
}

// yes is true, or "true" as some providers write it.
type yes bool

// UnmarshalJSON reads both.
func (y *yes) UnmarshalJSON(data []byte) error {
	*y = string(data) == "true" || string(data) == `"true"`
	return nil
}

// verifier checks issuer and audience; the moments are checked by us, with a leeway.
func (p *Provider) verifier(said payload) *oidc.IDTokenVerifier {
	return oidc.NewVerifier(p.set.Issuer, said, &oidc.Config{
		ClientID: p.set.ClientID, SupportedSigningAlgs: algorithmNames(), SkipExpiryCheck: true,
	})
}

// person checks a token and reads who it is about.
func (p *Provider) person(ctx context.Context, about metadata, raw string, access *oauth2.Token, f Flow) (*Person, error) {
	said, err := p.signed(ctx, raw)
	if err != nil {
		return nil, unproved(fault.Forbidden, err)
	}
	token, err := p.verifier(said).Verify(ctx, raw)
	if err != nil {
		return nil, unproved(fault.Forbidden, err)
	}
	claims := map[string]any{}
	s, err := statedIn(token.Claims, claims)
	if err != nil {
		return nil, trouble(fault.Forbidden, keyProof, "the claims cannot be read")
	}
	if subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(f.Nonce())) != 1 {
		return nil, trouble(fault.Forbidden, keyProof, "the nonce is not that of this sign-in")
	}
	if err := errors.Join(p.timely(s), p.ours(token.Subject, token.Audience, s)); err != nil {
		return nil, trouble(fault.Forbidden, keyProof, err)
	}
	if token.AccessTokenHash != "" && token.VerifyAccessToken(access.AccessToken) != nil {
		return nil, trouble(fault.Forbidden, keyProof, "at_hash is of another access token")
	}
	if err := errors.Join(p.assured(s), p.again(s, f)); err != nil {
		return nil, trouble(fault.Forbidden, keyAssurance, err)
	}
	if p.set.UserInfo {
		if err := p.ask(ctx, about, token.Subject, access, claims, &s); err != nil {
			return nil, err
		}
	}
	var proved time.Time
	if s.Proved != nil {
		proved = s.Proved.time()
	}
	return &Person{
		Proved: proved,
		Issuer: p.set.Issuer, Subject: token.Subject, Session: s.Session, Nonce: token.Nonce, Email: strings.ToLower(strings.TrimSpace(s.Email)),
		Verified: bool(s.Verified), Name: s.name(), Claims: claims, IDToken: raw,
	}, nil
}

// unproved is a token that is refused, unless it is the provider that cannot be asked.
func unproved(kind fault.Kind, err error) error {
	if _, ok := fault.KindOf(err); ok {
		return err
	}
	return trouble(kind, keyProof, err)
}

// timely refuses a token that is over, or not yet begun.
func (p *Provider) timely(s stated) error {
	now := p.now()
	switch {
	case s.Expires == nil || s.Issued == nil || s.Issued.time().IsZero() || s.NotBefore != nil && s.NotBefore.time().IsZero():
		return errors.New("exp or iat is missing or no moment")
	case !now.Before(s.Expires.time().Add(p.set.Leeway)):
		return errors.New("the token is over")
	case s.Issued.time().After(now.Add(p.set.Leeway)):
		return errors.New("the token is of the future")
	case s.NotBefore != nil && s.NotBefore.time().After(now.Add(p.set.Leeway)):
		return errors.New("the token is not good yet")
	}
	return nil
}

// ours refuses a token that was made for others beside us, unless it says that
// it was us who asked for it.
func (p *Provider) ours(subject string, audience []string, s stated) error {
	switch {
	case subject == "" || len(subject) > 255 || !utf8.ValidString(subject) || strings.ContainsFunc(subject, unicode.IsControl):
		return errors.New("sub is empty or none")
	case s.Party != "" && s.Party != p.set.ClientID:
		return errors.New("azp is another client")
	case s.Party == "" && slices.ContainsFunc(audience, func(a string) bool { return a != p.set.ClientID && !slices.Contains(p.set.Audiences, a) }):
		return errors.New("aud names clients beside us that are not trusted, and azp none")
	case len(s.Session) > 500:
		return errors.New("sid is too long")
	}
	return nil
}

// assured refuses a proof that is less than what is required here.
func (p *Provider) assured(s stated) error {
	if len(p.set.RequireACR) > 0 && !slices.Contains(p.set.RequireACR, s.Context) {
		return errors.New("acr is none of those required")
	}
	for _, method := range p.set.RequireAMR {
		if !slices.Contains(s.Methods, method) {
			return fmt.Errorf("amr does not name %s", method)
		}
	}
	if p.set.MaxAge > 0 && (s.Proved == nil || p.now().Sub(s.Proved.time()) > p.set.MaxAge+p.set.Leeway) {
		return errors.New("auth_time is missing or too long ago")
	}
	return nil
}

// again refuses a proof that was given before it was asked for once more.
func (p *Provider) again(s stated, f Flow) error {
	if f.wish == Prove && (s.Proved == nil || s.Proved.time().Before(f.Began.Add(-p.set.Leeway))) {
		return errors.New("auth_time is missing or before the proof was asked for")
	}
	return nil
}

// reserved are the claims that only a signed token may state.
var reserved = [...]string{"iss", "sub", "aud", "azp", "exp", "iat", "nbf", "nonce", "acr", "amr", "auth_time", "sid"}

// ask adds what the provider says of the person at another address, where the
// token says nothing.
func (p *Provider) ask(ctx context.Context, about metadata, subject string, access *oauth2.Token, claims map[string]any, s *stated) error {
	if about.UserInfo == "" {
		return trouble(fault.Unavailable, keyProvider, "the provider has no userinfo address")
	}
	library := (&oidc.ProviderConfig{IssuerURL: about.Issuer, UserInfoURL: about.UserInfo, JWKSURL: about.Keys}).NewProvider(p.with(ctx))
	info, err := library.UserInfo(p.with(ctx), oauth2.StaticTokenSource(access))
	if err != nil {
		return trouble(fault.Unavailable, keyDown, "the userinfo address does not answer as it should")
	}
	more := map[string]any{}
	if info.Subject != subject || info.Claims(&more) != nil {
		return trouble(fault.Forbidden, keyProof, "userinfo is about another person")
	}
	_, stated := claims["email"]
	for name, value := range more {
		// An address and whether it is verified belong together.
		if _, there := claims[name]; there || slices.Contains(reserved[:], name) || name == "email_verified" && stated {
			continue
		}
		claims[name] = value
	}
	if *s, err = statedIn(func(any) error { return nil }, claims); err != nil {
		return trouble(fault.Forbidden, keyProof, "the claims of userinfo cannot be read")
	}
	return nil
}

// name is what to call the person; empty when nothing good is said.
func (s stated) name() string {
	name := s.Name
	if strings.TrimSpace(name) == "" {
		name = s.Given + " " + s.Family
	}
	name = strings.Join(strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if letters := []rune(name); len(letters) > 200 {
		name = string(letters[:200])
	}
	return name
}
