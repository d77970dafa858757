package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math/bits"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/tlog"
)

var errSpelling = errors.New("not a receipt in its one spelling")

// receipt is a file taken apart. What is said of the checkpoint stays as it stands in the file: many receipts end alike.
type receipt struct {
	event []byte
	index int64
	proof tlog.RecordProof
	rest  []byte // from the checkpoint's value on
}

const (
	proofHashesMax  = 64
	witnessKeysMax  = 64
	indexDigitsMax  = 18
	hashBase64Bytes = 44
)

// reader goes through a receipt's bytes. Receipts are JSON, but of one spelling: members in one order, no white space, every
// character in its shortest form. So this takes that spelling and nothing else; receipt_test.go holds it against encoding/json.
type reader struct {
	file []byte
	at   int
	text []byte // the last string read; reused
}

func (r *reader) take(literal string) bool {
	if len(r.file)-r.at < len(literal) || string(r.file[r.at:r.at+len(literal)]) != literal {
		return false
	}
	r.at += len(literal)
	return true
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special tells, in its lowest set bit, which of eight bytes is the first that may not stand in a string as it is or begins
// something longer: a control character, a quote, a backslash, or part of a character beyond ASCII.
func special(eight uint64) uint64 {
	quote := eight ^ (ones * '"')
	slash := eight ^ (ones * '\\')
	return (((eight - ones*' ') & ^eight) | ((quote - ones) & ^quote) | ((slash - ones) & ^slash) | eight) & highs
}

// string reads a string's value into r.text.
func (r *reader) string() bool {
	if !r.take(`"`) {
		return false
	}
	r.text = r.text[:0]
	begun := r.at
	for r.at < len(r.file) {
		if len(r.file)-r.at >= 8 {
			found := special(binary.LittleEndian.Uint64(r.file[r.at:]))
			if found == 0 {
				r.at += 8
				continue
			}
			r.at += bits.TrailingZeros64(found) / 8
		}
		switch c := r.file[r.at]; {
		case c == '"':
			r.text = append(r.text, r.file[begun:r.at]...)
			r.at++
			return true
		case c == '\\':
			r.text = append(r.text, r.file[begun:r.at]...)
			if !r.escape() {
				return false
			}
			begun = r.at
		case c < ' ':
			return false
		case c < utf8.RuneSelf:
			r.at++
		default:
			character, size := utf8.DecodeRune(r.file[r.at:])
			if character == utf8.RuneError && size == 1 {
				return false
			}
			r.at += size
		}
	}
	return false
}

// escape reads one of the escapes that are the shortest form of what they stand for.
func (r *reader) escape() bool {
	switch {
	case r.take(`\"`):
		r.text = append(r.text, '"')
	case r.take(`\\`):
		r.text = append(r.text, '\\')
	case r.take(`\n`):
		r.text = append(r.text, '\n')
	case r.take(`\u00`):
		if len(r.file)-r.at < 2 {
			return false
		}
		high, low := r.file[r.at], r.file[r.at+1]
		if high != '0' && high != '1' {
			return false
		}
		value := (high - '0') << 4
		switch {
		case low >= '0' && low <= '9':
			value |= low - '0'
		case low >= 'a' && low <= 'f':
			value |= low - 'a' + 10
		default:
			return false
		}
		if value == '\n' {
			return false
		}
		r.text = append(r.text, value)
		r.at += 2
	default:
		return false
	}
	return true
}

func (r *reader) number() (int64, bool) {
	begun, value := r.at, int64(0)
	for r.at < len(r.file) && r.file[r.at] >= '0' && r.file[r.at] <= '9' {
		value = value*10 + int64(r.file[r.at]-'0')
		r.at++
		if r.at-begun > indexDigitsMax {
			return 0, false
		}
	}
	digits := r.at - begun
	return value, digits == 1 || (digits > 1 && r.file[begun] != '0')
}

// receipt reads a file up to its checkpoint. What it gives is good until the next call.
func (r *reader) receipt(file []byte, into *receipt) error {
	r.file, r.at = file, 0
	if !r.take(`{"event":`) || !r.string() {
		return errSpelling
	}
	into.event = append(into.event[:0], r.text...)
	var ok bool
	if !r.take(`,"index":`) {
		return errSpelling
	}
	if into.index, ok = r.number(); !ok {
		return errSpelling
	}
	if !r.take(`,"proof":[`) {
		return errSpelling
	}
	into.proof = into.proof[:0]
	for !r.take(`]`) {
		if len(into.proof) == proofHashesMax || (len(into.proof) > 0 && !r.take(`,`)) || !r.string() {
			return errSpelling
		}
		var hash [tlog.HashSize + 1]byte
		if len(r.text) != hashBase64Bytes || bytes.IndexByte(r.text, '\n') >= 0 {
			return errSpelling
		}
		if n, err := base64.StdEncoding.Strict().Decode(hash[:], r.text); err != nil || n != tlog.HashSize {
			return errors.New("not a hash")
		}
		into.proof = append(into.proof, tlog.Hash(hash[:tlog.HashSize]))
	}
	if !r.take(`,"checkpoint":`) {
		return errSpelling
	}
	into.rest = file[r.at:]
	return nil
}

// ending reads what a receipt ends with: checkpoint and witnesses' keys.
func (r *reader) ending(rest []byte) (checkpoint string, witnesses []string, err error) {
	r.file, r.at = rest, 0
	if !r.string() {
		return "", nil, errSpelling
	}
	checkpoint = string(r.text)
	if r.take(`,"witnesses":[`) {
		for {
			if len(witnesses) == witnessKeysMax || !r.string() {
				return "", nil, errSpelling
			}
			witnesses = append(witnesses, string(r.text))
			if r.take(`]`) {
				break
			}
			if !r.take(`,`) {
				return "", nil, errSpelling
			}
		}
	}
	if !r.take(`}`) || r.at != len(rest) {
		return "", nil, errSpelling
	}
	return checkpoint, witnesses, nil
}
