// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// plan is a fault to come: of the next call of a method, or of the next task when the method is "".
type plan struct {
	Method  string `json:"method"`
	Fault   string `json:"fault"`
	Message string `json:"message"`
	// Skip is how many calls go well before
	Skip int `json:"skip"`
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
		"/guest":         f.setGuest,
		"/hold-calls":    func(w wish) string { f.holdCalls(w.Method); return "" },
		"/hide": func(w wish) string {
			f.mutex.Lock()
			defer f.mutex.Unlock()
			f.hidden = w.Types
			return ""
		},
		"/forget-tasks": func(wish) string { forgetTasks(); return "" },
		"/hold-tasks":   func(w wish) string { f.holdTask(w.On); return "" },
		"/break-next-transfer": func(w wish) string {
			f.mutex.Lock()
			defer f.mutex.Unlock()
			f.breakAfter = w.After
			return ""
		},
		"/hold-transfers": func(w wish) string {
			f.mutex.Lock()
			defer f.mutex.Unlock()
			f.holdAfter = w.After
			return ""
		},
		"/slow-transfers": func(w wish) string {
			f.mutex.Lock()
			defer f.mutex.Unlock()
			f.slow = time.Duration(w.After) * time.Millisecond
			return ""
		},
		"/write-disk": writeDisk,
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
	On    bool     `json:"on"`
	After int64    `json:"after"`
	VM    string   `json:"vm"`
	Tools *bool    `json:"tools"`
	Deaf  bool     `json:"deaf"`
	Disk  int      `json:"disk"`
	File  string   `json:"file"`
	Types []string `json:"types"`
	Nets  []said   `json:"nets"`
	plan
}

// said is what a guest says of an interface; Device is the key of the virtual device, -1 where nobody made it out.
type said struct {
	MAC    string   `json:"mac"`
	Device int32    `json:"device"`
	IPs    []string `json:"ips"`
}

func (f *front) state() map[string]int {
	disks, _ := filepath.Glob(filepath.Join(f.folder, "govcsim-*", "*", "*.vmdk"))
	parts, _ := filepath.Glob(filepath.Join(f.folder, "govcsim-*", "*", "*.part"))
	exports, _ := filepath.Glob(filepath.Join(f.folder, "exports", "*"))
	flat := 0
	for _, disk := range disks {
		if strings.HasSuffix(disk, "-flat.vmdk") {
			flat++
		}
	}
	machines := len(simulator.Map.All("VirtualMachine"))
	leases := len(f.leasesOf(func(*lease) bool { return true }))
	f.mutex.Lock()
	defer f.mutex.Unlock()
	state := map[string]int{"logins": 0, "roundTrips": 0, "sessions": len(f.sessions), "leases": leases, "machines": machines,
		"disks": len(disks) - flat, "nfcFiles": len(parts) + len(exports), "heldTransfers": f.waiting, "heldTasks": len(f.heldTasks), "heldCalls": f.heldCalls}
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
			if candidate.Skip > 0 {
				candidate.Skip--
				break
			}
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
	response := &begun{c.Name + "Response", task.Run()}
	if vm := machine(c.This); vm != nil {
		simulator.Map.WithLock(vm, func() { vm.RecentTask = append(vm.RecentTask, task.Self) })
	}
	f.holdUp(task.Self)
	return &typed{response}
}

// begun is the answer to any method that makes a task: the registry of types has no answers.
type begun struct {
	element   string
	Returnval types.ManagedObjectReference `xml:"returnval"`
}

// holdCalls lets calls of a method wait; of none, and those that wait go on.
func (f *front) holdCalls(method string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.released != nil {
		close(f.released)
		f.released = nil
	}
	f.heldMethod = method
	if method != "" {
		f.released = make(chan struct{})
	}
}

func (f *front) wait(method string) {
	f.mutex.Lock()
	released := f.released
	if released == nil || f.heldMethod != method {
		f.mutex.Unlock()
		return
	}
	f.heldCalls++
	f.mutex.Unlock()
	<-released
	f.mutex.Lock()
	f.heldCalls--
	f.mutex.Unlock()
}

// holdUp shows a task that has ended as one that runs, while tasks are held.
func (f *front) holdUp(ref types.ManagedObjectReference) {
	task, ok := simulator.Map.Get(ref).(*simulator.Task)
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if _, already := f.heldTasks[ref]; !ok || already || !f.holdTasks {
		return
	}
	f.heldTasks[ref] = task.Info
	task.Info.CompleteTime, task.Info.Result, task.Info.Error = nil, nil, nil
	simulator.Map.Update(task, []types.PropertyChange{
		{Name: "info.state", Val: types.TaskInfoStateRunning}, {Name: "info.progress", Val: int32(50)}})
}

// forgetTasks is what a vCenter does some minutes after they have ended.
func forgetTasks() {
	for _, entity := range simulator.Map.All("VirtualMachine") {
		if vm, ok := entity.(*simulator.VirtualMachine); ok {
			var ended []types.ManagedObjectReference
			simulator.Map.WithLock(vm, func() { ended, vm.RecentTask = vm.RecentTask, nil })
			for _, task := range ended {
				simulator.Map.Remove(task)
			}
		}
	}
}

func (f *front) holdTask(on bool) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.holdTasks = on
	if on {
		return
	}
	for ref, info := range f.heldTasks {
		if task, ok := simulator.Map.Get(ref).(*simulator.Task); ok {
			task.Info = info
			simulator.Map.Update(task, []types.PropertyChange{{Name: "info.state", Val: info.State}})
		}
	}
	f.heldTasks = map[types.ManagedObjectReference]types.TaskInfo{}
}

// writeDisk puts a streamOptimized VMDK in place of what a disk holds, as a guest would by writing.
func writeDisk(w wish) string {
	vm := named(w.VM)
	if vm == nil {
		return "there is no virtual machine " + w.VM
	}
	problem := ""
	simulator.Map.WithLock(vm, func() {
		number := 0
		files := diskFiles(vm)
		for _, device := range vm.Config.Hardware.Device {
			if disk, ok := device.(*types.VirtualDisk); ok {
				if number == w.Disk {
					if err := copyFile(w.File, files[disk.Key]); err != nil {
						problem = err.Error()
					}
					return
				}
				number++
			}
		}
		problem = "it has no such disk"
	})
	return problem
}
