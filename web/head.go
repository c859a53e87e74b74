package web

import (
	"context"
	"net/http"
	"strconv"
)

type headKey struct{}

func wasHead(ctx context.Context) bool { return ctx.Value(headKey{}) != nil }

// headLikeGet answers HEAD with exactly what GET would send, less the body.
// Harvesters probe with HEAD before they read, and a server that answers it
// differently is taken for broken.
func headLikeGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead {
			next.ServeHTTP(w, r)
			return
		}
		get := r.Clone(context.WithValue(r.Context(), headKey{}, true))
		get.Method = http.MethodGet
		bodiless := &headWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(bodiless, get)
		bodiless.finish()
	})
}

// headWriter counts the body instead of sending it, and holds the header back
// until the length is known.
type headWriter struct {
	http.ResponseWriter
	status  int
	length  int
	started bool
}

func (w *headWriter) WriteHeader(status int) {
	if !w.started {
		w.started, w.status = true, status
	}
}

func (w *headWriter) Write(b []byte) (int, error) {
	w.started = true
	if w.length == 0 && len(b) > 0 && w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", http.DetectContentType(b))
	}
	w.length += len(b)
	return len(b), nil
}

// Unwrap lets http.ResponseController reach the connection's deadlines.
func (w *headWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush does nothing: there is no body to hurry along.
func (w *headWriter) Flush() {}

func (w *headWriter) finish() {
	bodied := w.status >= 200 && w.status != http.StatusNoContent && w.status != http.StatusNotModified
	if h := w.Header(); bodied && h.Get("Content-Length") == "" && h.Get("Transfer-Encoding") == "" {
		h.Set("Content-Length", strconv.Itoa(w.length))
	}
	w.ResponseWriter.WriteHeader(w.status)
}
