package backup

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// agePrefix begins every file that age encrypted.
const agePrefix = "age-encryption.org/v1\n"

// Seal encrypts what is written to it with a passphrase, as `age --passphrase`
// does and `age --decrypt` undoes. An empty passphrase encrypts nothing.
func Seal(out io.Writer, passphrase string, work int) (io.WriteCloser, error) {
	if passphrase == "" {
		return open{out}, nil
	}
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, fmt.Errorf("encrypt backup: %w", err)
	}
	if work > 0 {
		to.SetWorkFactor(work)
	}
	w, err := age.Encrypt(out, to)
	if err != nil {
		return nil, fmt.Errorf("encrypt backup: %w", err)
	}
	return w, nil
}

// open is a backup that is not encrypted.
type open struct{ io.Writer }

// Close does nothing: there is nothing to end.
func (open) Close() error { return nil }

// Unseal decrypts in when it is encrypted, and tells whether it was.
func Unseal(in io.Reader, passphrase string) (_ io.Reader, encrypted bool, err error) {
	medium := &medium{from: in}
	b := bufio.NewReader(medium)
	begin, err := b.Peek(len(agePrefix))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, fmt.Errorf("read backup: %w", err)
	}
	if string(begin) != agePrefix {
		return b, false, nil
	}
	if passphrase == "" {
		return nil, true, ErrPassphrase
	}
	by, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, true, fmt.Errorf("decrypt backup: %w", err)
	}
	by.SetMaxWorkFactor(20) // takes a gigabyte of memory; age's own is a quarter of that
	r, err := age.Decrypt(b, by)
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none):
		return nil, true, ErrPassphrase
	case err != nil:
		return nil, true, damaged("%v", err)
	}
	return &decrypted{r, medium}, true, nil
}

// medium keeps what went wrong with what a file stands on.
type medium struct {
	from   io.Reader
	failed error
}

// Read passes on what there is.
func (m *medium) Read(p []byte) (int, error) {
	n, err := m.from.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		m.failed = err
	}
	return n, err
}

// decrypted says of what cannot be decrypted that it is damaged, unless the
// medium failed.
type decrypted struct {
	from io.Reader
	on   *medium
}

// Read decrypts some more.
func (d *decrypted) Read(p []byte) (int, error) {
	n, err := d.from.Read(p)
	switch {
	case err == nil, errors.Is(err, io.EOF):
		return n, err
	case d.on.failed != nil:
		return n, d.on.failed
	}
	return n, damaged("it was cut short or changed after it was encrypted")
}
