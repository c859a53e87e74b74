package portalwatch

import (
	"encoding/json"
	"errors"
	"testing"
)

// Whatever a portal answers is a result that is JSON, or a failure with a reason.
func FuzzEnvelope(f *testing.F) {
	for _, s := range []string{
		"", "{}", "null", `{"success":true,"result":{"count":1,"results":[{}]}}`, `{"success":true,"result":null}`, `{"success":false,"error":{"__type":"Not Found Error"}}`,
		`{"success":false,"error":"no"}`, `{"success":"true"}`, `<html>`, `{"success":true}`,
	} {
		f.Add(200, []byte(s))
		f.Add(404, []byte(s))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		result, err := unwrap("package_search", status, body)
		var why *failure
		switch {
		case err != nil && (!errors.As(err, &why) || why.why == ""):
			t.Errorf("%d %q fails without a reason: %v", status, body, err)
		case err == nil && !json.Valid(result):
			t.Errorf("%d %q gives %q", status, body, result)
		}
		if err == nil {
			var p page
			_ = json.Unmarshal(result, &p)
		}
	})
}
