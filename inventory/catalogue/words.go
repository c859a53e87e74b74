package catalogue

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
	"strings"
)

// words holds every text of a segment. A text is kept as the numbers of its
// words, the frequent ones small: a fifth of the letters, and a phrase is found
// by comparing bytes. A word knows the texts it stands in.
type words struct {
	word   []string // by number; 0 is none, and parts one field from the next
	order  []uint32 // numbers by their letters
	post   []byte   // for each word the slots it stands in, with the fields
	postAt []uint32 // where each word's begin; one more at the end
	text   []byte
	textAt []uint32 // where each slot's text begins; one more at the end
}

// newWords takes in the texts of records.
func newWords(records []*record) words {
	count := map[string]uint32{}
	for _, r := range records {
		for _, t := range r.text {
			for word := range strings.FieldsSeq(t) {
				count[word]++
			}
		}
	}
	w := words{word: make([]string, 1, len(count)+1)}
	for word := range count {
		w.word = append(w.word, word)
	}
	slices.SortFunc(w.word[1:], func(a, b string) int { return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b)) })
	w.detach()
	for n := range w.word[1:] {
		count[w.word[n+1]] = uint32(n + 1) // from here on its number
	}
	w.order = make([]uint32, len(w.word)-1)
	for i := range w.order {
		w.order[i] = uint32(i + 1)
	}
	slices.SortFunc(w.order, func(a, b uint32) int { return cmp.Compare(w.word[a], w.word[b]) })
	w.fill(records, count)
	return w
}

// detach puts the words into memory of their own, so that they do not hold on
// to the texts they were cut from.
func (w *words) detach() {
	all := strings.Join(w.word, "")
	for i, word := range w.word {
		w.word[i], all = all[:len(word)], all[len(word):]
	}
}

// fill writes the texts as numbers, and for each word where it stands.
func (w *words) fill(records []*record, number map[string]uint32) {
	posts := make([][]byte, len(w.word))
	last := make([]uint32, len(w.word)) // slot after the last one noted
	masks := make([]uint8, len(w.word)) // fields of the text at hand
	var seen []uint32
	w.textAt = make([]uint32, 0, len(records)+1)
	for slot, r := range records {
		w.textAt = append(w.textAt, uint32(len(w.text)))
		seen = seen[:0]
		for field, t := range r.text {
			for word := range strings.FieldsSeq(t) {
				n := number[word]
				w.text = binary.AppendUvarint(w.text, uint64(n))
				if masks[n] == 0 {
					seen = append(seen, n)
				}
				masks[n] |= 1 << field
			}
			w.text = append(w.text, 0)
		}
		for _, n := range seen {
			gap := uint64(slot) - uint64(last[n])
			posts[n] = binary.AppendUvarint(posts[n], gap<<textFields|uint64(masks[n]))
			last[n], masks[n] = uint32(slot)+1, 0
		}
	}
	w.textAt = append(w.textAt, uint32(len(w.text)))
	w.text = bytes.Clone(w.text)
	w.postAt = make([]uint32, 0, len(w.word)+1)
	w.post = make([]byte, 0, totalLength(posts))
	for _, p := range posts {
		w.postAt = append(w.postAt, uint32(len(w.post)))
		w.post = append(w.post, p...)
	}
	w.postAt = append(w.postAt, uint32(len(w.post)))
}

func totalLength(all [][]byte) int {
	n := 0
	for _, b := range all {
		n += len(b)
	}
	return n
}

// anyText asks for a word wherever it stands.
const anyText = 1<<textFields - 1

// add puts the slots in which word n stands, in one of the fields, into found.
func (w *words) add(found slots, n, fields uint32) {
	p := w.post[w.postAt[n]:w.postAt[n+1]]
	slot := uint32(0)
	for len(p) > 0 {
		v, size := uint64(p[0]), 1
		if v >= 0x80 {
			v, size = binary.Uvarint(p)
		}
		p = p[size:]
		slot += uint32(v >> textFields)
		if uint32(v)&fields != 0 {
			found.add(slot)
		}
		slot++
	}
}

// begins returns the slots that have a word which begins so, in one of the fields.
func (w *words) begins(size int, prefix string, fields uint32) slots {
	found := noSlots(size)
	from, _ := slices.BinarySearchFunc(w.order, prefix, func(n uint32, s string) int { return cmp.Compare(w.word[n], s) })
	for _, n := range w.order[from:] {
		if !strings.HasPrefix(w.word[n], prefix) {
			break
		}
		w.add(found, n, fields)
	}
	return found
}

// number finds a word.
func (w *words) number(word string) (uint32, bool) {
	at, ok := slices.BinarySearchFunc(w.order, word, func(n uint32, s string) int { return cmp.Compare(w.word[n], s) })
	if !ok {
		return 0, false
	}
	return w.order[at], true
}

// phrase returns the slots that have the words one after the other in a field.
func (w *words) phrase(size int, wanted []string) slots {
	found := allSlots(size)
	var said []byte
	for _, word := range wanted {
		n, ok := w.number(word)
		if !ok {
			return noSlots(size)
		}
		said = binary.AppendUvarint(said, uint64(n))
		with := noSlots(size)
		w.add(with, n, anyText)
		found.keep(with)
	}
	if len(wanted) > 1 {
		for slot := range found.all() {
			if !says(w.text[w.textAt[slot]:w.textAt[slot+1]], said) {
				found.drop(slot)
			}
		}
	}
	return found
}

// says tells whether the numbers stand in a text. What is found in the middle
// of a longer number does not count.
func says(text, said []byte) bool {
	for from := 0; ; {
		i := bytes.Index(text[from:], said)
		if i < 0 {
			return false
		}
		if at := from + i; at == 0 || text[at-1] < 0x80 {
			return true
		}
		from += i + 1
	}
}

// fields writes the text of a slot as it was.
func (w *words) fields(slot uint32) (out [textFields]string) {
	text := w.text[w.textAt[slot]:w.textAt[slot+1]]
	for i := range out {
		var b strings.Builder
		for {
			n, size := binary.Uvarint(text)
			text = text[size:]
			if n == 0 {
				break
			}
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(w.word[n])
		}
		out[i] = b.String()
	}
	return out
}
