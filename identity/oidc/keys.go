package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"github.com/jard-odi/jard/fault"
)

// algorithms are the signatures we believe: those whose check needs nothing
// that could also sign. What the provider offers beside them does not count.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
	}
}

func algorithmNames() []string {
	names := make([]string, 0, len(algorithms()))
	for _, a := range algorithms() {
		names = append(names, string(a))
	}
	return names
}

const (
	mostKeys   = 100
	leastOfRSA = 2048 // bits
)

// keySet are the provider's public keys that may sign.
type keySet []jose.JSONWebKey

// UnmarshalJSON passes over keys that are not for us: of other kinds, for
// other uses, weak, or none at all.
func (s *keySet) UnmarshalJSON(data []byte) error {
	var doc struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return err
	}
	*s = nil
	for _, raw := range doc.Keys[:min(len(doc.Keys), mostKeys)] {
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) == nil && key.IsPublic() && (key.Use == "" || key.Use == "sig") && kindOf(key) != "" {
			*s = append(*s, key)
		}
	}
	if len(*s) == 0 {
		return errors.New("no key that may sign")
	}
	return nil
}

// kindOf says what a key signs with: "RS" stands for every algorithm of RSA.
func kindOf(key jose.JSONWebKey) string {
	switch k := key.Key.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() >= leastOfRSA {
			return "RS"
		}
	case *ecdsa.PublicKey:
		switch k.Curve.Params().BitSize {
		case 256:
			return string(jose.ES256)
		case 384:
			return string(jose.ES384)
		case 521:
			return string(jose.ES512)
		}
	case ed25519.PublicKey:
		return string(jose.EdDSA)
	}
	return ""
}

// signs tells whether the key may have made a signature of this algorithm.
func signs(key jose.JSONWebKey, algorithm string) bool {
	if key.Algorithm != "" && key.Algorithm != algorithm {
		return false
	}
	kind := kindOf(key)
	return kind == algorithm || kind == "RS" && (strings.HasPrefix(algorithm, "RS") || strings.HasPrefix(algorithm, "PS"))
}

// of returns the keys that may have signed under this name. Without a name
// there must be only one.
func (s keySet) of(name, algorithm string) []jose.JSONWebKey {
	var found []jose.JSONWebKey
	for _, key := range s {
		if signs(key, algorithm) && (name == "" || key.KeyID == name) {
			found = append(found, key)
		}
	}
	if name == "" && len(found) > 1 {
		return nil
	}
	return found
}

// known are the provider's keys, asked for again when again is set and the last
// time is a while ago.
func (p *Provider) known(ctx context.Context, again bool) (keySet, error) {
	about, err := p.learn(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := p.keys.get(ctx, p.now(), again, func(ctx context.Context) (keySet, error) {
		var keys keySet
		err := p.fetch(ctx, about.Keys, &keys)
		return keys, err
	})
	if err != nil {
		return nil, trouble(fault.Unavailable, keyDown, err)
	}
	return keys, nil
}

var errSignature = errors.New("there is no token, or no key of the provider signed it")

// signed returns what a token says, once its signature is that of the provider.
func (p *Provider) signed(ctx context.Context, raw string) (payload, error) {
	if raw == "" || len(raw) > maxToken {
		return nil, errSignature
	}
	token, err := jose.ParseSignedCompact(raw, algorithms())
	if err != nil {
		return nil, errSignature
	}
	header := token.Signatures[0].Protected
	for _, again := range []bool{false, true} {
		keys, err := p.known(ctx, again)
		if err != nil {
			return nil, err
		}
		found := keys.of(header.KeyID, header.Algorithm)
		for _, key := range found {
			if said, err := token.Verify(key); err == nil {
				return said, nil
			}
		}
		if len(found) > 0 {
			break // the key is there, and did not sign this
		}
	}
	return nil, errSignature
}

// payload is what was signed. To the library it is the set of keys: the
// signature has been looked at.
type payload []byte

// VerifySignature returns it.
func (p payload) VerifySignature(context.Context, string) ([]byte, error) { return p, nil }
