// SPDX-License-Identifier: Apache-2.0

// Judges an exported piece of the audit log with Go's own implementation of transparency logs, so that nothing of ours
// vouches for itself. Usage: judge <directory>. The directory has:
//
//	verifier        the log's verifier key
//	checkpoint.<n>  signed notes, one for each size n
//	leaf.<i>        the bytes of each leaf
//	inclusion.<i>   hashes in hex, a line each: leaf i in the largest tree
//	consistency.<n> hashes in hex, a line each: tree n in the largest tree
package main

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func check(err error, what string) {
	if err != nil {
		fmt.Println("refused:", what+":", err)
		os.Exit(1)
	}
}

func read(dir, name string) []byte {
	data, err := os.ReadFile(filepath.Join(dir, name))
	check(err, name)
	return data
}

func numbers(dir, kind string) []int64 {
	files, err := filepath.Glob(filepath.Join(dir, kind+".*"))
	check(err, kind)
	var found []int64
	for _, file := range files {
		n, err := strconv.ParseInt(strings.TrimPrefix(filepath.Ext(file), "."), 10, 64)
		check(err, file)
		found = append(found, n)
	}
	return found
}

func hashes(dir, name string) []tlog.Hash {
	var found []tlog.Hash
	for _, line := range strings.Fields(string(read(dir, name))) {
		raw, err := hex.DecodeString(line)
		check(err, name)
		var h tlog.Hash
		copy(h[:], raw)
		found = append(found, h)
	}
	return found
}

func main() {
	dir := os.Args[1]
	verifier, err := note.NewVerifier(strings.TrimSpace(string(read(dir, "verifier"))))
	check(err, "verifier key")

	roots := map[int64]tlog.Hash{}
	var largest int64
	for _, n := range numbers(dir, "checkpoint") {
		opened, err := note.Open(read(dir, fmt.Sprintf("checkpoint.%d", n)), note.VerifierList(verifier))
		check(err, fmt.Sprintf("signature of checkpoint %d", n))
		lines := strings.Split(opened.Text, "\n")
		if len(lines) != 4 || lines[0] != verifier.Name() || lines[1] != strconv.FormatInt(n, 10) {
			check(fmt.Errorf("%q", opened.Text), "form of a checkpoint")
		}
		roots[n], err = tlog.ParseHash(lines[2])
		check(err, "root")
		if n > largest {
			largest = n
		}
	}

	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, i := range indexes {
			found = append(found, stored[i])
		}
		return found, nil
	})
	leaves := int64(len(numbers(dir, "leaf")))
	for i := int64(0); i < leaves; i++ {
		more, err := tlog.StoredHashes(i, read(dir, fmt.Sprintf("leaf.%d", i)), reader)
		check(err, "leaf")
		stored = append(stored, more...)
	}
	if leaves != largest {
		check(fmt.Errorf("%d leaves, checkpoint of %d", leaves, largest), "completeness")
	}
	for n, root := range roots {
		own, err := tlog.TreeHash(n, reader)
		check(err, "root")
		if own != root {
			check(fmt.Errorf("%v instead of %v", root, own), fmt.Sprintf("root of %d", n))
		}
	}

	for _, i := range numbers(dir, "inclusion") {
		leaf := tlog.RecordHash(read(dir, fmt.Sprintf("leaf.%d", i)))
		check(tlog.CheckRecord(hashes(dir, fmt.Sprintf("inclusion.%d", i)), largest, roots[largest], i, leaf),
			fmt.Sprintf("inclusion of %d", i))
	}
	for _, n := range numbers(dir, "consistency") {
		check(tlog.CheckTree(hashes(dir, fmt.Sprintf("consistency.%d", n)), largest, roots[largest], n, roots[n]),
			fmt.Sprintf("consistency of %d", n))
	}
	fmt.Printf("accepted: %d leaves, %d checkpoints, %d inclusion and %d consistency proofs\n", leaves, len(roots),
		len(numbers(dir, "inclusion")), len(numbers(dir, "consistency")))
}
