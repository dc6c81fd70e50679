// Reads the ledger with golang.org/x/mod/sumdb, which knows nothing of suyuan.
//
//	go build -o reader main.go    (GO111MODULE=off GOPATH=/usr/share/gocode: Debian's golang-golang-x-mod-dev)
//	reader JOB.json               prints what it accepted of the job's cases, and what it read in each
//
// Of its own it has the paths of C2SP tiles, the framing of entry bundles, a strict reader of the tlog-proof text, and
// the cosignature's message; every signature and every hash is checked by the library.
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const width = 256

type job struct {
	Root      string   // the folder that all file names are relative to
	Log       string   // the log's folder under Root
	Key       string   // the log's vkey
	Witnesses []string // vkeys of type 4, all of which must have signed
	Old       string   // an older checkpoint, with the log's signature
	Cases     []kase
}

// One file with one byte changed; At < 0 changes nothing.
type kase struct {
	Kind  string
	File  string
	At    int
	Byte  byte
	Entry int64
	Leaf  string
}

type reader struct {
	job      job
	known    note.Verifiers
	required int
	kept     map[string][]byte
}

// A witness signs the time and the text: c2sp.org/tlog-cosignature.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

func newCosigner(vkey string) (note.Verifier, error) {
	part := strings.SplitN(vkey, "+", 3)
	if len(part) != 3 {
		return nil, errors.New("malformed vkey")
	}
	raw, err := base64.StdEncoding.DecodeString(part[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != 4 {
		return nil, errors.New("malformed vkey of a witness")
	}
	sum := sha256.Sum256(append([]byte(part[0]+"\n"), raw...))
	if hex.EncodeToString(sum[:4]) != part[1] {
		return nil, errors.New("the id of a witness's vkey does not fit its key")
	}
	return cosigner{part[0], binary.BigEndian.Uint32(sum[:4]), ed25519.PublicKey(raw[1:])}, nil
}

// file gives the bytes of a file as this case sees them.
func (r *reader) file(name string, c kase) ([]byte, error) {
	data, ok := r.kept[name]
	if !ok {
		var err error
		if data, err = os.ReadFile(filepath.Join(r.job.Root, name)); err != nil {
			return nil, err
		}
		r.kept[name] = data
	}
	if name == c.File && c.At >= 0 {
		data = append([]byte(nil), data...)
		data[c.At] = c.Byte
	}
	return data, nil
}

func (r *reader) open(data []byte, required int) (tlog.Tree, string, error) {
	opened, err := note.Open(data, r.known)
	if err != nil {
		return tlog.Tree{}, "", err
	}
	if len(opened.Sigs) < required {
		return tlog.Tree{}, "", errors.New("too few signatures")
	}
	line := strings.Split(opened.Text, "\n")
	if len(line) != 4 {
		return tlog.Tree{}, "", errors.New("malformed checkpoint")
	}
	size, err := strconv.ParseInt(line[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, "", err
	}
	root, err := tlog.ParseHash(line[2])
	if err != nil {
		return tlog.Tree{}, "", err
	}
	for _, signature := range opened.Sigs {
		if v, err := note.NewVerifier(r.job.Key); err == nil && v.Name() == signature.Name && v.KeyHash() == signature.Hash {
			raw, _ := base64.StdEncoding.DecodeString(signature.Base64)
			read := fmt.Sprintf("%s %d %x %x", line[0], size, root[:], raw[4:])
			if line[0] != v.Name() {
				return tlog.Tree{}, "", errors.New("another origin")
			}
			return tlog.Tree{N: size, Hash: root}, read, nil
		}
	}
	return tlog.Tree{}, "", errors.New("the log did not sign")
}

func (r *reader) tree(c kase) (tlog.Tree, string, error) {
	data, err := r.file(r.job.Log+"/checkpoint", c)
	if err != nil {
		return tlog.Tree{}, "", err
	}
	return r.open(data, r.required)
}

// tiles gives the tiles of the log as this case sees them; it fulfils tlog.TileReader.
type tiles struct {
	r *reader
	c kase
}

func (t tiles) Height() int                     { return 8 }
func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t tiles) ReadTiles(want []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range want {
		path := "tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		data, err := t.r.file(t.r.job.Log+"/"+path, t.c)
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

func splitBundle(data []byte) ([][]byte, error) {
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, errors.New("the bundle ends inside an entry")
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries, data = append(entries, data[2:end]), data[end:]
	}
	return entries, nil
}

// bundle checks every entry of the bundle that holds an entry, and leads the entry to the root.
//
// TileHashReader of x/mod 0.7.0 takes some tiles unauthenticated: it counts the tree's peaks where it means the tiles
// that hold them, and skips that many. So the entry is proven from the same tiles, which gives every hash of the way.
func (r *reader) bundle(tree tlog.Tree, index int64, c kase) error {
	first, held := index/width*width, int64(width)
	if first+held > tree.N {
		held = tree.N - first
	}
	tile := tlog.Tile{H: 8, L: -1, N: first / width, W: int(held)}
	path := "tile/entries/" + strings.TrimPrefix(tile.Path(), "tile/8/data/")
	data, err := r.file(r.job.Log+"/"+path, c)
	if err != nil {
		return err
	}
	entries, err := splitBundle(data)
	if err != nil || int64(len(entries)) != held {
		return errors.New("malformed bundle")
	}
	var want []int64
	for i := range entries {
		want = append(want, tlog.StoredHashIndex(0, first+int64(i)))
	}
	source := tlog.TileHashReader(tree, tiles{r, c})
	hashes, err := source.ReadHashes(want)
	if err != nil {
		return err
	}
	for i, entry := range entries {
		if tlog.RecordHash(entry) != hashes[i] {
			return errors.New("an entry is not the one in the tree")
		}
	}
	proof, err := tlog.ProveRecord(tree.N, index, source)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, hashes[index-first])
}

func splitProof(data []byte) (index int64, path []tlog.Hash, rest []byte, err error) {
	bad := errors.New("malformed tlog-proof")
	cut := bytes.Index(data, []byte("\n\n"))
	if cut < 0 {
		return 0, nil, nil, bad
	}
	lines := strings.Split(string(data[:cut]), "\n")
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return 0, nil, nil, bad
	}
	lines = lines[1:]
	if strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return 0, nil, nil, bad
	}
	digits := strings.TrimPrefix(lines[0], "index ")
	if index, err = strconv.ParseInt(digits, 10, 64); err != nil || strconv.FormatInt(index, 10) != digits {
		return 0, nil, nil, bad
	}
	for _, line := range lines[1:] {
		raw, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(raw) != tlog.HashSize {
			return 0, nil, nil, bad
		}
		var hash tlog.Hash
		copy(hash[:], raw)
		path = append(path, hash)
	}
	return index, path, data[cut+2:], nil
}

