// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"sync"
)

// gate is the API's listener. While it is shut, connections are dropped: those there are and those that come.
type gate struct {
	net.Listener
	mutex sync.Mutex
	shut  bool
	open  map[net.Conn]bool
}

func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		g.mutex.Lock()
		shut := g.shut
		if !shut {
			g.open[conn] = true
		}
		g.mutex.Unlock()
		if !shut {
			return &passing{conn, g}, nil
		}
		_ = conn.Close()
	}
}

func (g *gate) set(shut bool) {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	g.shut = shut
	if shut {
		for conn := range g.open {
			_ = conn.Close()
		}
		g.open = map[net.Conn]bool{}
	}
}

type passing struct {
	net.Conn
	gate *gate
}

func (p *passing) Close() error {
	p.gate.mutex.Lock()
	delete(p.gate.open, p.Conn)
	p.gate.mutex.Unlock()
	return p.Conn.Close()
}
