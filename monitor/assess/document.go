package assess

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jard-odi/jard/fault"
	"github.com/jard-odi/jard/identity"
)

// Document is a file that an owner shows for an answer, kept as it came.
type Document struct {
	Service string `gorm:"primaryKey"`
	Hash    string `gorm:"primaryKey"` // SHA-256 of the bytes
	Name    string
	Kind    string // media type, by what the bytes are
	Size    int64
	Data    []byte
	KeptAt  time.Time
	KeptBy  string
}

// TableName names the table.
func (Document) TableName() string { return "assess_evidence" }

// Limits of documents.
const (
	MaxDocument   = 5 << 20
	MostDocuments = 200 // of a service
)

// kinds are what a document may be, by how its bytes begin: kinds that show
// themselves without running anything else.
var kinds = []struct {
	kind, ending string
	begins       []byte
}{
	{"application/pdf", ".pdf", []byte("%PDF-")},
	{"image/png", ".png", []byte("\x89PNG\r\n\x1a\n")},
	{"image/jpeg", ".jpg", []byte("\xff\xd8\xff")},
}

// NewDocument takes a file of a service. Its name says nothing of what it is:
// its bytes do.
func NewDocument(by identity.Actor, service, institution, name string, data []byte, now time.Time) (*Document, error) {
	if err := by.Must(identity.AssessService, institution); err != nil {
		return nil, err
	}
	switch {
	case len(data) == 0:
		return nil, fault.At("upload", "assess.document.empty")
	case len(data) > MaxDocument:
		return nil, fault.At("upload", "assess.document.large", MaxDocument>>20)
	}
	for _, k := range kinds {
		if !bytes.HasPrefix(data, k.begins) {
			continue
		}
		sum := sha256.Sum256(data)
		return &Document{
			Service: service, Hash: hex.EncodeToString(sum[:]), Name: documentName(name, k.ending), Kind: k.kind, Size: int64(len(data)), Data: data,
			KeptAt: now, KeptBy: by.Account,
		}, nil
	}
	return nil, fault.At("upload", "assess.document.kind")
}

// documentName is a file's own name without its folders, with the ending of what it is.
func documentName(name, ending string) string {
	name = path.Base(strings.ReplaceAll(plain(name), "\\", "/"))
	name = strings.TrimSuffix(name, path.Ext(name))
	name = strings.Trim(strings.NewReplacer("\n", " ", "\t", " ", "\"", "").Replace(name), " .")
	if name == "" || name == "/" {
		name = "document"
	}
	for utf8.RuneCountInString(name) > maxFile-len(ending) {
		_, n := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-n]
	}
	return name + ending
}
