package fault

import (
	"errors"
	"fmt"
	"testing"
)

func TestAFaultIsItsKind(t *testing.T) {
	err := fmt.Errorf("approve: %w", New(Conflict, "dataset.approve.not_submitted", "draft"))
	if !errors.Is(err, Conflict) || errors.Is(err, NotFound) {
		t.Errorf("errors.Is(%v, Conflict) = false, or it is NotFound", err)
	}
	if k, ok := KindOf(err); !ok || k != Conflict {
		t.Errorf("KindOf = %s, %v; want conflict", k, ok)
	}
	if _, ok := KindOf(errors.New("disk on fire")); ok {
		t.Error("KindOf an error of ours found a kind")
	}
	if k, ok := KindOf(fmt.Errorf("read: %w", NotFound)); !ok || k != NotFound {
		t.Errorf("KindOf a bare kind = %s, %v; want not_found", k, ok)
	}
}

func TestAllFindsEveryFaultInOrder(t *testing.T) {
	err := fmt.Errorf("submit: %w", errors.Join(
		At("title.fr", "fault.required"),
		fmt.Errorf("row: %w", errors.Join(At("frequency", "frequency.unknown", "parfois"), errors.New("not a fault"))),
		New(Forbidden, "identity.forbidden"),
	))
	var got []string
	for _, f := range All(err) {
		got = append(got, f.Field+":"+f.Key)
	}
	want := "[title.fr:fault.required frequency:frequency.unknown :identity.forbidden]"
	if fmt.Sprint(got) != want {
		t.Errorf("All = %v; want %v", got, want)
	}
	if All(nil) != nil {
		t.Error("All(nil) found a fault")
	}
}

func TestErrorIsForTheLog(t *testing.T) {
	if got, want := At("title.fr", "fault.too_long", 200).Error(), "fault.too_long (title.fr) 200"; got != want {
		t.Errorf("Error() = %q; want %q", got, want)
	}
}
