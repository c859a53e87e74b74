package database

import (
	"net/url"
	"strings"
)

// hidePassword removes the password of rawURL from a driver's message.
func hidePassword(message, rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil || u.User == nil {
		return message
	}
	if password, ok := u.User.Password(); ok && password != "" {
		message = strings.ReplaceAll(message, password, "***")
	}
	return message
}
