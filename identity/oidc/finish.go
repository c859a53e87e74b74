package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/lang"
)

// Begin returns where to send the browser.
func (p *Provider) Begin(ctx context.Context, f Flow, tag lang.Tag) (string, error) {
	about, err := p.learn(ctx)
	if err != nil {
		return "", err
	}
	extra := []oauth2.AuthCodeOption{
		oidc.Nonce(f.Nonce()), oauth2.S256ChallengeOption(f.verifier()), oauth2.SetAuthURLParam("ui_locales", string(tag)),
	}
	if len(p.set.RequireACR) > 0 {
		extra = append(extra, oauth2.SetAuthURLParam("acr_values", strings.Join(p.set.RequireACR, " ")))
	}
	switch {
	case f.wish == Prove:
		extra = append(extra, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	case p.set.MaxAge > 0:
		extra = append(extra, oauth2.SetAuthURLParam("max_age", strconv.Itoa(int(p.set.MaxAge.Seconds()))))
	}
	return p.talk(about).AuthCodeURL(f.State(), extra...), nil
}

// talk is how the library speaks to this provider.
func (p *Provider) talk(about metadata) *oauth2.Config {
	style := oauth2.AuthStyleInHeader // what a provider takes that says nothing
	if p.set.Secret == "" || len(about.TokenMethods) > 0 && !slices.Contains(about.TokenMethods, "client_secret_basic") {
		style = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{
		ClientID: p.set.ClientID, ClientSecret: p.set.Secret, RedirectURL: p.set.Callback, Scopes: p.set.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: about.Authorize, TokenURL: about.Token, AuthStyle: style},
	}
}

// Answer is what the browser brings back.
type Answer struct{ State, Code, Issuer, Error string }

// AnswerOf reads it from the address the browser came back to. What is there
// twice is not there: the two of us could read different ones.
func AnswerOf(q url.Values) Answer {
	once := func(name string) string {
		if len(q[name]) == 1 && len(q[name][0]) <= 8<<10 {
			return q[name][0]
		}
		return ""
	}
	return Answer{once("state"), once("code"), once("iss"), once("error")}
}

// Finish turns what the browser brought back into who the person is.
func (p *Provider) Finish(ctx context.Context, f Flow, a Answer) (*Person, error) {
	if subtle.ConstantTimeCompare([]byte(a.State), []byte(f.State())) != 1 {
		return nil, trouble(fault.Conflict, keyAgain, "the state is not that of this browser")
	}
	about, err := p.learn(ctx)
	if err != nil {
		return nil, err
	}
	// RFC 9207: a code of another provider must not be spent here, nor ours there.
	if a.Issuer != "" && a.Issuer != p.set.Issuer || a.Issuer == "" && about.NamesItself {
		return nil, trouble(fault.Forbidden, keyProof, "the answer is of another provider")
	}
	if a.Error != "" {
		return nil, refusal(a.Error)
	}
	if a.Code == "" {
		return nil, trouble(fault.Conflict, keyAgain, "there is no code")
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	default:
		return nil, trouble(fault.Unavailable, keyDown, "too many sign-ins wait for the provider")
	}
	token, err := p.talk(about).Exchange(p.with(ctx), a.Code, oauth2.VerifierOption(f.verifier()))
	if err != nil {
		return nil, exchangeTrouble(err)
	}
	raw, _ := token.Extra("id_token").(string)
	return p.person(ctx, about, raw, token, f)
}

// with makes the library use our way to the provider.
func (p *Provider) with(ctx context.Context) context.Context {
	return oidc.ClientContext(ctx, p.client)
}

// refusals are the errors that a provider may answer with, and what they mean
// to the person. What is not here is not repeated.
var refusals = map[string]struct {
	kind fault.Kind
	key  string
}{
	"access_denied":                     {fault.Forbidden, keyDenied},
	"consent_required":                  {fault.Forbidden, keyDenied},
	"account_selection_required":        {fault.Conflict, keyAgain},
	"interaction_required":              {fault.Conflict, keyAgain},
	"login_required":                    {fault.Conflict, keyAgain},
	"invalid_grant":                     {fault.Conflict, keyAgain},
	"temporarily_unavailable":           {fault.Unavailable, keyDown},
	"server_error":                      {fault.Unavailable, keyProvider},
	"invalid_request":                   {fault.Unavailable, keyProvider},
	"invalid_client":                    {fault.Unavailable, keyProvider},
	"invalid_scope":                     {fault.Unavailable, keyProvider},
	"unauthorized_client":               {fault.Unavailable, keyProvider},
	"unsupported_response_type":         {fault.Unavailable, keyProvider},
	"unsupported_grant_type":            {fault.Unavailable, keyProvider},
	"unmet_authentication_requirements": {fault.Forbidden, keyAssurance},
}

func refusal(code string) error {
	if r, ok := refusals[code]; ok {
		return trouble(r.kind, r.key, "the provider answers "+code)
	}
	return trouble(fault.Unavailable, keyProvider, "the provider answers an error that no standard names")
}

func exchangeTrouble(err error) error {
	var said *oauth2.RetrieveError
	switch {
	case errors.As(err, &said) && said.ErrorCode != "":
		return refusal(said.ErrorCode)
	case errors.As(err, &said) && said.Response != nil && said.Response.StatusCode < http.StatusInternalServerError:
		return trouble(fault.Unavailable, keyProvider, "the token endpoint answers "+strconv.Itoa(said.Response.StatusCode))
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return trouble(fault.Unavailable, keyDown, failed.Err)
	}
	return trouble(fault.Unavailable, keyDown, "the token endpoint answers what is no token")
}
