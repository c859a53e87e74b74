// Package audit keeps the trail: who changed what, when, from what to what.
// A line is written in the transaction of the change it tells of, or not at all.
package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jard-odi/jard/identity"
)

// Line is one entry of the trail.
type Line struct {
	ID          int64 `gorm:"primaryKey"`
	At          time.Time
	Actor       string // account id, or the command that the program ran by itself
	Role        identity.Role
	Act         string // what was done: "dataset.approve"
	Subject     string // what kind of thing: "dataset"
	Ref         string // which one
	Institution string // whose it is; confines who may read the line
	Reason      string
	Before      json.RawMessage `gorm:"serializer:json"` // the fields that changed, as they were
	After       json.RawMessage `gorm:"serializer:json"` // and as they are now

	Form     int16  // of what is hashed; 0 until the line is marked
	WhoSalt  []byte // opens WhoMark; gone once Actor was erased
	WhoMark  []byte // commits to Actor
	ToldSalt []byte // opens ToldMark; gone once Reason, Before and After were erased
	ToldMark []byte // commits to Reason, Before and After
	Position *int64 // place in the chain, from 1 without gaps; nil until the line is sealed
	Adopted  bool   // written by a version without a chain, and taken into it later
	Prev     []byte // hash of the line before
	Hash     []byte // of this one
}

// New returns a line on a change from before to after, either of which may be
// nil. Only fields that differ are kept.
func New(by identity.Actor, now time.Time, act, subject, ref, institution string, before, after any) (Line, error) {
	b, a, err := changes(before, after)
	if err != nil {
		return Line{}, fmt.Errorf("write audit line %s %s: %w", act, ref, err)
	}
	actor := by.Account
	if actor == "" {
		actor = by.Name
	}
	return Line{
		At: now, Actor: actor, Role: by.Role, Act: act, Subject: subject, Ref: ref, Institution: institution,
		Before: b, After: a,
	}, nil
}

// changes returns the fields of before and after that differ, as JSON objects.
func changes(before, after any) (b, a json.RawMessage, err error) {
	was, err := fields(before)
	if err != nil {
		return nil, nil, err
	}
	is, err := fields(after)
	if err != nil {
		return nil, nil, err
	}
	for name, value := range was {
		if other, ok := is[name]; ok && bytes.Equal(value, other) {
			delete(was, name)
			delete(is, name)
		}
	}
	if b, err = json.Marshal(was); err != nil {
		return nil, nil, err
	}
	if a, err = json.Marshal(is); err != nil {
		return nil, nil, err
	}
	return b, a, nil
}

func fields(v any) (map[string]json.RawMessage, error) {
	m := map[string]json.RawMessage{}
	if v == nil {
		return m, nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return m, json.Unmarshal(data, &m)
}

// TableName names the table of lines.
func (Line) TableName() string { return "audit_lines" }
