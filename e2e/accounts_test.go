package e2e

import (
	"encoding/base32"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jard-odi/jard/identity"
)

// TestBrowserSecondStep has a member of the committee set up codes of a
// device, sign in with a recovery code, and turn codes off again.
func TestBrowserSecondStep(t *testing.T) {
	browser := chrome(t)
	for lang, width := range map[string]int{"fr": 1280, "ar": 390} {
		v := visit(t, browser, lang, width)
		v.choosesLanguage()
		l := demo.logins["committee"]
		v.signInAs(l)
		v.open("/account/totp", http.StatusOK)
		v.see("two-step")
		key := strings.ToUpper(strings.ReplaceAll(v.text("document.getElementById('secret').textContent"), " ", ""))
		secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key)
		if err != nil {
			t.Fatal(err)
		}
		v.fill([]field{{"code", identity.Code(secret, identity.StepAt(time.Now()))}})
		v.click("main form .button.primary", http.StatusOK)
		v.see("two-step-codes")
		codes := strings.Split(v.text("[...document.querySelectorAll('.codes code')].map(c => c.textContent).join(' ')"), " ")
		if len(codes) != identity.RecoveryCodes {
			t.Fatalf("%d recovery codes are shown", len(codes))
		}
		v.open("/account", http.StatusOK)
		v.see("account-two-step")
		v.click(".who form button", http.StatusOK)
		v.signInAs(l)
		if path := v.text("location.pathname"); path != "/login/code" {
			t.Fatalf("the password alone leads to %s", path)
		}
		v.see("code")
		v.fill([]field{{"code", codes[0]}})
		v.click("main form .button.primary", http.StatusOK)
		if path := v.text("location.pathname"); path != "/desk" {
			t.Fatalf("a recovery code leads to %s", path)
		}
		v.open("/account/proof?next=/account", http.StatusOK)
		v.see("proof")
		v.open("/account/totp/off", http.StatusOK)
		v.see("two-step-off")
		v.fill([]field{{"password", l.password}, {"code", codes[1]}})
		v.click("main form .button.danger", http.StatusOK)
		if path := v.text("location.pathname"); path != "/account" {
			t.Fatalf("turning codes off leads to %s", path)
		}
	}
}
