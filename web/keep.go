package web

import (
	"time"

	"github.com/gin-gonic/gin"
)

// keptName carries the __Host- prefix where the browser can honour it: then no
// other host of the domain can plant one.
func (s *Shell) keptName(name string) string {
	if s.secure {
		return "__Host-jard_" + name
	}
	return "jard_" + name
}

// Keep has the browser keep something for a short while, out of reach of scripts.
func (s *Shell) Keep(c *gin.Context, name, value string, age time.Duration) {
	s.setCookie(c, s.keptName(name), value, max(int(age.Seconds()), 1))
}

// Kept is what the browser kept, empty when nothing.
func (s *Shell) Kept(c *gin.Context, name string) string {
	value, err := c.Cookie(s.keptName(name))
	if err != nil {
		return ""
	}
	return value
}

// Forget has the browser forget it.
func (s *Shell) Forget(c *gin.Context, name string) { s.setCookie(c, s.keptName(name), "", -1) }
