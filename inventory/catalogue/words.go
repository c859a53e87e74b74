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

// wordsBuilder takes in texts one after the other. Words are numbered as they
// come, which gives the frequent ones small numbers by itself.
type wordsBuilder struct {
	words
	number map[string]uint32
	posts  [][]byte
	last   []uint32 // by word: the slot after the last one noted
	masks  []uint8  // by word: fields of the text at hand
	seen   []uint32 // words of the text at hand
}

func newWordsBuilder() *wordsBuilder {
	return &wordsBuilder{
		words: words{word: []string{""}}, number: map[string]uint32{},
		posts: make([][]byte, 1), last: make([]uint32, 1), masks: make([]uint8, 1),
	}
}

// add takes in the text of the next slot.
func (b *wordsBuilder) add(text [textFields]string) {
	slot := uint32(len(b.textAt))
	b.textAt = append(b.textAt, uint32(len(b.text)))
	b.seen = b.seen[:0]
	for field, t := range text {
		for word := range strings.FieldsSeq(t) {
			n := b.of(word)
			b.text = binary.AppendUvarint(b.text, uint64(n))
			if b.masks[n] == 0 {
				b.seen = append(b.seen, n)
			}
			b.masks[n] |= 1 << field
		}
		b.text = append(b.text, 0)
	}
	for _, n := range b.seen {
		gap := uint64(slot) - uint64(b.last[n])
		b.posts[n] = binary.AppendUvarint(b.posts[n], gap<<textFields|uint64(b.masks[n]))
		b.last[n], b.masks[n] = slot+1, 0
	}
}

// of numbers a word.
func (b *wordsBuilder) of(word string) uint32 {
	n, ok := b.number[word]
	if !ok {
		n = uint32(len(b.word))
		word = strings.Clone(word) // and not a piece of the text, which would stay
		b.number[word] = n
		b.word, b.posts = append(b.word, word), append(b.posts, nil)
		b.last, b.masks = append(b.last, 0), append(b.masks, 0)
	}
	return n
}

// finish puts together what was taken in.
func (b *wordsBuilder) finish() words {
	w := b.words
	w.textAt = slices.Clip(append(w.textAt, uint32(len(w.text))))
	w.text, w.word = bytes.Clone(w.text), slices.Clone(w.word)
	w.order = make([]uint32, len(w.word)-1)
	for i := range w.order {
		w.order[i] = uint32(i + 1)
	}
	slices.SortFunc(w.order, func(a, b uint32) int { return cmp.Compare(w.word[a], w.word[b]) })
	w.postAt = make([]uint32, 0, len(w.word)+1)
	w.post = make([]byte, 0, totalLength(b.posts))
	for _, p := range b.posts {
		w.postAt = append(w.postAt, uint32(len(w.post)))
		w.post = append(w.post, p...)
	}
	w.postAt = append(w.postAt, uint32(len(w.post)))
	return w
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
