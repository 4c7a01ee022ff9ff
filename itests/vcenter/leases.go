// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/sha1"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Leases: disks in and out over HTTP. A disk's content is the streamOptimized VMDK that came for it.

// lease is one that is held, or was. Its fields below are guarded by the front's mutex.
type lease struct {
	mo.HttpNfcLease
	session string
	vm      types.ManagedObjectReference
	export  bool
	task    *simulator.Task
	timer   *time.Timer
	disks   map[string]*transfer
}

// transfer is one disk of a lease.
type transfer struct {
	key      string
	file     string
	capacity int64
	sent     int64
	sum      hash.Hash
	whole    bool
}

func init() {
	own["CreateImportSpec"] = func(f *front, c *call) soap.HasFault {
		manager, ok := simulator.Map.Get(c.This).(*simulator.OvfManager)
		if !ok {
			return nil
		}
		answer := manager.CreateImportSpec(c.context, c.Body.(*types.CreateImportSpec))
		if body := answer.(*methods.CreateImportSpecBody); body.Res != nil {
			keyed(&body.Res.Returnval)
		}
		return answer
	}
	own["ImportVApp"] = func(f *front, c *call) soap.HasFault { return f.importVApp(c) }
	own["ExportVm"] = func(f *front, c *call) soap.HasFault { return f.exportVM(c) }
	own["HttpNfcLeaseProgress"] = func(f *front, c *call) soap.HasFault {
		l, problem := f.held(c.This)
		if problem != nil {
			return problem
		}
		percent := c.Body.(*types.HttpNfcLeaseProgress).Percent
		l.timer.Reset(f.leaseTimeout)
		f.count("leaseProgress")
		f.mutex.Lock()
		f.counts["leasePercent"] = int(percent)
		f.mutex.Unlock()
		simulator.Map.WithLock(l, func() {
			simulator.Map.Update(l, []types.PropertyChange{{Name: "transferProgress", Val: percent}})
		})
		simulator.Map.Update(l.task, []types.PropertyChange{{Name: "info.progress", Val: percent}})
		return &methods.HttpNfcLeaseProgressBody{Res: new(types.HttpNfcLeaseProgressResponse)}
	}
	own["HttpNfcLeaseComplete"] = func(f *front, c *call) soap.HasFault {
		l, problem := f.held(c.This)
		if problem != nil {
			return problem
		}
		for _, disk := range l.disks {
			if !l.export && !disk.whole {
				return failure("The disk "+disk.key+" did not come whole.", new(types.InvalidState))
			}
		}
		f.end(l, types.HttpNfcLeaseStateDone, nil)
		return &methods.HttpNfcLeaseCompleteBody{Res: new(types.HttpNfcLeaseCompleteResponse)}
	}
	own["HttpNfcLeaseAbort"] = func(f *front, c *call) soap.HasFault {
		l, problem := f.held(c.This)
		if problem != nil {
			return problem
		}
		f.count("leaseAborts")
		reason := c.Body.(*types.HttpNfcLeaseAbort).Fault
		if reason == nil {
			reason = &types.LocalizedMethodFault{Fault: new(types.RequestCanceled)}
		}
		f.end(l, types.HttpNfcLeaseStateError, reason)
		return &methods.HttpNfcLeaseAbortBody{Res: new(types.HttpNfcLeaseAbortResponse)}
	}
	own["HttpNfcLeaseGetManifest"] = func(f *front, c *call) soap.HasFault {
		l, problem := f.held(c.This)
		if problem != nil {
			return problem
		}
		res := new(types.HttpNfcLeaseGetManifestResponse)
		f.mutex.Lock()
		defer f.mutex.Unlock()
		for _, disk := range l.disks {
			if disk.whole {
				res.Returnval = append(res.Returnval, types.HttpNfcLeaseManifestEntry{Key: disk.key,
					Sha1: fmt.Sprintf("%x", disk.sum.Sum(nil)), Size: disk.sent, Disk: true, Capacity: disk.capacity})
			}
		}
		return &methods.HttpNfcLeaseGetManifestBody{Res: res}
	}
	// the task of an import or export is cancelled: its lease is aborted
	own["CancelTask"] = func(f *front, c *call) soap.HasFault {
		for _, l := range f.leasesOf(func(l *lease) bool { return l.task.Self == c.This }) {
			f.count("leaseAborts")
			f.end(l, types.HttpNfcLeaseStateError, &types.LocalizedMethodFault{Fault: new(types.RequestCanceled)})
			return &methods.CancelTaskBody{Res: new(types.CancelTaskResponse)}
		}
		return failure("It is no longer running.", new(types.InvalidState))
	}
}

