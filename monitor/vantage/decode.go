package vantage

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/jard-odi/jard/fault"
)

// DecodeBatch reads what an agent delivers, once it is known who signed it.
func DecodeBatch(body []byte) (*Batch, error) {
	var b Batch
	if err := decode(body, &b); err != nil {
		return nil, err
	}
	if len(b.Readings) > MaxBatch {
		return nil, fault.At("readings", "fault.too_many", MaxBatch)
	}
	return &b, nil
}

// DecodeHeartbeat reads what an agent says of itself.
func DecodeHeartbeat(body []byte) (*Heartbeat, error) {
	var h Heartbeat
	if err := decode(body, &h); err != nil {
		return nil, err
	}
	return &h, nil
}

// decode reads one JSON value and nothing after it. Unknown fields are refused:
// an agent that knows more than we do would think that it was understood.
func decode(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, err = d.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		return fault.New(fault.Invalid, "fault.json", d.InputOffset())
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fault.At(clip(wrong.Field, 60), "fault.api.value")
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fault.At(clip(strings.Trim(field, `"`), 60), "fault.unknown_field")
	}
	return fault.New(fault.Invalid, "fault.json", d.InputOffset())
}
