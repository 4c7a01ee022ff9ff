// SPDX-License-Identifier: Apache-2.0

// vcenter is a vCenter to test against: govmomi's simulator, and in front of it what the simulator lacks. See README.md.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
)

func main() {
	folder := flag.String("folder", "", "where it keeps its files: must be there, is emptied by nobody")
	listen := flag.String("listen", "127.0.0.1:0", "address and port of the API; port 0 takes a free one")
	names := flag.String("names", "localhost,127.0.0.1", "names and addresses in the certificate that is made")
	certificate := flag.String("certificate", "", "PEM of a certificate to use instead of making one")
	key := flag.String("key", "", "PEM of its key")
	user := flag.String("user", "administrator@vsphere.local", "who may log in")
	password := flag.String("password", "secret", "with which password")
	datacenters := flag.Int("datacenters", 1, "how many datacenters")
	clusters := flag.Int("clusters", 1, "clusters in each")
	hosts := flag.Int("hosts", 2, "hosts in each cluster")
	standalone := flag.Int("standalone", 0, "hosts of no cluster in each datacenter")
	machines := flag.Int("vms", 0, "running virtual machines in each cluster, and on each host of none")
	datastores := flag.Int("datastores", 1, "datastores in each datacenter")
	leaseTimeout := flag.Duration("lease-timeout", 5*time.Minute, "how long a lease lives without a word")
	leaseDelay := flag.Duration("lease-delay", 20*time.Millisecond, "how long a lease takes to be ready")
	apart := flag.Bool("hosts-apart", false, "disks go to and come from another port, with a certificate of its own, as they do at a host")
	flag.Parse()
	log.SetFlags(log.Ltime | log.Lmicroseconds)
	log.SetOutput(os.Stderr)
	if *folder == "" {
		log.Fatal("-folder is missing")
	}
	// the simulator makes each datastore a folder among temporary files
	os.Setenv("TMPDIR", *folder)

	model := simulator.VPX()
	model.Datacenter, model.Cluster, model.ClusterHost, model.Host = *datacenters, *clusters, *hosts, *standalone
	model.Machine, model.Datastore = *machines, *datastores
	must(model.Create())
	defer model.Remove()
	// two of them differ as two vCenters do
	content := &simulator.Map.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content
	content.About.InstanceUuid = uuid.New().String()
	service := model.Service
	service.RegisterSDK(simulator.Map)
	service.Listen = &url.URL{User: url.UserPassword(*user, *password)}

	identity := made(*folder, strings.Split(*names, ","))
	if *certificate != "" {
		identity = given(*certificate, *key)
	}
	plain, err := net.Listen("tcp", *listen)
	must(err)
	gate := &gate{Listener: plain, open: map[net.Conn]bool{}}
	front := newFront(service, *folder, identity.sha1(), *leaseTimeout, *leaseDelay)
	simulator.Map.SessionManager().ServiceHostName = plain.Addr().String()
	api := &http.Server{
		// leases break connections of transfers: that must be a connection of its own
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
		Handler:      front,
		TLSConfig:    &tls.Config{Certificates: []tls.Certificate{identity.pair}},
		ErrorLog:     log.New(ours{}, "", log.Ltime|log.Lmicroseconds),
	}
	go func() { must(api.ServeTLS(gate, "", "")) }()

	if *apart {
		host := made(filepath.Join(*folder, "host"), []string{"127.0.0.1"})
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		must(err)
		front.nfcHost, front.nfcThumbprint = listener.Addr().String(), host.sha1()
		disks := &http.Server{
			Handler:      http.HandlerFunc(front.serveNFC),
			TLSConfig:    &tls.Config{Certificates: []tls.Certificate{host.pair}},
			TLSNextProto: api.TLSNextProto,
			ErrorLog:     api.ErrorLog,
		}
		go func() { must(disks.ServeTLS(listener, "", "")) }()
	}
	controls, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	go func() { must(http.Serve(controls, control(front, gate))) }()

	fmt.Printf("URL=https://%s/sdk\n", plain.Addr())
	fmt.Printf("CONTROL=http://%s\n", controls.Addr())
	fmt.Printf("CA=%s\n", identity.authority)
	fmt.Printf("SHA256=%s\n", identity.sha256())
	fmt.Printf("SHA1=%s\n", identity.sha1())
	fmt.Printf("UUID=%s\n", content.About.InstanceUuid)
	fmt.Printf("FOLDER=%s\n", filepath.Clean(*folder))
	fmt.Printf("PID=%d\n", os.Getpid())
	fmt.Println("READY=yes")

	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		// whoever started us holds our standard input open for as long as they need us
		_, _ = io.Copy(io.Discard, os.Stdin)
		ended <- syscall.SIGTERM
	}()
	<-ended
}

// ours writes what goes wrong here; a client that does not trust us is the test, no error of ours.
type ours struct{}

func (ours) Write(line []byte) (int, error) {
	if strings.Contains(string(line), "TLS handshake error") {
		return len(line), nil
	}
	return os.Stderr.Write(line)
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