// slot is where a disk is plugged in, in the words of leases: ParaVirtualSCSIController0:1.
func slot(devices object.VirtualDeviceList, disk *types.VirtualDisk) string {
	controller := devices.FindByKey(disk.ControllerKey)
	if controller == nil || disk.UnitNumber == nil {
		return fmt.Sprintf("VirtualDisk%d", disk.Key)
	}
	bus := controller.(types.BaseVirtualController).GetVirtualController().BusNumber
	return fmt.Sprintf("%s%d:%d", reflect.TypeOf(controller).Elem().Name(), bus, *disk.UnitNumber)
}

// keyed names the disks of an import as its lease will.
func keyed(result *types.OvfCreateImportSpecResult) {
	spec, ok := result.ImportSpec.(*types.VirtualMachineImportSpec)
	if !ok {
		return
	}
	var devices object.VirtualDeviceList
	for _, change := range spec.ConfigSpec.DeviceChange {
		devices = append(devices, change.GetVirtualDeviceConfigSpec().Device)
	}
	number := 0
	for _, device := range devices {
		if disk, ok := device.(*types.VirtualDisk); ok && number < len(result.FileItem) {
			result.FileItem[number].DeviceId = "/" + spec.ConfigSpec.Name + "/" + slot(devices, disk)
			number++
		}
	}
}

// leasesOf are the leases that are held and meet a condition.
func (f *front) leasesOf(meets func(*lease) bool) []*lease {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	var found []*lease
	for _, l := range f.leases {
		if open := l.State == types.HttpNfcLeaseStateInitializing || l.State == types.HttpNfcLeaseStateReady; open && meets(l) {
			found = append(found, l)
		}
	}
	return found
}

// leased is what operations on a virtual machine fail with while a lease on it is held.
func (f *front) leased(vm types.ManagedObjectReference) types.BaseMethodFault {
	for _, l := range f.leasesOf(func(l *lease) bool { return l.vm == vm }) {
		return &types.TaskInProgress{Task: l.task.Self}
	}
	return nil
}