// check gives what was read where this case is accepted.
func (r *reader) check(c kase) (string, error) {
	switch c.Kind {
	case "checkpoint":
		_, read, err := r.tree(c)
		return read, err
	case "proof", "leaf":
		leaf, err := r.file(c.Leaf, c)
		if err != nil {
			return "", err
		}
		name := c.File
		if c.Kind == "leaf" {
			name = strings.Replace(c.Leaf, "leaf/", "proof/", 1)
		}
		data, err := r.file(name, c)
		if err != nil {
			return "", err
		}
		index, path, rest, err := splitProof(data)
		if err != nil {
			return "", err
		}
		tree, read, err := r.open(rest, r.required)
		if err != nil {
			return "", err
		}
		var hashes []string
		for _, hash := range path {
			hashes = append(hashes, hex.EncodeToString(hash[:]))
		}
		said := fmt.Sprintf("%d [%s] %s", index, strings.Join(hashes, " "), read)
		return said, tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(leaf))
	case "tile":
		tree, _, err := r.tree(kase{At: -1})
		if err != nil {
			return "", err
		}
		return "ok", r.bundle(tree, c.Entry, c)
	case "audit":
		tree, _, err := r.tree(c)
		for first := int64(0); err == nil && first < tree.N; first += width {
			err = r.bundle(tree, first, c)
		}
		return "ok", err
	case "consistency":
		tree, _, err := r.tree(kase{At: -1})
		if err != nil {
			return "", err
		}
		data, err := r.file(r.job.Old, kase{At: -1})
		if err != nil {
			return "", err
		}
		old, _, err := r.open(data, 1)
		if err != nil {
			return "", err
		}
		var proof tlog.TreeProof
		if data, err = r.file(c.File, c); err != nil {
			return "", err
		}
		for ; len(data) >= tlog.HashSize; data = data[tlog.HashSize:] {
			var hash tlog.Hash
			copy(hash[:], data)
			proof = append(proof, hash)
		}
		return "ok", tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash)
	}
	return "", errors.New("unknown kind of case: " + c.Kind)
}

func run(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	r := &reader{kept: map[string][]byte{}}
	if err := json.Unmarshal(data, &r.job); err != nil {
		return err
	}
	log, err := note.NewVerifier(r.job.Key)
	if err != nil {
		return err
	}
	known := []note.Verifier{log}
	for _, vkey := range r.job.Witnesses {
		witness, err := newCosigner(vkey)
		if err != nil {
			return err
		}
		known = append(known, witness)
	}
	r.known, r.required = note.VerifierList(known...), len(known)
	accepted := map[string]string{}
	for i, c := range r.job.Cases {
		if read, err := r.check(c); err == nil {
			accepted[strconv.Itoa(i)] = read
		} else if c.At < 0 {
			fmt.Fprintf(os.Stderr, "%s %s: %v\n", c.Kind, c.File, err)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]interface{}{"checked": len(r.job.Cases), "accepted": accepted})
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: reader JOB.json")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
