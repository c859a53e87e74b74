package backup_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/jard-odi/jard/backup"
)

// unseal decrypts and reads a whole file.
func unseal(file []byte, passphrase string) error {
	in, _, err := backup.Unseal(bytes.NewReader(file), passphrase)
	if err != nil {
		return err
	}
	_, err = read(in)
	return err
}

func TestAnEncryptedBackupNeedsItsPassphrase(t *testing.T) {
	var file bytes.Buffer
	w, err := backup.Seal(&file, "trois vaches à Béja", 10)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(write(t)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file.Bytes(), []byte("JARDSUM1")) {
		t.Error("the file can be read without decrypting it")
	}
	if err := unseal(file.Bytes(), "trois vaches à Béja"); err != nil {
		t.Error(err)
	}
	for _, wrong := range []string{"", "deux vaches à Béja"} {
		if err := unseal(file.Bytes(), wrong); !errors.Is(err, backup.ErrPassphrase) {
			t.Errorf("passphrase %q: %v", wrong, err)
		}
	}
	for _, n := range []int{file.Len() - 1, file.Len() / 2, file.Len() - 300} {
		broken := bytes.Clone(file.Bytes())
		broken[n] ^= 1
		if err := unseal(broken, "trois vaches à Béja"); err == nil {
			t.Errorf("byte %d, flipped, went unnoticed", n)
		}
		if err := unseal(file.Bytes()[:n], "trois vaches à Béja"); err == nil {
			t.Errorf("cut after %d bytes and unnoticed", n)
		}
	}
}

func TestWithoutAPassphraseNothingIsEncrypted(t *testing.T) {
	var file bytes.Buffer
	w, err := backup.Seal(&file, "", 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "as it is"); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	in, encrypted, err := backup.Unseal(&file, "not asked for")
	if err != nil || encrypted {
		t.Fatal(encrypted, err)
	}
	if b, err := io.ReadAll(in); err != nil || string(b) != "as it is" {
		t.Errorf("%q, %v", b, err)
	}
}
