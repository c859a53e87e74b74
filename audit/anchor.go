package audit

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// anchorWord begins an anchor, so that it is found again in a mail or a log.
const anchorWord = "jard-audit-anchor"

// Anchor writes a place of the chain as one line that somebody can print, mail
// or write down: whoever has it can tell later whether the chain still holds it.
func Anchor(h Head, at time.Time) string {
	return fmt.Sprintf("%s 1 %s %d %s", anchorWord, at.UTC().Format("2006-01-02T15:04:05Z"), h.Position, h.Hash)
}

// Checkpoint is an anchor as the program keeps it for itself, with a code that
// only who knows the key can make.
type Checkpoint struct {
	Position int64     `json:"position"`
	Hash     string    `json:"hash"`
	At       time.Time `json:"at"`
	MAC      string    `json:"mac,omitempty"`
}

// NewCheckpoint returns the checkpoint of a head. Without a key it has no code.
func NewCheckpoint(h Head, at time.Time, key string) Checkpoint {
	c := Checkpoint{Position: h.Position, Hash: h.Hash.String(), At: at.UTC().Truncate(time.Second)}
	if key != "" {
		c.MAC = c.mac(key)
	}
	return c
}

func (c Checkpoint) mac(key string) string {
	m := hmac.New(sha256.New, []byte(key))
	h := sum("jard-audit-checkpoint-1", strconv.FormatInt(c.Position, 10), c.Hash, strconv.FormatInt(c.At.Unix(), 10))
	m.Write(h[:])
	return hex.EncodeToString(m.Sum(nil))
}

// Line writes the checkpoint as a line of a file.
func (c Checkpoint) Line() string {
	text, _ := json.Marshal(c) // strings and numbers only
	return string(text) + "\n"
}

// ReadAnchors reads what was kept outside: anchors wherever they stand in a
// line, checkpoints, and bare hashes, one a line. With a key a checkpoint must
// bear the code made with it. Empty lines and lines that begin with # say nothing.
func ReadAnchors(r io.Reader, key string) ([]Head, error) {
	var all []Head
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		h, err := readAnchor(text, key)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		all = append(all, h)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read anchors: %w", err)
	}
	return all, nil
}

func readAnchor(text, key string) (Head, error) {
	if strings.HasPrefix(text, "{") {
		return readCheckpoint(text, key)
	}
	_, rest, ok := strings.Cut(text, anchorWord)
	if !ok {
		h, err := ParseHash(text)
		return Head{0, h}, err
	}
	words := strings.Fields(rest)
	if len(words) < 4 || words[0] != "1" {
		return Head{}, fmt.Errorf("%.120q is not a whole anchor: %s 1 TIME POSITION HASH", text, anchorWord)
	}
	position, err := strconv.ParseInt(words[2], 10, 64)
	if err != nil || position < 1 {
		return Head{}, fmt.Errorf("%.20q is not a position", words[2])
	}
	h, err := ParseHash(strings.Trim(words[3], `".,;`))
	return Head{position, h}, err
}

func readCheckpoint(text, key string) (Head, error) {
	var c Checkpoint
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return Head{}, fmt.Errorf("not a checkpoint: %w", err)
	}
	if key != "" && !hmac.Equal([]byte(c.MAC), []byte(c.mac(key))) {
		return Head{}, fmt.Errorf("the checkpoint of position %d does not bear the code that audit.key makes: it was changed, or written with another key", c.Position)
	}
	h, err := ParseHash(c.Hash)
	if err == nil && c.Position < 1 {
		err = fmt.Errorf("%d is not a position", c.Position)
	}
	return Head{c.Position, h}, err
}