// held finds a lease that is held by the session that asks.
func (f *front) held(ref types.ManagedObjectReference) (*lease, soap.HasFault) {
	l, ok := simulator.Map.Get(ref).(*lease)
	if !ok {
		return nil, failure("", &types.ManagedObjectNotFound{Obj: ref})
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if l.State != types.HttpNfcLeaseStateReady {
		if l.Error != nil {
			if _, timeout := l.Error.Fault.(*types.Timedout); timeout {
				return nil, failure("The lease timed out.", new(types.Timedout))
			}
		}
		return nil, failure("The lease is "+string(l.State)+".", new(types.InvalidState))
	}
	return l, nil
}

// end ends a lease, its task, and, when an import is not done, the virtual machine that it made.
func (f *front) end(l *lease, state types.HttpNfcLeaseState, reason *types.LocalizedMethodFault) {
	f.mutex.Lock()
	if l.State == types.HttpNfcLeaseStateDone || l.State == types.HttpNfcLeaseStateError {
		f.mutex.Unlock()
		return
	}
	l.State, l.Error = state, reason
	f.mutex.Unlock()
	l.timer.Stop()
	changes := []types.PropertyChange{{Name: "state", Val: state}}
	ended := []types.PropertyChange{{Name: "info.completeTime", Val: time.Now()}, {Name: "info.state", Val: types.TaskInfoStateSuccess}}
	if reason != nil {
		changes = append(changes, types.PropertyChange{Name: "error", Val: *reason})
		ended[1].Val = types.TaskInfoStateError
		ended = append(ended, types.PropertyChange{Name: "info.error", Val: *reason})
	}
	vm := machine(l.vm)
	if vm != nil {
		simulator.Map.WithLock(vm, func() { simulator.RemoveReference(&vm.RecentTask, l.task.Self) })
		if state == types.HttpNfcLeaseStateError && !l.export {
			_ = f.destroy(&call{context: f.context(l.session)}, vm)
		}
	}
	if l.export {
		for _, disk := range l.disks {
			_ = os.Remove(disk.file)
		}
	}
	simulator.Map.WithLock(l, func() { simulator.Map.Update(l, changes) })
	simulator.Map.Update(l.task, ended)
}

// hold makes a lease; it is ready a little later.
func (f *front) hold(c *call, vm *simulator.VirtualMachine, name string, export bool) *lease {
	id := uuid.New().String()
	self := types.ManagedObjectReference{Type: "HttpNfcLease", Value: "session[" + c.session + "]" + id}
	l := &lease{session: c.session, vm: vm.Self, export: export, disks: map[string]*transfer{}}
	l.Self, l.State = self, types.HttpNfcLeaseStateInitializing
	l.Mode = "pushOrGet"
	l.Capabilities = types.HttpNfcLeaseCapabilities{}
	info := &types.HttpNfcLeaseInfo{Lease: self, Entity: vm.Self, LeaseTimeout: int32(f.leaseTimeout / time.Second)}
	simulator.Map.WithLock(vm, func() {
		l.task = simulator.CreateTask(vm, name, nil)
		simulator.Map.Update(l.task, []types.PropertyChange{{Name: "info.state", Val: types.TaskInfoStateRunning},
			{Name: "info.cancelable", Val: true},
			{Name: "info.reason", Val: types.BaseTaskReason(&types.TaskReasonUser{UserName: f.user(c.session)})}, {Name: "info.startTime", Val: time.Now()}})
		vm.RecentTask = append(vm.RecentTask, l.task.Self)
		dc, devices := datacenter(vm), object.VirtualDeviceList(vm.Config.Hardware.Device)
		for _, device := range devices {
			disk, ok := device.(*types.VirtualDisk)
			if !ok {
				continue
			}
			file := onDisk(dc, disk.Backing.(types.BaseVirtualDeviceFileBackingInfo).GetVirtualDeviceFileBackingInfo().FileName)
			target := path.Base(file)
			sent := &transfer{key: "/" + vm.Self.Value + "/" + slot(devices, disk), file: file, capacity: disk.CapacityInBytes, sum: sha1.New()}
			url := types.HttpNfcLeaseDeviceUrl{
				Key:           sent.key,
				ImportKey:     "/" + vm.Name + "/" + slot(devices, disk),
				Url:           "https://" + f.nfcHost + "/nfc/" + id + "/" + target,
				SslThumbprint: f.nfcThumbprint,
				Disk:          types.NewBool(true),
				TargetId:      target,
			}
			if export {
				url.ImportKey = ""
				url.TargetId = fmt.Sprintf("disk-%d.vmdk", len(l.disks))
				url.FileSize = length(file)
			}
			l.disks[target] = sent
			info.DeviceUrl = append(info.DeviceUrl, url)
			info.TotalDiskCapacityInKB += disk.CapacityInKB
		}
	})
	l.timer = time.AfterFunc(f.leaseTimeout, func() {
		f.end(l, types.HttpNfcLeaseStateError, &types.LocalizedMethodFault{Fault: new(types.Timedout), LocalizedMessage: "The lease timed out."})
	})
	f.mutex.Lock()
	f.leases[id] = l
	f.mutex.Unlock()
	simulator.Map.Put(l)
	return l.readies(f, info)
}

// readies makes it ready, after its client had to wait for that.
func (l *lease) readies(f *front, info *types.HttpNfcLeaseInfo) *lease {
	time.AfterFunc(f.leaseDelay, func() {
		if l.export {
			for name, disk := range l.disks {
				prepared := filepath.Join(f.folder, "exports", path.Base(l.Self.Value)+"-"+name)
				if err := asExported(disk.file, prepared, disk.capacity); err != nil {
					f.end(l, types.HttpNfcLeaseStateError, &types.LocalizedMethodFault{
						Fault: &types.FileFault{File: disk.file}, LocalizedMessage: err.Error()})
					return
				}
				disk.file = prepared
			}
		}
		f.mutex.Lock()
		if l.State == types.HttpNfcLeaseStateInitializing {
			l.State, l.Info = types.HttpNfcLeaseStateReady, info
		}
		state := l.State
		f.mutex.Unlock()
		simulator.Map.WithLock(l, func() {
			simulator.Map.Update(l, []types.PropertyChange{{Name: "info", Val: *info}, {Name: "state", Val: state}})
		})
	})
	return l
}

func length(file string) int64 {
	if info, err := os.Stat(file); err == nil {
		return info.Size()
	}
	return 0
}

// asExported is a disk as a streamOptimized VMDK of its present size: what came, unless nothing did or it grew since.
func asExported(file, to string, capacity int64) error {
	if err := os.MkdirAll(filepath.Dir(to), 0700); err != nil {
		return err
	}
	if length(file) > 0 && capacityOf(file) == capacity {
		return os.Link(file, to)
	}
	between := to + ".qcow2"
	defer os.Remove(between)
	steps := [][]string{{"create", "-q", "-f", "qcow2", between, fmt.Sprint(capacity)}}
	if length(file) > 0 {
		steps = [][]string{{"convert", "-f", "vmdk", "-O", "qcow2", file, between},
			{"resize", "-q", "-f", "qcow2", between, fmt.Sprint(capacity)}}
	}
	steps = append(steps, []string{"convert", "-f", "qcow2", "-O", "vmdk", "-o", "subformat=streamOptimized", between, to})
	for _, step := range steps {
		if said, err := exec.Command("qemu-img", step...).CombinedOutput(); err != nil {
			return fmt.Errorf("qemu-img %s: %v: %s", step[0], err, said)
		}
	}
	return nil
}

// capacityOf is what the header of a sparse VMDK says: sectors, after magic, version and flags; 0 for another file.
func capacityOf(file string) int64 {
	opened, err := os.Open(file)
	if err != nil {
		return 0
	}
	defer opened.Close()
	header := make([]byte, 20)
	if _, err := io.ReadFull(opened, header); err != nil || string(header[:4]) != "KDMV" {
		return 0
	}
	var sectors int64
	for i := 7; i >= 0; i-- {
		sectors = sectors<<8 | int64(header[12+i])
	}
	return sectors * 512
}

func (f *front) importVApp(c *call) soap.HasFault {
	request := c.Body.(*types.ImportVApp)
	spec, ok := request.Spec.(*types.VirtualMachineImportSpec)
	if !ok {
		return failure("", &types.InvalidArgument{InvalidProperty: "spec"})
	}
	pool, ok := simulator.Map.Get(c.This).(*simulator.ResourcePool)
	if !ok {
		return nil
	}
	into := datacenter(pool).VmFolder
	if request.Folder != nil {
		into = *request.Folder
	}
	folder, ok := simulator.Map.Get(into).(*simulator.Folder)
	if !ok {
		return failure("", &types.ManagedObjectNotFound{Obj: into})
	}
	made, problem := f.create(c, folder, spec.ConfigSpec, c.This, request.Host)
	if problem != nil {
		return failure("", problem)
	}
	l := f.hold(c, machine(made.(types.ManagedObjectReference)), "importVAppLRO", false)
	return &methods.ImportVAppBody{Res: &types.ImportVAppResponse{Returnval: l.Self}}
}

func (f *front) exportVM(c *call) soap.HasFault {
	vm := machine(c.This)
	if vm == nil {
		return nil
	}
	if problem := f.leased(vm.Self); problem != nil {
		return failure("A lease is held on it.", problem)
	}
	if state := vm.Runtime.PowerState; state != types.VirtualMachinePowerStatePoweredOff {
		return failure("The attempted operation cannot be performed in the current state.", &types.InvalidPowerState{
			RequestedState: types.VirtualMachinePowerStatePoweredOff, ExistingState: state})
	}
	return &methods.ExportVmBody{Res: &types.ExportVmResponse{Returnval: f.hold(c, vm, "exportVmLRO", true).Self}}
}

// serveNFC takes or gives a disk; knowing the lease is the right to.
func (f *front) serveNFC(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	if len(parts) != 4 {
		http.NotFound(w, r)
		return
	}
	f.mutex.Lock()
	l := f.leases[parts[2]]
	var disk *transfer
	if l != nil && l.State == types.HttpNfcLeaseStateReady {
		disk = l.disks[parts[3]]
	}
	f.mutex.Unlock()
	switch {
	case disk == nil:
		http.NotFound(w, r)
	case r.Method == http.MethodGet && l.export:
		f.give(w, l, disk)
	case (r.Method == http.MethodPost || r.Method == http.MethodPut) && !l.export:
		f.take(w, r, l, disk)
	default:
		http.Error(w, "not with this lease", http.StatusMethodNotAllowed)
	}
}

func (f *front) take(w http.ResponseWriter, r *http.Request, l *lease, disk *transfer) {
	f.count("uploads")
	half := disk.file + ".part"
	defer os.Remove(half)
	file, err := os.Create(half)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	n, err := f.pass(file, r.Body, l, disk)
	_ = file.Close()
	if err != nil {
		broken(w)
		return
	}
	if capacity := capacityOf(half); capacity == 0 || capacity > disk.capacity {
		http.Error(w, "this is no streamOptimized VMDK of that disk", http.StatusInternalServerError)
		return
	}
	if err := os.Rename(half, disk.file); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	f.mutex.Lock()
	disk.whole, disk.sent = true, n
	f.mutex.Unlock()
	w.WriteHeader(http.StatusCreated)
}

func (f *front) give(w http.ResponseWriter, l *lease, disk *transfer) {
	f.count("downloads")
	file, err := os.Open(disk.file)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer file.Close()
	f.mutex.Lock()
	disk.sum, disk.whole = sha1.New(), false
	f.mutex.Unlock()
	w.Header().Set("Content-Type", "application/x-vnd.vmware-streamVmdk")
	w.WriteHeader(http.StatusOK)
	// a real one compresses as it sends and does not know the length before
	w.(http.Flusher).Flush()
	n, err := f.pass(io.MultiWriter(w, disk.sum), file, l, disk)
	if err != nil {
		broken(w)
		return
	}
	f.mutex.Lock()
	disk.whole, disk.sent = true, n
	f.mutex.Unlock()
}

// pass copies a disk, as long as its lease is held, and breaks or waits where a switch said so.
func (f *front) pass(to io.Writer, from io.Reader, l *lease, disk *transfer) (int64, error) {
	f.mutex.Lock()
	breakAfter, holdAfter, slow := f.breakAfter, f.holdAfter, f.slow
	f.breakAfter = -1
	f.mutex.Unlock()
	buffer := make([]byte, 64<<10)
	var passed int64
	for {
		step := int64(len(buffer))
		for _, stop := range []int64{breakAfter, holdAfter} {
			if stop >= passed && stop-passed < step {
				step = stop - passed
			}
		}
		if step == 0 && passed == breakAfter {
			return passed, fmt.Errorf("broken off after %d bytes", passed)
		}
		if step == 0 {
			if !f.waits(l) {
				return passed, fmt.Errorf("the lease ended")
			}
			holdAfter = -1
			continue
		}
		n, err := from.Read(buffer[:step])
		if n > 0 {
			passed += int64(n)
			if _, failed := to.Write(buffer[:n]); failed != nil {
				return passed, failed
			}
		}
		time.Sleep(slow)
		f.mutex.Lock()
		disk.sent = passed
		held := l.State == types.HttpNfcLeaseStateReady
		f.mutex.Unlock()
		if !held {
			return passed, fmt.Errorf("the lease ended")
		}
		if err == io.EOF {
			return passed, nil
		}
		if err != nil {
			return passed, err
		}
	}
}

// waits until transfers are no longer held up; false when the lease ends before.
func (f *front) waits(l *lease) bool {
	f.mutex.Lock()
	f.waiting++
	f.mutex.Unlock()
	defer func() {
		f.mutex.Lock()
		f.waiting--
		f.mutex.Unlock()
	}()
	for {
		f.mutex.Lock()
		released, held := f.holdAfter < 0, l.State == types.HttpNfcLeaseStateReady
		f.mutex.Unlock()
		if released || !held {
			return held
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// broken drops the connection, so that the other side cannot take what came for the whole.
func broken(w http.ResponseWriter) {
	if hijacker, ok := w.(http.Hijacker); ok {
		if conn, _, err := hijacker.Hijack(); err == nil {
			_ = conn.Close()
			return
		}
	}
	panic(http.ErrAbortHandler)
}

// endLeases ends what a session held.
func (f *front) endLeases(session string) {
	for _, l := range f.leasesOf(func(l *lease) bool { return l.session == session }) {
		f.end(l, types.HttpNfcLeaseStateError, &types.LocalizedMethodFault{Fault: new(types.NotAuthenticated)})
	}
}
