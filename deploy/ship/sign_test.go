package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhatIsSignedCanBeBelieved signs a release as make release does and
// checks it as the guide says: whatever was changed on the way is noticed.
func TestWhatIsSignedCanBeBelieved(t *testing.T) {
	if _, err := exec.LookPath("ssh-keygen"); err != nil {
		t.Skip("ssh-keygen is not on this machine, so signing is NOT tested: apt-get install openssh-client")
	}
	keys, dist := t.TempDir(), t.TempDir()
	sh := func(script string) (string, error) {
		cmd := exec.CommandContext(t.Context(), "sh", "-c", script)
		cmd.Dir = dist
		cmd.Env = append(os.Environ(), "KEYS="+keys, "SIGN="+absolute(t, filepath.Join(repo, "scripts/sign.sh")), "DIST="+dist, "REPO="+absolute(t, repo))
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	good := func(script string) {
		t.Helper()
		if out, err := sh(script); err != nil {
			t.Fatalf("%s: %v\n%s", script, err, out)
		}
	}
	bad := func(what, script, want string) {
		t.Helper()
		if out, err := sh(script); err == nil || !strings.Contains(out, want) {
			t.Errorf("%s: %v, %s; want %q", what, err, out, want)
		}
	}
	const (
		sign  = `cd "$REPO" && "$SIGN" "$KEYS/release" "$DIST"`
		check = `ssh-keygen -Y verify -f "$KEYS/allowed_signers" -I releases@jard -n jard-release -s SHA256SUMS.sig < SHA256SUMS && sha256sum --check --ignore-missing SHA256SUMS`
	)
	good(`ssh-keygen -q -t ed25519 -N '' -f "$KEYS/release" && ssh-keygen -q -t ed25519 -N '' -f "$KEYS/other"`)
	good(`echo program > 'jard-v1.tar.gz' && echo image > jard-v1-image.tar && sha256sum -- * > SHA256SUMS`)
	good(sign)
	good(`mv allowed_signers "$KEYS/" && ` + check)
	good(`mv jard-v1-image.tar "$KEYS/" && ` + check) // who needs one file copies one

	bad("another program", `cp -r . "$KEYS/a" && cd "$KEYS/a" && echo evil > jard-v1.tar.gz && `+check, "FAILED")
	bad("another sum", `cp -r . "$KEYS/b" && cd "$KEYS/b" && echo evil > jard-v1.tar.gz && sha256sum jard-v1.tar.gz > SHA256SUMS && `+check, "Could not verify signature")
	bad("signed by another", `cp -r . "$KEYS/c" && cd "$KEYS/c" && rm SHA256SUMS.sig && ssh-keygen -Y sign -q -f "$KEYS/other" -n jard-release SHA256SUMS && `+check, "Could not verify signature")
	bad("signed for something else", `cp -r . "$KEYS/d" && cd "$KEYS/d" && rm SHA256SUMS.sig && ssh-keygen -Y sign -q -f "$KEYS/release" -n file SHA256SUMS && `+check, "Could not verify signature")
	bad("sums that do not hold", `echo evil > jard-v1.tar.gz && `+sign, "FAILED")
	bad("a key in the sources", `cd "$REPO" && "$SIGN" README.md "$DIST"`, "lies in the sources")
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}
