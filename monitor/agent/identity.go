package agent

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Identity is who an agent is: what it got for its token, and the key it made
// itself. The key never leaves the machine.
type Identity struct {
	Vantage  string `json:"vantage"`
	Server   string `json:"server"`
	Seed     []byte `json:"seed"`
	Sequence int64  `json:"sequence"` // of the last batch the installation had when it was enrolled
}

func (i *Identity) key() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(i.Seed) }

// errNobody is what an agent without identity and without token says.
var errNobody = errors.New("this agent is not enrolled: put the one-time token from /desk/vantages into JARD_TOKEN")

// identify returns the identity kept in dir, or gets one for the token.
func identify(ctx context.Context, dir, token string, c *Client) (*Identity, error) {
	path := filepath.Join(dir, "identity.json")
	i, err := readIdentity(path)
	switch {
	case err == nil && i.Server != c.base.String():
		return nil, fmt.Errorf("%s belongs to %s; give another --state for another server", path, i.Server)
	case err == nil:
		return i, nil
	case !errors.Is(err, os.ErrNotExist):
		return nil, err
	case token == "":
		return nil, errNobody
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	welcome, err := c.enrol(ctx, token, public)
	if err != nil {
		return nil, fmt.Errorf("enrol: %w", err)
	}
	i = &Identity{Vantage: welcome.Vantage, Server: c.base.String(), Seed: private.Seed(), Sequence: welcome.Sequence}
	text, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return nil, err
	}
	return i, writeWhole(path, append(text, '\n'))
}

// readIdentity reads an identity that nobody else on the machine may read.
func readIdentity(path string) (*Identity, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others (%s): chmod 600, or enrol anew if somebody may have", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var i Identity
	if err := json.Unmarshal(text, &i); err != nil || len(i.Seed) != ed25519.SeedSize || i.Vantage == "" {
		return nil, fmt.Errorf("%s is no identity of an agent", path)
	}
	return &i, nil
}
