// Package portalwatch reads a national portal through its Action API, politely
// and without trusting a word of it, and hands what it shows to the rules of
// package portal. It changes nothing there.
package portalwatch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jard-odi/jard/inventory/portal"
	"github.com/jard-odi/jard/outgoing"
)

// Client asks the Action API of one portal.
type Client struct {
	HTTP     *http.Client // guarded: package outgoing
	Base     string       // address of the portal
	Agent    string
	MaxBytes int64                                      // of one answer
	Pause    time.Duration                              // between two requests
	Wait     func(context.Context, time.Duration) error // nil: by the clock
	Now      func() time.Time

	asked int
	last  time.Time
}

// failure is a request that did not succeed for a reason of the portal's.
type failure struct {
	why    portal.Failure
	detail string
	again  bool          // worth trying again
	after  time.Duration // not before
	gone   bool          // the portal says that there is no such package
}

func (f *failure) Error() string { return string(f.why) + ": " + f.detail }

const (
	tries      = 4
	firstPause = time.Second
	longest    = 2 * time.Minute // the longest that a Retry-After is waited for
)

// act asks an action and returns its result. What may pass is tried again.
func (c *Client) act(ctx context.Context, action string, args url.Values) (json.RawMessage, error) {
	pause := firstPause
	for try := 1; ; try++ {
		result, err := c.once(ctx, action, args)
		var f *failure
		if err == nil || !errors.As(err, &f) || !f.again || try == tries {
			return result, err
		}
		if err := c.wait(ctx, max(pause, f.after)); err != nil {
			return nil, &failure{why: portal.Stopped, detail: action}
		}
		pause *= 4
	}
}

// wait lets time pass.
func (c *Client) wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	if c.Wait != nil {
		return c.Wait(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// once asks once.
func (c *Client) once(ctx context.Context, action string, args url.Values) (json.RawMessage, error) {
	if c.asked > 0 {
		if err := c.wait(ctx, c.Pause-c.Now().Sub(c.last)); err != nil {
			return nil, &failure{why: portal.Stopped, detail: action}
		}
	}
	c.asked++
	defer func() { c.last = c.Now() }()
	address := strings.TrimSuffix(c.Base, "/") + "/api/3/action/" + action + "?" + args.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &failure{why: portal.Unreachable, detail: action}
	}
	req.Header.Set("User-Agent", c.Agent)
	req.Header.Set("Accept", "application/json")
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, c.unanswered(ctx, action, err)
	}
	defer resp.Body.Close()
	if err := c.status(action, resp); err != nil && resp.StatusCode != http.StatusNotFound {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.MaxBytes+1))
	if err != nil {
		return nil, c.unanswered(ctx, action, err)
	}
	if int64(len(body)) > c.MaxBytes {
		return nil, &failure{why: portal.TooLarge, detail: fmt.Sprintf("%s: more than %d bytes", action, c.MaxBytes)}
	}
	return unwrap(action, resp.StatusCode, body)
}

// unanswered says why there was no answer, in words without addresses.
func (c *Client) unanswered(ctx context.Context, action string, err error) error {
	var network net.Error
	switch {
	case errors.Is(err, outgoing.ErrRefused):
		return &failure{why: portal.Forbidden, detail: action}
	case ctx.Err() != nil:
		return &failure{why: portal.Stopped, detail: action}
	case errors.As(err, &network) && network.Timeout():
		return &failure{why: portal.TimedOut, detail: action, again: true}
	}
	return &failure{why: portal.Unreachable, detail: action, again: true}
}

// status tells what a status means before the answer is read.
func (c *Client) status(action string, resp *http.Response) error {
	code := resp.StatusCode
	f := &failure{why: portal.Status, detail: fmt.Sprintf("%s: %d", action, code)}
	switch {
	case code == http.StatusOK:
		return nil
	case code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable:
		f.why, f.again = portal.Throttled, true
		f.after = outgoing.RetryAfter(resp.Header, c.Now())
		if f.after > longest {
			f.again = false
		}
		if code == http.StatusServiceUnavailable && f.after == 0 {
			f.why = portal.Status
		}
	case code >= http.StatusInternalServerError:
		f.again = true
	}
	return f
}

// unwrap takes the result out of an answer. That something is not there counts
// only when the portal says so in its own words: any proxy can answer 404.
func unwrap(action string, status int, body []byte) (json.RawMessage, error) {
	var envelope struct {
		Success *bool           `json:"success"`
		Result  json.RawMessage `json:"result"`
		Error   struct {
			Type string `json:"__type"`
		} `json:"error"`
	}
	err := json.Unmarshal(body, &envelope)
	switch {
	case err != nil || envelope.Success == nil:
		if status != http.StatusOK {
			return nil, &failure{why: portal.Status, detail: fmt.Sprintf("%s: %d", action, status)}
		}
		return nil, &failure{why: portal.NoJSON, detail: action, again: true}
	case !*envelope.Success:
		gone := envelope.Error.Type == "Not Found Error"
		return nil, &failure{why: portal.Refused, detail: action, gone: gone}
	case status != http.StatusOK || len(envelope.Result) == 0:
		return nil, &failure{why: portal.NoJSON, detail: action}
	}
	return envelope.Result, nil
}

// page is one page of package_search.
type page struct {
	Count   int               `json:"count"`
	Results []json.RawMessage `json:"results"`
}

func (c *Client) search(ctx context.Context, start, rows int) (page, error) {
	result, err := c.act(ctx, "package_search", url.Values{
		"q": {"*:*"}, "rows": {strconv.Itoa(rows)}, "start": {strconv.Itoa(start)}, "sort": {"id asc"},
	})
	if err != nil {
		return page{}, err
	}
	var p page
	if err := json.Unmarshal(result, &p); err != nil || p.Results == nil || p.Count < 0 {
		return page{}, &failure{why: portal.NoJSON, detail: "package_search: no list"}
	}
	return p, nil
}

// show returns a package by its id or its name; ok is false when the portal
// says that it has none.
func (c *Client) show(ctx context.Context, key string) (p portal.Package, ok bool, err error) {
	result, err := c.act(ctx, "package_show", url.Values{"id": {key}})
	var f *failure
	if errors.As(err, &f) && f.gone {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	if p, err = portal.ReadPackage(result); err != nil {
		return p, false, &failure{why: portal.NoJSON, detail: "package_show: no package"}
	}
	return p, true, nil
}
