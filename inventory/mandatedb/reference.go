package mandatedb

import (
	"errors"
	"io"
	"io/fs"

	"github.com/jard-odi/jard/inventory/mandate"
	"github.com/jard-odi/jard/inventory/naming"
)

// ReadReference reads mandate_terms.csv, naming_rules.csv and nomenclatures.csv
// of a directory; a file that is not there brings nothing.
func ReadReference(dir fs.FS) (r Reference, err error) {
	if r.Terms, err = readFile(dir, "mandate_terms.csv", mandate.ReadTerms); err != nil {
		return r, err
	}
	if r.Rules, err = readFile(dir, "naming_rules.csv", naming.ReadRules); err != nil {
		return r, err
	}
	r.Nomenclatures, err = readFile(dir, "nomenclatures.csv", naming.ReadNomenclatures)
	return r, err
}

func readFile[T any](dir fs.FS, name string, read func(io.Reader) ([]T, error)) ([]T, error) {
	f, err := dir.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return read(f)
}
