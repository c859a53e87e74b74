package search

import (
	"math/bits"
	"unicode/utf8"
)

// slips is how many slips of the finger a word of n letters may hold: none in
// a short one, where every other word is near.
func slips(n int) int {
	switch {
	case n >= 8:
		return 2
	case n >= 4:
		return 1
	}
	return 0
}

// maskOf has a bit for every letter of the word. Two words within d slips
// differ by at most d letters each way, which refuses most words at once.
func maskOf(word string) uint64 {
	var m uint64
	for _, r := range word {
		m |= 1 << (uint32(r) * 0x9E3779B1 >> 26)
	}
	return m
}

// distance is how many letters must be added, left out, replaced, or swapped
// with their neighbour to make a of b; anything beyond limit is limit+1.
func distance(a, b []rune, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	var room [3][maxWord + 2]int
	if len(b) > maxWord {
		return limit + 1
	}
	before, last, now := room[0][:len(b)+1], room[1][:len(b)+1], room[2][:len(b)+1]
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		now[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			now[j] = min(last[j]+1, now[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				now[j] = min(now[j], before[j-2]+1)
			}
			least = min(least, now[j])
		}
		if least > limit {
			return limit + 1
		}
		before, last, now = last, now, before
	}
	return last[len(b)]
}

// runesOf writes the letters of s into room.
func runesOf(s string, room []rune) []rune {
	room = room[:0]
	for _, r := range s {
		room = append(room, r)
	}
	return room
}

func letterCount(s string) uint8 { return uint8(min(utf8.RuneCountInString(s), 255)) } //nolint:gosec // bounded above

// apart is the least number of slips between two words with these letters.
func apart(a, b uint64) int {
	return max(bits.OnesCount64(a&^b), bits.OnesCount64(b&^a))
}
