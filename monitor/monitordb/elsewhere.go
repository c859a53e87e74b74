package monitordb

import (
	"github.com/jard-odi/jard/monitor"
	"github.com/jard-odi/jard/monitor/pack"
)

// Elsewhere hands over readings of other vantages. They change no state and no
// incident by themselves: what they mean is weighed with what others see.
// Writing one twice changes nothing.
func (w *Writer) Elsewhere(readings []monitor.Reading) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for n := range readings {
		w.pending.rows = append(w.pending.rows, pack.Of(&readings[n]))
	}
	w.shed()
}

// Settle keeps what stands about a check and what became of its incident, when
// something else than a new reading from here changed it. The entry's reading
// tells of it and is in the records already.
func (w *Writer) Settle(e Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.say(&e)
}
