package web

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

// cookieName carries the __Host- prefix where the browser can honour it: then
// no other host of the domain can plant a session.
func (s *Shell) cookieName() string {
	if s.secure {
		return "__Host-jard_session"
	}
	return "jard_session"
}

// BeginSession gives the browser the session it just opened.
func (s *Shell) BeginSession(c *gin.Context, token string, expires time.Time) {
	s.setCookie(c, s.cookieName(), token, max(int(expires.Sub(s.now()).Seconds()), 1))
}

// EndSession makes the browser forget its session.
func (s *Shell) EndSession(c *gin.Context) { s.setCookie(c, s.cookieName(), "", -1) }

// SessionToken is what the browser presented, empty when nothing.
func (s *Shell) SessionToken(c *gin.Context) string {
	token, err := c.Cookie(s.cookieName())
	if err != nil {
		return ""
	}
	return token
}

// A sign-in whose password was right waits for a code under a cookie of its
// own: it is no session.

// BeginStep has the browser remember the sign-in that waits.
func (s *Shell) BeginStep(c *gin.Context, token string, expires time.Time) {
	s.setCookie(c, s.cookieName()+"_step", token, max(int(expires.Sub(s.now()).Seconds()), 1))
}

// EndStep has the browser forget it.
func (s *Shell) EndStep(c *gin.Context) { s.setCookie(c, s.cookieName()+"_step", "", -1) }

// StepToken is the sign-in that waits, empty when none does.
func (s *Shell) StepToken(c *gin.Context) string {
	token, err := c.Cookie(s.cookieName() + "_step")
	if err != nil {
		return ""
	}
	return token
}

// setCookie writes a cookie scripts cannot read and other sites cannot send.
func (s *Shell) setCookie(c *gin.Context, name, value string, maxAge int) {
	http.SetCookie(c.Writer, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode,
	})
}
