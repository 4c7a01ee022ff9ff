// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// plan is a fault to come: of the next call of a method, or of the next task when the method is "".
type plan struct {
	Method  string `json:"method"`
	Fault   string `json:"fault"`
	Message string `json:"message"`
}

// control is what tests turn: see README.md.
func control(f *front, g *gate) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/state", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(f.state())
	})
	switches := map[string]func(wish) string{
		"/kill-sessions": func(wish) string { f.killSessions(); return "" },
		"/unreachable":   func(w wish) string { g.set(w.On); return "" },
		"/fail-next":     f.failNext,
	}
	for path, turn := range switches {
		turn := turn
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			var wished wish
			if r.Method != http.MethodPost {
				http.Error(w, "POST a JSON object", http.StatusMethodNotAllowed)
				return
			}
			if err := json.NewDecoder(r.Body).Decode(&wished); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			if problem := turn(wished); problem != "" {
				http.Error(w, problem, http.StatusBadRequest)
			}
		})
	}
	return mux
}

// wish is the body of every switch; each reads what it needs.
type wish struct {
	On bool `json:"on"`
	plan
}

func (f *front) state() map[string]int {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	state := map[string]int{"logins": 0, "roundTrips": 0, "sessions": len(f.sessions)}
	for name, count := range f.counts {
		state[name] = count
	}
	return state
}

func (f *front) failNext(w wish) string {
	if _, problem := fault(w.Fault); problem != "" {
		return problem
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	planned := w.plan
	f.plans = append(f.plans, &planned)
	return ""
}

// fault makes one by the name that the vSphere API gives it.
func fault(name string) (types.BaseMethodFault, string) {
	kind, ok := types.TypeFunc()(name)
	if ok {
		if fault, ok := reflect.New(kind).Interface().(types.BaseMethodFault); ok {
			return fault, ""
		}
	}
	return nil, "no fault is called " + name
}

// planned is the answer to a call that was wished to fail, or nil.
func (f *front) planned(c *call) soap.HasFault {
	f.mutex.Lock()
	var found *plan
	task := strings.HasSuffix(c.Name, "_Task")
	for i, candidate := range f.plans {
		if candidate.Method == c.Name || candidate.Method == "" && task {
			found = candidate
			f.plans = append(f.plans[:i], f.plans[i+1:]...)
			break
		}
	}
	f.mutex.Unlock()
	if found == nil {
		return nil
	}
	problem, _ := fault(found.Fault)
	if !task {
		return failure(found.Message, problem)
	}
	of := simulator.Map.Get(c.This)
	if of == nil {
		return failure("", &types.ManagedObjectNotFound{Obj: c.This})
	}
	return f.task(c, strings.TrimSuffix(c.Name, "_Task"), func() (types.AnyType, types.BaseMethodFault) {
		return nil, problem
	})
}

// task answers with a task that does this.
func (f *front) task(c *call, name string, run func() (types.AnyType, types.BaseMethodFault)) soap.HasFault {
	name = strings.ToLower(name[:1]) + name[1:]
	task := simulator.CreateTask(simulator.Map.Get(c.This), name, func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		return run()
	})
	kind, _ := types.TypeFunc()(c.Name + "Response")
	response := reflect.New(kind)
	response.Elem().FieldByName("Returnval").Set(reflect.ValueOf(task.Run()))
	return &empty{response.Interface()}
}
