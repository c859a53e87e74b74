package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"github.com/jard-odi/jard/fault"
)

// Leave returns where to send a browser that signed out here, so that it signs
// out at the provider too; empty when the provider knows no such place, or
// cannot be asked.
func (p *Provider) Leave(ctx context.Context, idToken string) string {
	about, err := p.learn(ctx)
	if err != nil || about.EndSession == "" {
		return ""
	}
	u, err := url.Parse(about.EndSession)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.set.ClientID)
	q.Set("post_logout_redirect_uri", p.set.AfterLogout)
	if idToken != "" && len(idToken) < 6<<10 { // longer addresses are cut on the way
		q.Set("id_token_hint", idToken)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// Ended is what the provider tells when a session there is over: of one
// session, or of every one of a person.
type Ended struct {
	Issuer, Subject, Session string
	Once                     string    // names this message: a second one is a replay
	Until                    time.Time // when it cannot be replayed any more
}

// messageAge is how long ago a message of the provider may have been written,
// whatever its own end says.
const messageAge = 10 * time.Minute

// Ended reads what the provider sent by itself (back-channel logout).
func (p *Provider) Ended(ctx context.Context, raw string) (Ended, error) {
	said, err := p.signed(ctx, raw)
	if err != nil {
		return Ended{}, unproved(fault.Invalid, err)
	}
	token, err := p.verifier(said).VerifyLogout(ctx, raw)
	if err != nil {
		return Ended{}, unproved(fault.Invalid, err)
	}
	var events struct {
		Events map[string]json.RawMessage `json:"events"`
	}
	s, err := statedIn(token.Claims, map[string]any{})
	if err = errors.Join(err, token.Claims(&events)); err != nil {
		return Ended{}, trouble(fault.Invalid, keyProof, "the claims cannot be read")
	}
	err = p.timely(s)
	switch {
	case err != nil:
	case p.now().Sub(s.Issued.time()) > messageAge+p.set.Leeway:
		err = errors.New("the message is old")
	case len(token.Audience) > 1 && s.Party != p.set.ClientID:
		err = errors.New("aud names several clients")
	case len(token.TokenID) > 500 || len(token.Subject) > 255 || len(token.SessionID) > 500:
		err = errors.New("a name in it is too long")
	case len(events.Events) != 1:
		err = errors.New("it tells of other events")
	}
	if err != nil {
		return Ended{}, trouble(fault.Invalid, keyProof, err)
	}
	return Ended{p.set.Issuer, token.Subject, token.SessionID, token.TokenID, p.now().Add(messageAge + 2*p.set.Leeway)}, nil
}
