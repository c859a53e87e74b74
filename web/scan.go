package web

import (
	"context"
	"io"
	"net/http"

	"github.com/jard-odi/jard/fault"
)

// Scan has a file looked at before anything of it is read. It returns nil when
// the file is clean, or when nobody asked for a look; a fault of the field
// "file" when something was found; and fault.Unavailable when no verdict was to
// be had and files are not taken without one.
func (s *Shell) Scan(ctx context.Context, file io.Reader) error {
	if s.opts.Scan == nil {
		return nil
	}
	name, err := s.opts.Scan(ctx, file)
	switch {
	case err != nil && s.opts.ScanOpen:
		s.log.WarnContext(ctx, "a file was taken without a verdict", "request", RequestID(ctx), "err", err)
	case err != nil:
		s.log.ErrorContext(ctx, "a file was refused without a verdict", "request", RequestID(ctx), "err", err)
		refusedFor(ctx, RefusedScanner)
		return fault.New(fault.Unavailable, "limit.scan.away")
	case name != "":
		s.log.WarnContext(ctx, "a file was refused", "request", RequestID(ctx), "found", name)
		refusedFor(ctx, RefusedFound)
		return fault.At("file", "limit.scan.found", name)
	}
	return nil
}

// scanned has every file of a form looked at.
func (s *Shell) scanned(r *http.Request) error {
	if s.opts.Scan == nil || r.MultipartForm == nil {
		return nil
	}
	for _, files := range r.MultipartForm.File {
		for _, head := range files {
			f, err := head.Open()
			if err != nil {
				return err
			}
			err = s.Scan(r.Context(), f)
			f.Close()
			if err != nil {
				return err
			}
		}
	}
	return nil
}
