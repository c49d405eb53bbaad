// A foreign reader of the log: Go's own transparency-log library (golang.org/x/mod/sumdb), held against a record or a
// running server. It opens the checkpoint as a signed note, then proves every leaf to be in the tree, and trees of
// smaller sizes to be its beginnings, from the hash tiles alone.
//
//	foreign FOLDER|http://127.0.0.1:PORT
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "foreign:", err)
		os.Exit(1)
	}
}

type place string

func (p place) read(path string) ([]byte, error) {
	if !strings.HasPrefix(string(p), "http://") {
		return os.ReadFile(filepath.Join(string(p), filepath.FromSlash(path)))
	}
	answer, err := http.Get(string(p) + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, 32<<20))
}

// Tiles of height 8, whose height does not stand in the path: tlog's tile/8/0/000 is our tile/0/000.
func (p place) Height() int { return 8 }

func (p place) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := p.read("tile/" + strings.TrimPrefix(tile.Path(), "tile/8/"))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (p place) SaveTiles([]tlog.Tile, [][]byte) {}

// Election id and board key, out of the manifest.
func (p place) verifier() note.Verifier {
	raw, err := p.read("election.json")
	must(err)
	var manifest struct{ Keys struct{ Board string } }
	must(json.Unmarshal(raw, &manifest))
	board, err := base64.RawURLEncoding.Strict().DecodeString(manifest.Keys.Board)
	must(err)
	label := "veche-election-2"
	frame := append(length(len(label)), label...)
	id := sha256.Sum256(append(append(frame, length(len(raw))...), raw...))
	key, err := note.NewEd25519VerifierKey("veche/"+base64.RawURLEncoding.EncodeToString(id[:]), board)
	must(err)
	verifier, err := note.NewVerifier(key)
	must(err)
	return verifier
}

func length(n int) []byte {
	return []byte{0, 0, 0, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: foreign FOLDER|URL")
		os.Exit(2)
	}
	p := place(strings.TrimSuffix(os.Args[1], "/"))
	raw, err := p.read("checkpoint")
	must(err)
	verifier := p.verifier()
	opened, err := note.Open(raw, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		must(fmt.Errorf("a checkpoint of another form"))
	}
	var size int64
	_, err = fmt.Sscanf(lines[1], "%d", &size)
	must(err)
	hash, err := tlog.ParseHash(lines[2])
	must(err)
	tree := tlog.Tree{N: size, Hash: hash}
	reader := tlog.TileHashReader(tree, p)

	var entries, inclusions, consistencies int64
	for first := int64(0); first < size; first += 256 {
		width := int(min(256, size-first))
		bundle := tlog.Tile{H: 8, L: 0, N: first / 256, W: width}
		data, err := p.read("tile/entries/" + strings.TrimPrefix(bundle.Path(), "tile/8/0/"))
		must(err)
		for ; len(data) >= 2; entries++ {
			n := int(data[0])<<8 | int(data[1])
			if len(data) < 2+n {
				must(fmt.Errorf("entry %d is cut", entries))
			}
			leaf := tlog.RecordHash(data[2 : 2+n])
			data = data[2+n:]
			proof, err := tlog.ProveRecord(size, entries, reader)
			must(err)
			must(tlog.CheckRecord(proof, size, hash, entries, leaf))
			inclusions++
		}
	}
	if entries != size {
		must(fmt.Errorf("%d entries in place of %d", entries, size))
	}
	for older := int64(1); older < size; older += 1 + older/3 {
		root, err := tlog.TreeHash(older, reader)
		must(err)
		proof, err := tlog.ProveTree(size, older, reader)
		must(err)
		must(tlog.CheckTree(proof, size, hash, older, root))
		consistencies++
	}
	fmt.Printf("checkpoint of %d entries signed; %d inclusion and %d consistency proofs hold\n", size, inclusions, consistencies)
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}
