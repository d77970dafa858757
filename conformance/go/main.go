// Command receipts checks Keytrail's receipts and log with the Go project's own packages for signed notes and
// transparency logs, which share no code with the server.
//
//	receipts -key KEY receipts.jsonl          accepts every receipt (one a line), refuses every single-bit change of some
//	receipts -key KEY -log DIR                checks the tiles of a log's folder against its checkpoint
package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type receipt struct {
	Event      string   `json:"event"`
	Index      int64    `json:"index"`
	Proof      []string `json:"proof"`
	Checkpoint string   `json:"checkpoint"`
}

// spelling is the one form a receipt may have, byte for byte.
func (r *receipt) spelling() []byte {
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
	text(r.Event)
	fmt.Fprintf(&out, `,"index":%d,"proof":[`, r.Index)
	for i, hash := range r.Proof {
		if i > 0 {
			out.WriteByte(',')
		}
		text(hash)
	}
	out.WriteString(`],"checkpoint":`)
	text(r.Checkpoint)
	out.WriteByte('}')
	return out.Bytes()
}

// checkpoint opens a signed note and reads origin, size and root out of it.
func checkpoint(signed []byte, verifier note.Verifier) (tlog.Tree, error) {
	var tree tlog.Tree
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return tree, err
	}
	if len(opened.Sigs) != 1 || len(opened.UnverifiedSigs) != 0 {
		return tree, errors.New("not exactly one signature")
	}
	// Package note is lenient about unused bits of base64, which a bit-exact form cannot be.
	if _, err := base64.StdEncoding.Strict().DecodeString(opened.Sigs[0].Base64); err != nil {
		return tree, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		return tree, errors.New("not a checkpoint of this log")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

func verify(file []byte, verifier note.Verifier) error {
	var r receipt
	if err := json.Unmarshal(file, &r); err != nil {
		return err
	}
	if !bytes.Equal(r.spelling(), file) {
		return errors.New("not the receipt's one spelling")
	}
	tree, err := checkpoint([]byte(r.Checkpoint), verifier)
	if err != nil {
		return err
	}
	proof := make(tlog.RecordProof, 0, len(r.Proof))
	for _, text := range r.Proof {
		bits, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil || len(bits) != tlog.HashSize {
			return errors.New("not a hash")
		}
		proof = append(proof, tlog.Hash(bits))
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, r.Index, tlog.RecordHash([]byte(r.Event)))
}

// folder reads tiles as C2SP tlog-tiles lays them out: Go's own layout without the height.
type folder string

func (folder) Height() int { return 8 }

func (folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		name := filepath.Join(string(f), "tile", strings.TrimPrefix(tile.Path(), "tile/8/"))
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		all = append(all, content)
	}
	return all, nil
}

func verifyLog(dir string, verifier note.Verifier) (int64, error) {
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return 0, err
	}
	tree, err := checkpoint(signed, verifier)
	if err != nil {
		return 0, err
	}
	reader := tlog.TileHashReader(tree, folder(dir)) // authenticates every tile it reads
	root, err := tlog.TreeHash(tree.N, reader)
	if err != nil || root != tree.Hash {
		return 0, fmt.Errorf("tree hash differs: %v", err)
	}
	for n := int64(0); n < tree.N; n += 1 + tree.N/500 {
		leaf, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, n)})
		if err != nil {
			return 0, err
		}
		proof, err := tlog.ProveRecord(tree.N, n, reader)
		if err != nil {
			return 0, err
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, n, leaf[0]); err != nil {
			return 0, err
		}
		older, err := tlog.TreeHash(n+1, reader)
		if err != nil {
			return 0, err
		}
		grown, err := tlog.ProveTree(tree.N, n+1, reader)
		if err != nil {
			return 0, err
		}
		if err := tlog.CheckTree(grown, tree.N, tree.Hash, n+1, older); err != nil {
			return 0, err
		}
	}
	return tree.N, nil
}

func run() error {
	key := flag.String("key", "", "the log's verifier key, or a file that holds it")
	log := flag.String("log", "", "a log's folder to check")
	flips := flag.Int("flips", 1000, "receipts of which every single-bit change must be refused")
	flag.Parse()
	text := *key
	if content, err := os.ReadFile(text); err == nil {
		text = strings.TrimSpace(string(content))
	}
	verifier, err := note.NewVerifier(text)
	if err != nil {
		return err
	}
	if *log != "" {
		size, err := verifyLog(*log, verifier)
		if err != nil {
			return err
		}
		fmt.Printf("log of %d records: tiles lead to the signed root\n", size)
	}
	for _, name := range flag.Args() {
		if err := verifyFile(name, verifier, *flips); err != nil {
			return err
		}
	}
	return nil
}

func verifyFile(name string, verifier note.Verifier, flips int) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 8<<20)
	accepted, refused := 0, 0
	for lines.Scan() {
		file := lines.Bytes()
		if err := verify(file, verifier); err != nil {
			return fmt.Errorf("receipt %d of %s: %w", accepted+1, name, err)
		}
		if accepted < flips {
			for bit := 0; bit < len(file)*8; bit++ {
				file[bit/8] ^= 1 << (bit % 8)
				if verify(file, verifier) == nil {
					return fmt.Errorf("receipt %d of %s: bit %d may change", accepted+1, name, bit)
				}
				file[bit/8] ^= 1 << (bit % 8)
				refused++
			}
		}
		accepted++
	}
	fmt.Printf("%d receipts accepted, %d changed ones refused\n", accepted, refused)
	if accepted == 0 {
		return errors.New("no receipts")
	}
	return lines.Err()
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "receipts:", err)
		os.Exit(1)
	}
}
