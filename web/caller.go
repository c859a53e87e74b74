package web

import (
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// SignedIn returns who asks for a page of the desk. It refuses the public,
// whom the sign-in page then takes over, and those who may do act nowhere; the
// rule behind the page decides about the one institution.
func SignedIn(c *gin.Context, act identity.Act) (identity.Actor, error) {
	by := ActorFrom(c.Request.Context())
	switch {
	case !by.Known():
		return by, fault.New(fault.Unauthenticated, "identity.sign_in_first")
	case !by.MayAnywhere(act):
		return by, fault.New(fault.Forbidden, "identity.forbidden", string(act))
	}
	return by, nil
}

// IfMatch reads the revision of an If-Match; 0 means any. A tag that is none
// of ours matches nothing, which is said under key.
func IfMatch(tag, key string) (int, error) {
	tag = strings.TrimSpace(tag)
	if tag == "" || tag == "*" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.Trim(tag, `"`))
	if err != nil || n <= 0 {
		return 0, fault.New(fault.Stale, key)
	}
	return n, nil
}
