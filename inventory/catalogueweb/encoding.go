package catalogueweb

import (
	"strconv"
	"strings"

	"github.com/jard-odi/jard/inventory/catalogue"
)

// compressFrom is the size below which compressing saves nobody anything.
const compressFrom = 1024

// encodingFor reads Accept-Encoding: the encoding the reader likes best, the
// smallest among equals. Who says nothing gets plain bytes, as does who refuses
// everything: an answer that can be read is worth more than a refusal.
func encodingFor(header string) catalogue.Encoding {
	zstd, gzip, identity, rest := -1.0, -1.0, -1.0, -1.0
	for part := range strings.SplitSeq(header, ",") {
		name, quality := weighted(part)
		switch name {
		case "zstd":
			zstd = quality
		case "gzip", "x-gzip":
			gzip = max(gzip, quality)
		case "identity":
			identity = quality
		case "*":
			rest = quality
		}
	}
	if gzip < 0 {
		gzip = rest // "anything" means what everything reads
	}
	switch {
	case zstd > 0 && zstd >= gzip && zstd >= identity:
		return catalogue.Zstd
	case gzip > 0 && gzip >= identity:
		return catalogue.Gzip
	}
	return catalogue.Plain
}

// weighted splits "text/turtle;q=0.8" into its name and its weight. A weight
// that is none counts as not said.
func weighted(part string) (name string, quality float64) {
	name, parameters, _ := strings.Cut(part, ";")
	quality = 1
	for one := range strings.SplitSeq(parameters, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(one), "=")
		if !strings.EqualFold(key, "q") {
			continue
		}
		if q, err := strconv.ParseFloat(value, 64); err == nil && q >= 0 && q <= 1 {
			quality = q
		}
	}
	return strings.ToLower(strings.TrimSpace(name)), quality
}
