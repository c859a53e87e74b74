// Package fault says what went wrong, in a form that a machine can count and
// any caller can be told in their own language.
//
// The domain returns faults and speaks no language: a fault carries the key of
// a sentence in web/locale and what the sentence is about. Anything that is not
// a fault is a bug of ours: logged once, shown as "internal".
package fault

import (
	"errors"
	"fmt"
	"strings"
)

// Kind tells how a caller should take a fault. It is an error so that
// errors.Is(err, fault.NotFound) reads as it should.
type Kind string

// The kinds. web maps each to one HTTP status, and nobody else does.
const (
	Invalid         Kind = "invalid"         // what was sent breaks a rule; sending it again will not help
	Forbidden       Kind = "forbidden"       // the caller is known and may not do this
	Unauthenticated Kind = "unauthenticated" // the caller is not known
	NotFound        Kind = "not_found"       // there is no such thing, or the caller may not know of it
	Conflict        Kind = "conflict"        // it was possible once, but the thing has moved on
	Stale           Kind = "stale"           // the caller changed an older revision than the one stored
	Gone            Kind = "gone"            // it existed and was withdrawn
	Throttled       Kind = "throttled"       // too many attempts; later is fine
	TooLarge        Kind = "too_large"       // the body is larger than the limit
	TooSlow         Kind = "too_slow"        // the body came slower than anybody is waited for
	Unavailable     Kind = "unavailable"     // we cannot answer just now, and it is our doing
	Unknown         Kind = "unknown"         // it may be done or not, and we cannot tell: the caller must look
)

// Error returns the kind's own name.
func (k Kind) Error() string { return string(k) }

// Error is one fault.
type Error struct {
	Kind  Kind
	Field string // the input it concerns, as the JSON API names it ("title.fr"); empty when it concerns the whole
	Key   string // names a sentence in web/locale
	Args  []any  // fill the sentence
}

// New returns a fault that concerns the whole of what was asked.
func New(kind Kind, key string, args ...any) *Error {
	return &Error{Kind: kind, Key: key, Args: args}
}

// At returns an Invalid fault of one field.
func At(field, key string, args ...any) *Error {
	return &Error{Kind: Invalid, Field: field, Key: key, Args: args}
}

// Error is for logs; people are shown the sentence behind Key.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Key)
	if e.Field != "" {
		b.WriteString(" (" + e.Field + ")")
	}
	for _, a := range e.Args {
		fmt.Fprintf(&b, " %v", a)
	}
	return b.String()
}

// Unwrap lets errors.Is compare a fault with its kind.
func (e *Error) Unwrap() error { return e.Kind }

// All returns every fault joined in err, in order: a form reports all its
// fields at once. It is empty when err holds no fault.
func All(err error) []*Error {
	if err == nil {
		return nil
	}
	if e, ok := err.(*Error); ok { //nolint:errorlint // the tree is walked here, one node at a time
		return []*Error{e}
	}
	switch u := err.(type) { //nolint:errorlint // as above
	case interface{ Unwrap() []error }:
		var all []*Error
		for _, one := range u.Unwrap() {
			all = append(all, All(one)...)
		}
		return all
	case interface{ Unwrap() error }:
		return All(u.Unwrap())
	}
	return nil
}

// KindOf returns the kind of the first fault in err, and false when err holds
// none and is therefore our own.
func KindOf(err error) (Kind, bool) {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind, true
	}
	return errors.AsType[Kind](err)
}
