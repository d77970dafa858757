// Command receipts checks Keytrail's receipts and log with the Go project's own packages for signed notes and
// transparency logs, which share no code with the server.
//
//	receipts -key KEYS [-witness KEYS] receipts.jsonl accepts every receipt (one a line), refuses every single-bit change of some
//	receipts -key KEYS -log DIR                       checks the tiles of a log's folder against its checkpoint
package main

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cloudflare/circl/sign/mldsa/mldsa44"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"golang.org/x/sync/errgroup"
)

// mlDSA verifies the ML-DSA-44 signatures of C2SP tlog-cosignature: a log's second signature, or a witness' cosignature.
type mlDSA struct {
	signer
	key mldsa44.PublicKey
}

// cosigner verifies the Ed25519 cosignatures of C2SP tlog-cosignature.
type cosigner struct {
	signer
	key ed25519.PublicKey
}

type signer struct {
	name string
	id   uint32
}

const (
	cosignatureType = 4
	mlDSAType       = 6
)

func (s *signer) Name() string    { return s.name }
func (s *signer) KeyHash() uint32 { return s.id }

func (v *cosigner) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), text)
	return ed25519.Verify(v.key, []byte(message), sig[8:])
}

func (v *mlDSA) Verify(text, sig []byte) bool {
	lines := strings.SplitN(string(text), "\n", 4)
	if len(lines) != 4 || len(sig) != 8+mldsa44.SignatureSize {
		return false
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	root, err2 := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || err2 != nil || len(root) != 32 || len(lines[0]) > 255 {
		return false
	}
	message := []byte("subtree/v1\n\x00")
	message = append(append(message, byte(len(v.name))), v.name...)
	message = append(message, sig[:8]...) // the timestamp
	message = append(append(message, byte(len(lines[0]))), lines[0]...)
	message = binary.BigEndian.AppendUint64(message, 0)
	message = binary.BigEndian.AppendUint64(message, size)
	message = append(message, root...)
	return mldsa44.Verify(&v.key, message, nil, sig[8:])
}

var known sync.Map // verifier by its key's text

// verifiers reads verifier keys of the kinds that signed notes of logs and witnesses have.
func verifiers(keys []string) ([]note.Verifier, error) {
	var all []note.Verifier
	for _, line := range keys {
		one, ok := known.Load(line)
		if !ok {
			made, err := verifier(line)
			if err != nil {
				return nil, err
			}
			one, _ = known.LoadOrStore(line, made)
		}
		all = append(all, one.(note.Verifier))
	}
	return all, nil
}

func verifier(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("no verifier key")
	}
	key, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(key) == 0 || strings.ContainsAny(vkey, " \r\n") {
		return nil, errors.New("no verifier key")
	}
	switch key[0] {
	case 1:
		return note.NewVerifier(vkey)
	}
	hash := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	named := signer{name: parts[0], id: binary.BigEndian.Uint32(hash[:4])}
	if fmt.Sprintf("%08x", named.id) != parts[1] {
		return nil, errors.New("verifier key with another hash")
	}
	switch key[0] {
	case cosignatureType:
		if len(key) != 1+ed25519.PublicKeySize {
			return nil, errors.New("no Ed25519 key")
		}
		return &cosigner{named, key[1:]}, nil
	case mlDSAType:
		v := &mlDSA{signer: named}
		return v, v.key.UnmarshalBinary(key[1:])
	}
	return nil, fmt.Errorf("verifier key of type %d", key[0])
}

// checkpoint opens a signed note and reads origin, size and root out of it. All keys of the log must have signed, and every
// line must be one of theirs or of a named witness.
func checkpoint(signed []byte, log, witnesses []note.Verifier) (tlog.Tree, error) {
	var tree tlog.Tree
	known := append(append([]note.Verifier{}, log...), witnesses...)
	opened, err := note.Open(signed, note.VerifierList(known...))
	if err != nil {
		return tree, err
	}
	if len(opened.Sigs) != len(known) || len(opened.UnverifiedSigs) != 0 {
		return tree, errors.New("not one signature of each key")
	}
	// Package note is lenient about unused bits of base64, which a bit-exact form cannot be.
	for _, sig := range opened.Sigs {
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return tree, err
		}
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != log[0].Name() || lines[3] != "" {
		return tree, errors.New("not a checkpoint of this log")
	}
	if tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return tree, err
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, err
}

// judge checks receipts of one log. What receipts end with, checkpoint and witnesses' keys, is the same in many of them, and
// changed in the same ways again and again: a verdict on exactly these bytes is kept, good or bad. For any number of threads.
type judge struct {
	log   []note.Verifier
	known sync.Map // by SHA-256 of an ending: verdict
	last  atomic.Pointer[accepted]
}

type verdict struct {
	tree tlog.Tree
	err  error
}

// accepted is the newest ending that was found good.
type accepted struct {
	ending []byte
	tree   tlog.Tree
}

// desk is what one thread needs for itself.
type desk struct {
	in reader
	r  receipt
}

