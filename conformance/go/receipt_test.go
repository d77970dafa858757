package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// whole is what a JSON reader makes of a receipt.
type whole struct {
	Event      string   `json:"event"`
	Index      int64    `json:"index"`
	Proof      []string `json:"proof"`
	Checkpoint string   `json:"checkpoint"`
	Witnesses  []string `json:"witnesses"`
}

// spelling is the one form that a receipt may have, byte for byte.
func (w *whole) spelling() []byte {
	var out bytes.Buffer
	text := func(s string) {
		out.WriteByte('"')
		for i := 0; i < len(s); i++ {
			switch c := s[i]; {
			case c == '"' || c == '\\':
				out.WriteByte('\\')
				out.WriteByte(c)
			case c == '\n':
				out.WriteString(`\n`)
			case c < ' ':
				fmt.Fprintf(&out, `\u%04x`, c)
			default:
				out.WriteByte(c)
			}
		}
		out.WriteByte('"')
	}
	out.WriteString(`{"event":`)
	text(w.Event)
	fmt.Fprintf(&out, `,"index":%d,"proof":[`, w.Index)
	for i, hash := range w.Proof {
		if i > 0 {
			out.WriteByte(',')
		}
		text(hash)
	}
	out.WriteString(`],"checkpoint":`)
	text(w.Checkpoint)
	for i, key := range w.Witnesses {
		if i == 0 {
			out.WriteString(`,"witnesses":[`)
		} else {
			out.WriteByte(',')
		}
		text(key)
	}
	if len(w.Witnesses) > 0 {
		out.WriteByte(']')
	}
	out.WriteByte('}')
	return out.Bytes()
}

// byJSON reads a file with encoding/json and holds it against its own spelling.
func byJSON(file []byte) (*whole, bool) {
	var w whole
	if json.Unmarshal(file, &w) != nil || !bytes.Equal(w.spelling(), file) || w.Index < 0 || w.Index >= 1e18 {
		return nil, false
	}
	for _, hash := range w.Proof {
		bits, err := base64.StdEncoding.Strict().DecodeString(hash)
		if err != nil || len(bits) != tlog.HashSize || len(hash) != hashBase64Bytes {
			return nil, false
		}
	}
	return &w, true
}

func byHand(file []byte) (*whole, bool) {
	var in reader
	var r receipt
	if in.receipt(file, &r) != nil {
		return nil, false
	}
	w := whole{Event: string(r.event), Index: r.index, Proof: []string{}}
	for _, hash := range r.proof {
		w.Proof = append(w.Proof, base64.StdEncoding.EncodeToString(hash[:]))
	}
	var err error
	w.Checkpoint, w.Witnesses, err = in.ending(r.rest)
	return &w, err == nil
}

func samples() [][]byte {
	hash := func(n int) string {
		sum := sha256.Sum256([]byte{byte(n)})
		return base64.StdEncoding.EncodeToString(sum[:])
	}
	event := `{"eventVersion":"1.11","a":"\u00e9 \\ \ttab","b":"é ` + "\U0001f600" + `"}` + "\x01\x1f\x7f\n\r"
	note := "origin\n7\n" + hash(1) + "\n\n\u2014 origin AAAA\n"
	var all [][]byte
	for _, w := range []whole{
		{event, 0, []string{}, note, nil},
		{event, 7, []string{hash(2)}, note, []string{"w+0+AA"}},
		{"", 123456, []string{hash(3), hash(4), hash(5)}, "", []string{"w+0+AA", "w+1+BB"}},
		{event, 999999999999999999, []string{hash(6), hash(7)}, note, []string{""}},
	} {
		all = append(all, w.spelling())
	}
	return all
}

func same(t *testing.T, file []byte) {
	t.Helper()
	wanted, good := byJSON(file)
	got, taken := byHand(file)
	if good != taken {
		t.Fatalf("%q: json %v, by hand %v", file, good, taken)
	}
	if good && !reflect.DeepEqual(wanted, got) {
		t.Fatalf("%q: json %+v, by hand %+v", file, wanted, got)
	}
}

// Every byte replaced by every other, taken out, doubled, and every cut: the reader takes what JSON and the spelling take.
func TestReader_againstJSON(t *testing.T) {
	for _, sample := range samples() {
		if _, good := byHand(sample); !good {
			t.Fatalf("%q is refused", sample)
		}
		same(t, sample)
		for at := range sample {
			for value := 0; value < 256; value++ {
				changed := bytes.Clone(sample)
				changed[at] = byte(value)
				same(t, changed)
				same(t, append(append(bytes.Clone(sample[:at]), byte(value)), sample[at:]...))
			}
			same(t, sample[:at])
			same(t, append(bytes.Clone(sample[:at]), sample[at+1:]...))
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, sample := range samples() {
		f.Add(sample)
	}
	f.Fuzz(func(t *testing.T, file []byte) { same(t, file) })
}
