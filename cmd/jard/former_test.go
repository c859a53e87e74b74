package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// exchange is a house whose version changes while people work: what they were
// told, and by which spell of it.
type exchange struct {
	t *testing.T

	mu    sync.Mutex
	up    []*inhabited
	turn  int
	spell string
	done  map[string]map[string]int // by spell and kind of work
	wrong []string
	known map[string]string // acknowledged datasets: ref to the state that was acknowledged

	officer, operator string // tokens
	stop              chan struct{}
	all               sync.WaitGroup
}

// inhabited is a process, and the requests that are under way at it.
type inhabited struct {
	*process
	url  string
	busy sync.WaitGroup
}

// pick is the process whose turn it is, however long there is none; ok is false
// once everything is over.
func (x *exchange) pick() (p *inhabited, ok bool) {
	for {
		x.mu.Lock()
		if n := len(x.up); n > 0 {
			x.turn++
			p := x.up[x.turn%n]
			p.busy.Add(1)
			x.mu.Unlock()
			return p, true
		}
		x.mu.Unlock()
		select {
		case <-x.stop:
			return nil, false
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// errand is what somebody asks, and how it must be answered.
type errand struct {
	method, path, token, cookie, key string
	form                             url.Values
	body                             any
	want                             int
}

// ask sends a request to the process whose turn it is. What is not answered as
// it must be is wrong: nobody tries twice.
func (x *exchange) ask(q errand) (answer []byte, head http.Header, ok bool) {
	p, ok := x.pick()
	if !ok {
		return nil, nil, false
	}
	defer p.busy.Done()
	kind, text := "application/json", ""
	switch {
	case q.form != nil:
		kind, text = "application/x-www-form-urlencoded", q.form.Encode()
	case q.body != nil:
		b, _ := json.Marshal(q.body)
		text = string(b)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, q.method, p.url+q.path, strings.NewReader(text))
	if err != nil {
		return nil, nil, x.fault(q, err.Error())
	}
	for name, value := range map[string]string{"Authorization": q.token, "Cookie": q.cookie, "Idempotency-Key": q.key} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if text != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := http.DefaultTransport.RoundTrip(req) // follows nothing
	if err != nil {
		return nil, nil, x.fault(q, "no answer: "+err.Error())
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != q.want {
		return nil, nil, x.fault(q, fmt.Sprintf("%d, %v: %.300s", resp.StatusCode, err, answer))
	}
	return answer, resp.Header, true
}

func (x *exchange) fault(q errand, what string) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.wrong = append(x.wrong, fmt.Sprintf("%s: %s %s: %s", x.spell, q.method, q.path, what))
	return false
}

// works has somebody do something again and again until the end.
func (x *exchange) works(kind string, pace time.Duration, do func(n int) bool) {
	x.all.Go(func() {
		for n := 0; ; n++ {
			if do(n) {
				x.mu.Lock()
				if x.done[x.spell] == nil {
					x.done[x.spell] = map[string]int{}
				}
				x.done[x.spell][kind]++
				x.mu.Unlock()
			}
			select {
			case <-x.stop:
				return
			case <-time.After(pace):
			}
		}
	})
}

// begin has everybody work: two record, submit and read what another version
// may have written, the operator approves, people sign in and out, one stays
// signed in, a portal harvests and visitors read.
func (x *exchange) begin() {
	for n := range 2 {
		x.works("records", 20*time.Millisecond, func(k int) bool { return x.record(fmt.Sprintf("Jeu %d-%d", n, k), k%3 == 0) })
	}
	x.works("signs in and out", 200*time.Millisecond, func(n int) bool {
		cookie, ok := x.signIn(fmt.Sprintf("agent%d@example.tn", n%5))
		return ok && x.sees("/desk", cookie) && x.say(errand{method: "POST", path: "/logout", cookie: cookie, form: url.Values{"x": {""}}, want: http.StatusSeeOther})
	})
	stays := ""
	x.works("stays signed in", 100*time.Millisecond, func(int) (ok bool) {
		if stays == "" {
			if stays, ok = x.signIn("stays@example.tn"); !ok {
				return false
			}
		}
		return x.sees("/desk", stays) && x.sees("/account", stays)
	})
	x.works("harvests", 100*time.Millisecond, func(int) bool {
		return x.sees("/catalog.jsonld", "") && x.sees("/data.json", "") && x.sees("/api/3/action/package_search?q=jeu", "")
	})
	x.works("visits", 100*time.Millisecond, func(int) bool {
		return x.sees("/", "") && x.sees("/datasets", "") && x.sees("/status", "") && x.sees("/readyz", "")
	})
}

func (x *exchange) say(q errand) bool { _, _, ok := x.ask(q); return ok }

func (x *exchange) sees(path, cookie string) bool {
	return x.say(errand{method: "GET", path: path, cookie: cookie, want: http.StatusOK})
}

// phrase is everybody's password.
const phrase = "une phrase assez longue pour tous"

func (x *exchange) signIn(email string) (cookie string, ok bool) {
	_, head, ok := x.ask(errand{
		method: "POST", path: "/login", want: http.StatusSeeOther,
		form: url.Values{"email": {email}, "password": {phrase}, "next": {"/desk"}},
	})
	for _, line := range head.Values("Set-Cookie") {
		one, _, _ := strings.Cut(line, ";")
		if cookie != "" {
			cookie += "; "
		}
		cookie += one
	}
	return cookie, ok && cookie != ""
}

// record creates a dataset and submits it; each answer is a promise.
func (x *exchange) record(title string, approve bool) bool {
	d := struct{ Ref, State, Hash string }{}
	act := func(token, path string, body any, want int) bool {
		said, _, ok := x.ask(errand{method: "POST", path: path, token: token, key: title + path, body: body, want: want})
		if !ok || json.Unmarshal(said, &d) != nil || d.Ref == "" {
			return false
		}
		x.mu.Lock()
		x.known[d.Ref] = d.State
		x.mu.Unlock()
		return true
	}
	if !act(x.officer, "/api/v1/datasets", complete(title), http.StatusCreated) ||
		!act(x.officer, "/api/v1/datasets/"+d.Ref+"/submission", map[string]any{}, http.StatusOK) ||
		approve && !act(x.operator, "/api/v1/datasets/"+d.Ref+"/approval", map[string]any{"hash": d.Hash}, http.StatusOK) {
		return false
	}
	want := d.State
	said, _, ok := x.ask(errand{method: "GET", path: "/api/v1/datasets/" + d.Ref, token: x.officer, want: http.StatusOK})
	if !ok || json.Unmarshal(said, &d) != nil || d.State != want {
		return x.fault(errand{method: "GET", path: d.Ref}, "is "+d.State+" and was "+want) && ok
	}
	return true
}

// kinds is how many kinds of work there are.
const kinds = 5

// during lets everybody work in a new spell until each kind was done so often.
func (x *exchange) during(spell string, often int) {
	x.t.Helper()
	x.mu.Lock()
	x.spell = spell
	x.mu.Unlock()
	until(x.t, spell, 10*time.Minute, func() bool {
		x.mu.Lock()
		defer x.mu.Unlock()
		least := len(x.wrong)
		if least > 0 {
			return true
		}
		for _, n := range x.done[spell] {
			if n >= often {
				least++
			}
		}
		return least == kinds
	})
	x.mu.Lock()
	defer x.mu.Unlock()
	x.t.Logf("%-36s %v", spell, x.done[spell])
}
