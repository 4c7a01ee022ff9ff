// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// identity is what the API shows, and the file of the authority that vouches for it.
type identity struct {
	pair      tls.Certificate
	authority string
}

// made makes an authority and a certificate of its own for these names.
func made(folder string, names []string) identity {
	must(os.MkdirAll(folder, 0700))
	root := template(1, "vCenter of the tests")
	root.IsCA, root.KeyUsage = true, x509.KeyUsageCertSign
	rootKey := newKey()
	rootBytes, err := x509.CreateCertificate(rand.Reader, root, root, &rootKey.PublicKey, rootKey)
	must(err)
	leaf := template(2, names[0])
	leaf.KeyUsage, leaf.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, name)
		}
	}
	leafKey := newKey()
	leafBytes, err := x509.CreateCertificate(rand.Reader, leaf, root, &leafKey.PublicKey, rootKey)
	must(err)
	file := filepath.Join(folder, "authority.pem")
	must(os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootBytes}), 0600))
	return identity{tls.Certificate{Certificate: [][]byte{leafBytes}, PrivateKey: leafKey}, file}
}

// given takes a certificate that somebody else made; it vouches for itself.
func given(certificate, key string) identity {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	must(err)
	return identity{pair, certificate}
}

func (i identity) sha256() string {
	return fmt.Sprintf("%x", sha256.Sum256(i.pair.Certificate[0]))
}

// sha1 is the thumbprint as older vCenters show it.
func (i identity) sha1() string {
	text := fmt.Sprintf("% X", sha1.Sum(i.pair.Certificate[0]))
	return strings.ReplaceAll(text, " ", ":")
}

func template(serial int64, name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber:          big.NewInt(now.UnixNano() + serial),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(48 * time.Hour),
		BasicConstraintsValid: true,
	}
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	return key
}
