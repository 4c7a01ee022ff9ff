// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Snapshots: the simulator keeps a tree of names; here they hold configuration and content, and reverting brings both back.

func init() {
	own["CreateSnapshot_Task"] = func(f *front, c *call) soap.HasFault {
		vm := machine(c.This)
		if vm == nil {
			return nil
		}
		request := c.Body.(*types.CreateSnapshot_Task)
		return f.task(c, "CreateSnapshot", func() (types.AnyType, types.BaseMethodFault) {
			if problem := f.leased(vm.Self); problem != nil {
				return nil, problem
			}
			if vm.Config.Template {
				return nil, new(types.NotSupported)
			}
			var ref types.ManagedObjectReference
			c.locked(vm, func() {
				answer := vm.CreateSnapshotTask(request)
				task := simulator.Map.Get(answer.(*methods.CreateSnapshot_TaskBody).Res.Returnval).(*simulator.Task)
				ref = task.Info.Result.(types.ManagedObjectReference)
				snapshot := simulator.Map.Get(ref).(*simulator.VirtualMachineSnapshot)
				snapshot.Config = *copied(vm.Config)
				for key, file := range diskFiles(vm) {
					must(os.MkdirAll(f.snapshotFolder(ref), 0700))
					must(copyFile(file, f.snapshotFile(ref, key)))
				}
				running := vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn && request.Memory
				f.mutex.Lock()
				f.running[ref] = running
				f.mutex.Unlock()
			})
			return ref, nil
		})
	}
	own["RevertToSnapshot_Task"] = func(f *front, c *call) soap.HasFault {
		snapshot, ok := simulator.Map.Get(c.This).(*simulator.VirtualMachineSnapshot)
		if !ok {
			return nil
		}
		return f.task(c, "RevertToSnapshot", func() (types.AnyType, types.BaseMethodFault) {
			return nil, f.revert(c, snapshot)
		})
	}
	own["RevertToCurrentSnapshot_Task"] = func(f *front, c *call) soap.HasFault {
		vm := machine(c.This)
		if vm == nil || vm.Snapshot == nil || vm.Snapshot.CurrentSnapshot == nil {
			return nil
		}
		return f.task(c, "RevertToCurrentSnapshot", func() (types.AnyType, types.BaseMethodFault) {
			return nil, f.revert(c, simulator.Map.Get(*vm.Snapshot.CurrentSnapshot).(*simulator.VirtualMachineSnapshot))
		})
	}
	own["RenameSnapshot"] = func(f *front, c *call) soap.HasFault {
		request := c.Body.(*types.RenameSnapshot)
		snapshot, ok := simulator.Map.Get(c.This).(*simulator.VirtualMachineSnapshot)
		if !ok {
			return nil
		}
		vm := machine(snapshot.Vm)
		c.locked(vm, func() {
			if leaf := found(vm.Snapshot.RootSnapshotList, c.This); leaf != nil {
				if request.Name != "" {
					leaf.Name = request.Name
				}
				if request.Description != "" {
					leaf.Description = request.Description
				}
			}
			simulator.Map.Update(vm, []types.PropertyChange{{Name: "snapshot.rootSnapshotList", Val: vm.Snapshot.RootSnapshotList}})
		})
		return &methods.RenameSnapshotBody{Res: new(types.RenameSnapshotResponse)}
	}
}

func found(tree []types.VirtualMachineSnapshotTree, ref types.ManagedObjectReference) *types.VirtualMachineSnapshotTree {
	for i := range tree {
		if tree[i].Snapshot == ref {
			return &tree[i]
		}
		if leaf := found(tree[i].ChildSnapshotList, ref); leaf != nil {
			return leaf
		}
	}
	return nil
}

func (f *front) snapshotFolder(ref types.ManagedObjectReference) string {
	return filepath.Join(f.folder, "snapshots", ref.Value)
}

func (f *front) snapshotFile(ref types.ManagedObjectReference, disk int32) string {
	return filepath.Join(f.snapshotFolder(ref), fmt.Sprintf("%d.vmdk", disk))
}

// snapshotContents are the files with the content of each disk at a snapshot, by the disk's key.
func (f *front) snapshotContents(ref types.ManagedObjectReference) map[int32]string {
	contents := map[int32]string{}
	snapshot := simulator.Map.Get(ref).(*simulator.VirtualMachineSnapshot)
	for _, device := range snapshot.Config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok {
			contents[disk.Key] = f.snapshotFile(ref, disk.Key)
		}
	}
	return contents
}

func (f *front) revert(c *call, snapshot *simulator.VirtualMachineSnapshot) types.BaseMethodFault {
	vm := machine(snapshot.Vm)
	if problem := f.leased(vm.Self); problem != nil {
		return problem
	}
	f.mutex.Lock()
	running := f.running[snapshot.Self]
	f.mutex.Unlock()
	c.locked(vm, func() {
		on := vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
		if on && !running {
			vm.PowerOffVMTask(c.context, &types.PowerOffVM_Task{This: vm.Self})
		}
		was := copied(&snapshot.Config)
		for key, from := range f.snapshotContents(snapshot.Self) {
			for _, device := range was.Hardware.Device {
				if disk, ok := device.(*types.VirtualDisk); ok && disk.Key == key {
					name := disk.Backing.(types.BaseVirtualDeviceFileBackingInfo).GetVirtualDeviceFileBackingInfo().FileName
					must(copyFile(from, onDisk(datacenter(vm), name)))
				}
			}
		}
		*vm.Config = *was
		vm.Summary.Config.NumCpu, vm.Summary.Config.MemorySizeMB = was.Hardware.NumCPU, was.Hardware.MemoryMB
		settled(vm)
		simulator.Map.Update(vm, []types.PropertyChange{{Name: "snapshot.currentSnapshot", Val: snapshot.Self}})
		if running && !on {
			vm.PowerOnVMTask(c.context, &types.PowerOnVM_Task{This: vm.Self})
		}
	})
	return nil
}

func (f *front) forgetSnapshots(tree []types.VirtualMachineSnapshotTree) {
	for _, leaf := range tree {
		f.forgetSnapshots(leaf.ChildSnapshotList)
		simulator.Map.Remove(leaf.Snapshot)
		_ = os.RemoveAll(f.snapshotFolder(leaf.Snapshot))
	}
}
