package catalogue

import (
	"bytes"
	_ "embed"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// packDictionary is what packages have in common: their keys and what stands
// in most of them. It is frozen: what was packed with it must be unpacked with
// it years later. Another one needs another recordFormat.
//
//go:embed package.dict
var packDictionary []byte

const packDictionaryID = 0x4a415244

// packing is made once: both ends are safe for use by many at a time.
var packing = sync.OnceValues(func() (*zstd.Encoder, *zstd.Decoder) { //nolint:gochecknoglobals // made when first used: it holds memory
	in, err := zstd.NewWriter(nil, zstd.WithEncoderDictRaw(packDictionaryID, packDictionary),
		zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic(err) // constants were handed in
	}
	out, err := zstd.NewReader(nil, zstd.WithDecoderDictRaw(packDictionaryID, packDictionary), zstd.WithDecoderConcurrency(0),
		zstd.WithDecoderMaxMemory(unpackedAtMost))
	if err != nil {
		panic(err)
	}
	return in, out
})

// unpackedAtMost bounds what a damaged record may make of our memory.
const unpackedAtMost = 64 << 20

// packJSON makes a package's JSON as small as it can stay in memory.
func packJSON(b []byte) []byte {
	in, _ := packing()
	return bytes.Clone(in.EncodeAll(b, nil)) // without the room it was given to grow
}

// unpackJSON appends to b what was packed.
func unpackJSON(b, packed []byte) ([]byte, error) {
	_, out := packing()
	b, err := out.DecodeAll(packed, b)
	if err != nil {
		return nil, fmt.Errorf("unpack package: %w", err)
	}
	return b, nil
}
