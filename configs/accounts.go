package configs

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// roles are those that an account of a person can have.
var roles = []string{"officer", "supervisor", "mcd", "service_owner", "committee", "admin"}

// leastKey is how many characters a key that seals must have.
const leastKey = 32

// resolveKey reads the key from its file.
func (s *SignIn) resolveKey() error {
	if s.KeyFile == "" {
		return nil
	}
	if s.Key != "" {
		return errors.New("sign_in.key_file: key is set too; keep one of them")
	}
	data, err := os.ReadFile(s.KeyFile)
	if err != nil {
		return fmt.Errorf("sign_in.key_file: %w", pathless(err, s.KeyFile))
	}
	if s.Key = Secret(strings.TrimSpace(string(data))); s.Key == "" {
		return fmt.Errorf("sign_in.key_file: %s is empty", s.KeyFile)
	}
	return nil
}

// validateAccounts returns what is wrong with the settings of accounts kept here.
func (s SignIn) validateAccounts() error {
	var faults []error
	for n, role := range s.TOTPRequired {
		if !slices.Contains(roles, role) {
			faults = append(faults, fmt.Errorf("sign_in.totp_required[%d]: %q is no role of people; use %s", n, role, strings.Join(roles, ", ")))
		}
	}
	if s.TOTPGrace < 0 || s.TOTPGrace > Duration(90*24*time.Hour) {
		faults = append(faults, fmt.Errorf("sign_in.totp_grace: %s is outside 0s to 2160h", s.TOTPGrace))
	}
	if n := len(s.Key); n > 0 && n < leastKey {
		faults = append(faults, fmt.Errorf("sign_in.key: write at least %d letters (openssl rand -base64 32), or none", leastKey))
	}
	for n, key := range s.FormerKeys {
		if len(key) < leastKey {
			faults = append(faults, fmt.Errorf("sign_in.former_keys[%d]: a key has at least %d letters", n, leastKey))
		}
	}
	return errors.Join(faults...)
}

// warnings are what accounts kept here had better not be set to.
func (s SignIn) warnings() []string {
	if len(s.TOTPRequired) > 0 && s.Key == "" {
		return []string{"sign_in.key: missing; a copy of the database is then enough to make the codes that sign_in.totp_required asks for"}
	}
	return nil
}