func (j *judge) ending(d *desk, rest []byte) (tlog.Tree, error) {
	if last := j.last.Load(); last != nil && bytes.Equal(last.ending, rest) {
		return last.tree, nil
	}
	sum := sha256.Sum256(rest)
	found, ok := j.known.Load(sum)
	if !ok {
		var v verdict
		v.tree, v.err = j.open(d, rest)
		found, _ = j.known.LoadOrStore(sum, v)
	}
	v := found.(verdict)
	if v.err == nil {
		j.last.Store(&accepted{bytes.Clone(rest), v.tree})
	}
	return v.tree, v.err
}

func (j *judge) open(d *desk, rest []byte) (tlog.Tree, error) {
	signed, keys, err := d.in.ending(rest)
	if err != nil {
		return tlog.Tree{}, err
	}
	witnesses, err := verifiers(keys)
	if err != nil {
		return tlog.Tree{}, err
	}
	return checkpoint([]byte(signed), j.log, witnesses)
}

// verify checks one receipt, all of it, by the log's keys alone.
func (j *judge) verify(d *desk, file []byte) error {
	if err := d.in.receipt(file, &d.r); err != nil {
		return err
	}
	tree, err := j.ending(d, d.r.rest)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(d.r.proof, tree.N, tree.Hash, d.r.index, tlog.RecordHash(d.r.event))
}

// cosigned says whether witnesses that the reader trusts have signed what the receipt leads to.
func (j *judge) cosigned(d *desk, trusted []note.Verifier) error {
	if len(trusted) == 0 {
		return nil
	}
	signed, _, err := d.in.ending(d.r.rest)
	if err != nil {
		return err
	}
	if _, err := note.Open([]byte(signed), note.VerifierList(trusted...)); err != nil {
		return fmt.Errorf("not cosigned by the witness: %w", err)
	}
	return nil
}

// folder reads tiles where docs/operating.md says that they lie: 256 of a level in one file.
type folder string

func (folder) Height() int { return 8 }

func (folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		file, err := os.Open(filepath.Join(string(f), "hashes", strconv.Itoa(tile.L), strconv.FormatInt(tile.N/256, 10)))
		if err != nil {
			return nil, err
		}
		content := make([]byte, tile.W*tlog.HashSize)
		_, err = file.ReadAt(content, tile.N%256*256*tlog.HashSize)
		file.Close()
		if err != nil {
			return nil, err
		}
		all = append(all, content)
	}
	return all, nil
}

func verifyLog(dir string, log []note.Verifier) (int64, error) {
	signed, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	if err != nil {
		return 0, err
	}
	tree, err := checkpoint(signed, log, nil)
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
	key := flag.String("key", "", "the log's verifier keys, or a file of them, one a line")
	witness := flag.String("witness", "", "verifier keys of a witness that must have cosigned, or a file of them")
	log := flag.String("log", "", "a log's folder to check")
	flips := flag.Int("flips", 1000, "receipts of which every single-bit change must be refused")
	flag.Parse()
	keys, err := given(*key)
	if err != nil || len(keys) == 0 {
		return fmt.Errorf("no log key: %v", err)
	}
	witnesses, err := given(*witness)
	if err != nil {
		return err
	}
	if *log != "" {
		size, err := verifyLog(*log, keys)
		if err != nil {
			return err
		}
		fmt.Printf("log of %d records: tiles lead to the signed root\n", size)
	}
	for _, name := range flag.Args() {
		if err := verifyFile(name, keys, witnesses, *flips); err != nil {
			return err
		}
	}
	return nil
}

// given reads keys from a text, or from the file of that name.
func given(text string) ([]note.Verifier, error) {
	if content, err := os.ReadFile(text); err == nil {
		text = string(content)
	}
	return verifiers(strings.Fields(text))
}

func verifyFile(name string, log, witnesses []note.Verifier, flips int) error {
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 8<<20)
	taken := 0
	j := &judge{log: log}
	var own desk
	var refused atomic.Int64
	var work errgroup.Group
	work.SetLimit(runtime.GOMAXPROCS(0))
	for lines.Scan() {
		file := bytes.Clone(lines.Bytes())
		taken++
		number := taken
		err := j.verify(&own, file)
		if err == nil {
			err = j.cosigned(&own, witnesses)
		}
		if err != nil {
			return fmt.Errorf("receipt %d of %s: %w", number, name, err)
		}
		if number <= flips {
			work.Go(func() error {
				count, err := everyBit(j, file)
				refused.Add(count)
				if err != nil {
					return fmt.Errorf("receipt %d of %s: %w", number, name, err)
				}
				return nil
			})
		}
	}
	if err := work.Wait(); err != nil {
		return err
	}
	fmt.Printf("%d receipts accepted, %d changed ones refused\n", taken, refused.Load())
	if taken == 0 {
		return errors.New("no receipts")
	}
	return lines.Err()
}

// everyBit changes one bit after the other and has the whole file judged each time; says how many were refused.
func everyBit(j *judge, file []byte) (int64, error) {
	var d desk
	var refused int64
	for bit := range len(file) * 8 {
		file[bit/8] ^= 1 << (bit % 8)
		if j.verify(&d, file) == nil {
			return refused, fmt.Errorf("bit %d may change", bit)
		}
		file[bit/8] ^= 1 << (bit % 8)
		refused++
	}
	return refused, j.verify(&d, file)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "receipts:", err)
		os.Exit(1)
	}
}
