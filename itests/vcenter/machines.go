// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
	vim "github.com/vmware/govmomi/vim25/xml"
)

// Virtual machines: what the simulator ignores or does otherwise when one is made, cloned, changed or marked.

func init() {
	own["CreateVM_Task"] = func(f *front, c *call) soap.HasFault {
		request := c.Body.(*types.CreateVM_Task)
		folder, ok := simulator.Map.Get(c.This).(*simulator.Folder)
		if !ok {
			return nil
		}
		return f.task(c, "CreateVM", func() (types.AnyType, types.BaseMethodFault) {
			return f.create(c, folder, request.Config, request.Pool, request.Host)
		})
	}
	own["CloneVM_Task"] = func(f *front, c *call) soap.HasFault {
		source := machine(c.This)
		if source == nil {
			return nil
		}
		return f.task(c, "CloneVM", func() (types.AnyType, types.BaseMethodFault) {
			return f.clone(c, source, c.Body.(*types.CloneVM_Task))
		})
	}
	own["ReconfigVM_Task"] = func(f *front, c *call) soap.HasFault {
		vm := machine(c.This)
		if vm == nil {
			return nil
		}
		return f.task(c, "ReconfigVM", func() (types.AnyType, types.BaseMethodFault) {
			if problem := f.leased(vm.Self); problem != nil {
				return nil, problem
			}
			return nil, f.reconfigure(c, vm, &c.Body.(*types.ReconfigVM_Task).Spec)
		})
	}
	own["Destroy_Task"] = func(f *front, c *call) soap.HasFault {
		if vm := machine(c.This); vm != nil {
			return f.task(c, "Destroy", func() (types.AnyType, types.BaseMethodFault) {
				if problem := f.leased(vm.Self); problem != nil {
					return nil, problem
				}
				return nil, f.destroy(c, vm)
			})
		}
		if portgroup, ok := simulator.Map.Get(c.This).(*simulator.DistributedVirtualPortgroup); ok {
			return f.removable(c, portgroup)
		}
		return nil
	}
	own["PowerOnVM_Task"] = func(f *front, c *call) soap.HasFault {
		if problem := f.leased(c.This); problem != nil {
			return f.task(c, "PowerOnVM", func() (types.AnyType, types.BaseMethodFault) { return nil, problem })
		}
		return nil
	}
	// a reset is no boot: when it was switched on stays
	own["ResetVM_Task"] = func(f *front, c *call) soap.HasFault {
		vm := machine(c.This)
		if vm == nil {
			return nil
		}
		return f.task(c, "Reset", func() (types.AnyType, types.BaseMethodFault) {
			return nil, f.reset(c, vm)
		})
	}
	own["MarkAsTemplate"] = func(f *front, c *call) soap.HasFault {
		if problem := f.leased(c.This); problem != nil {
			return failure("A lease is held on it.", problem)
		}
		vm := machine(c.This)
		if vm == nil {
			return nil
		}
		var answer soap.HasFault
		pool := vm.ResourcePool
		c.locked(vm, func() {
			answer = vm.MarkAsTemplate(c.Body.(*types.MarkAsTemplate))
			if answer.Fault() == nil {
				simulator.Map.Update(vm, []types.PropertyChange{
					{Name: "config.template", Val: true}, {Name: "summary.config.template", Val: true}})
			}
		})
		if answer.Fault() == nil && pool != nil {
			if owner, ok := simulator.Map.Get(*pool).(*simulator.ResourcePool); ok {
				simulator.Map.RemoveReference(owner, &owner.Vm, vm.Self)
			}
		}
		return answer
	}
	own["SetField"] = func(f *front, c *call) soap.HasFault {
		request := c.Body.(*types.SetField)
		return setField(request.Entity, request.Key, request.Value)
	}
	own["SetCustomValue"] = func(f *front, c *call) soap.HasFault {
		request := c.Body.(*types.SetCustomValue)
		for _, field := range simulator.Map.CustomFieldsManager().Field {
			if field.Name == request.Key {
				if answer := setField(c.This, field.Key, request.Value); answer.Fault() != nil {
					return answer
				}
				return &methods.SetCustomValueBody{Res: new(types.SetCustomValueResponse)}
			}
		}
		return failure("", &types.InvalidArgument{InvalidProperty: "key"})
	}
}

func machine(ref types.ManagedObjectReference) *simulator.VirtualMachine {
	vm, _ := simulator.Map.Get(ref).(*simulator.VirtualMachine)
	return vm
}

// locked runs it with the object locked, as the simulator itself calls its methods.
func (c *call) locked(object mo.Reference, run func()) {
	ref := object.Reference()
	before := c.context.Caller
	c.context.Caller = &ref
	defer func() { c.context.Caller = before }()
	simulator.Map.WithLock(ref, run)
}

// copied is a deep copy, made by writing it as XML and reading that.
func copied[T any](in *T) *T {
	var text bytes.Buffer
	must(vim.NewEncoder(&text).Encode(in))
	out := new(T)
	decoder := vim.NewDecoder(&text)
	decoder.TypeFunc = kind
	must(decoder.Decode(out))
	return out
}

// create makes a virtual machine; one that fails leaves nothing.
func (f *front) create(c *call, folder *simulator.Folder, spec types.VirtualMachineConfigSpec,
	pool types.ManagedObjectReference, host *types.ManagedObjectReference) (types.AnyType, types.BaseMethodFault) {
	if simulator.Map.Get(pool) == nil {
		return nil, &types.ManagedObjectNotFound{Obj: pool}
	}
	// one at a time: the simulator shows a machine before it has a name, and nobody may look at names then
	f.making.Lock()
	defer f.making.Unlock()
	var twin mo.Entity
	simulator.Map.WithLock(folder, func() { twin = simulator.Map.FindByName(spec.Name, folder.ChildEntity) })
	if twin != nil {
		return nil, &types.DuplicateName{Name: spec.Name, Object: twin.Reference()}
	}
	var at object.DatastorePath
	if spec.Files == nil || !at.FromString(spec.Files.VmPathName) {
		return nil, &types.InvalidVmConfig{Property: "configSpec.files.vmPathName"}
	}
	dc := datacenter(folder)
	if simulator.Map.FindByName(at.Datastore, dc.Datastore) == nil {
		return nil, &types.InvalidDatastorePath{InvalidDatastore: types.InvalidDatastore{Name: at.Datastore}, DatastorePath: at.String()}
	}
	if problem := added(dc, nil, spec.DeviceChange); problem != nil {
		return nil, problem
	}
	answer := folder.CreateVMTask(c.context, &types.CreateVM_Task{This: folder.Self, Config: spec, Pool: pool, Host: host})
	task := simulator.Map.Get(answer.(*methods.CreateVM_TaskBody).Res.Returnval).(*simulator.Task)
	if task.Info.Error != nil {
		var made object.DatastorePath
		if made.FromString(spec.Files.VmPathName) && path.Ext(made.Path) == ".vmx" {
			_ = os.RemoveAll(path.Dir(onDisk(dc, made.String())))
		}
		return nil, task.Info.Error.Fault
	}
	ref := task.Info.Result.(types.ManagedObjectReference)
	vm := machine(ref)
	simulator.Map.WithLock(vm, func() {
		vm.AvailableField = fieldsOf("VirtualMachine")
		settled(vm)
	})
	return ref, nil
}

func datacenter(entity mo.Entity) *simulator.Datacenter {
	for {
		if dc, ok := entity.(*simulator.Datacenter); ok {
			return dc
		}
		entity = simulator.Map.Get(*entity.Entity().Parent).(mo.Entity)
	}
}

// onDisk is the file behind a path such as "[LocalDS_0] vm/disk.vmdk".
func onDisk(dc *simulator.Datacenter, name string) string {
	var at object.DatastorePath
	at.FromString(name)
	ds := simulator.Map.FindByName(at.Datastore, dc.Datastore).(*simulator.Datastore)
	return filepath.Join(ds.Info.GetDatastoreInfo().Url, at.Path)
}

// added checks devices that are added, and fills in what a vCenter fills in.
func added(dc *simulator.Datacenter, devices object.VirtualDeviceList, changes []types.BaseVirtualDeviceConfigSpec) types.BaseMethodFault {
	scsi := map[int32]bool{}
	for _, device := range devices {
		if _, ok := device.(types.BaseVirtualSCSIController); ok {
			scsi[device.GetVirtualDevice().Key] = true
		}
	}
	for _, change := range changes {
		if _, ok := change.GetVirtualDeviceConfigSpec().Device.(types.BaseVirtualSCSIController); ok {
			scsi[change.GetVirtualDeviceConfigSpec().Device.GetVirtualDevice().Key] = true
		}
	}
	for i, change := range changes {
		spec := change.GetVirtualDeviceConfigSpec()
		if spec.Operation != types.VirtualDeviceConfigSpecOperationAdd {
			continue
		}
		invalid := types.InvalidDeviceSpec{DeviceIndex: int32(i)}
		invalid.Property = fmt.Sprintf("virtualDeviceSpec[%d].device", i)
		device := spec.Device.GetVirtualDevice()
		if unit := device.UnitNumber; unit != nil && scsi[device.ControllerKey] && (*unit == 7 || *unit > 15) {
			// 7 is the controller itself
			return &invalid
		}
		if disk, ok := spec.Device.(*types.VirtualDisk); ok {
			sized(disk)
			if disk.CapacityInKB <= 0 && spec.FileOperation != "" {
				return &invalid
			}
			if _, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo); !ok {
				return &types.InvalidDeviceBacking{InvalidDeviceSpec: invalid}
			}
		}
		if card, ok := spec.Device.(types.BaseVirtualEthernetCard); ok {
			nic := card.GetVirtualEthernetCard()
			if !plugged(dc, nic.Backing) {
				return &types.InvalidDeviceBacking{InvalidDeviceSpec: invalid}
			}
			if nic.AddressType == "" {
				nic.AddressType = string(types.VirtualEthernetCardMacTypeAssigned)
				if nic.MacAddress != "" {
					nic.AddressType = string(types.VirtualEthernetCardMacTypeManual)
				}
			}
		}
	}
	return nil
}

// plugged says whether what an interface is plugged into is there.
func plugged(dc *simulator.Datacenter, backing types.BaseVirtualDeviceBackingInfo) bool {
	switch b := backing.(type) {
	case *types.VirtualEthernetCardNetworkBackingInfo:
		return simulator.Map.FindByName(b.DeviceName, dc.Network) != nil
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		pg, ok := simulator.Map.Get(types.ManagedObjectReference{
			Type: "DistributedVirtualPortgroup", Value: b.Port.PortgroupKey}).(*simulator.DistributedVirtualPortgroup)
		return ok && simulator.Map.Get(*pg.Config.DistributedVirtualSwitch).(*simulator.DistributedVirtualSwitch).Uuid == b.Port.SwitchUuid
	}
	return false
}

// sized makes the two capacities of a disk agree.
func sized(disk *types.VirtualDisk) {
	if disk.CapacityInBytes != 0 {
		disk.CapacityInKB = disk.CapacityInBytes / 1024
	} else {
		disk.CapacityInBytes = disk.CapacityInKB * 1024
	}
}

// reconfigure changes a virtual machine as a vCenter does: what an edited device does not say stays.
func (f *front) reconfigure(c *call, vm *simulator.VirtualMachine, spec *types.VirtualMachineConfigSpec) types.BaseMethodFault {
	var problem types.BaseMethodFault
	c.locked(vm, func() {
		on := vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn
		if cpus := vm.Config.Hardware.NumCPU; on && spec.NumCPUs != 0 && spec.NumCPUs != cpus &&
			(spec.NumCPUs < cpus || !isTrue(vm.Config.CpuHotAddEnabled)) {
			problem = new(types.CpuHotPlugNotSupported)
			return
		}
		if memory := int64(vm.Config.Hardware.MemoryMB); on && spec.MemoryMB != 0 && spec.MemoryMB != memory &&
			(spec.MemoryMB < memory || !isTrue(vm.Config.MemoryHotAddEnabled)) {
			problem = new(types.MemoryHotPlugNotSupported)
			return
		}
		devices := object.VirtualDeviceList(vm.Config.Hardware.Device)
		dc := datacenter(vm)
		if problem = added(dc, devices, spec.DeviceChange); problem != nil {
			return
		}
		order := map[int32]int{}
		for i, device := range devices {
			order[device.GetVirtualDevice().Key] = i
		}
		for i, change := range spec.DeviceChange {
			if problem = edited(devices, int32(i), change.GetVirtualDeviceConfigSpec()); problem != nil {
				return
			}
		}
		extra := spec.ExtraConfig
		answer := vm.ReconfigVMTask(c.context, &types.ReconfigVM_Task{This: vm.Self, Spec: *spec})
		task := simulator.Map.Get(answer.(*methods.ReconfigVM_TaskBody).Res.Returnval).(*simulator.Task)
		if task.Info.Error != nil {
			problem = task.Info.Error.Fault
			return
		}
		for i := range extra {
			replaced(vm, extra[i].GetOptionValue())
		}
		now := vm.Config.Hardware.Device
		place := func(i int) int {
			if at, ok := order[now[i].GetVirtualDevice().Key]; ok {
				return at
			}
			return len(order) + i
		}
		places := map[types.BaseVirtualDevice]int{}
		for i := range now {
			places[now[i]] = place(i)
		}
		sort.SliceStable(now, func(a, b int) bool { return places[now[a]] < places[now[b]] })
		settled(vm)
	})
	return problem
}

func isTrue(flag *bool) bool { return flag != nil && *flag }

// edited completes a device that is changed by what it is now.
func edited(devices object.VirtualDeviceList, index int32, spec *types.VirtualDeviceConfigSpec) types.BaseMethodFault {
	if spec.Operation != types.VirtualDeviceConfigSpecOperationEdit {
		return nil
	}
	invalid := &types.InvalidDeviceSpec{DeviceIndex: index}
	device := spec.Device.GetVirtualDevice()
	before := devices.FindByKey(device.Key)
	if before == nil {
		return invalid
	}
	is := before.GetVirtualDevice()
	if device.DeviceInfo == nil {
		device.DeviceInfo = &types.Description{}
	} else {
		device.DeviceInfo = &types.Description{Label: device.DeviceInfo.GetDescription().Label}
	}
	if device.Backing == nil {
		device.Backing = is.Backing
	}
	if device.Connectable == nil {
		device.Connectable = is.Connectable
	}
	if device.ControllerKey == 0 {
		device.ControllerKey, device.UnitNumber = is.ControllerKey, is.UnitNumber
	}
	switch changed := spec.Device.(type) {
	case *types.VirtualDisk:
		disk, ok := before.(*types.VirtualDisk)
		if !ok {
			return invalid
		}
		switch {
		case changed.CapacityInBytes != 0 && changed.CapacityInBytes != disk.CapacityInBytes:
			changed.CapacityInKB = changed.CapacityInBytes / 1024
		case changed.CapacityInKB != 0 && changed.CapacityInKB != disk.CapacityInKB:
			changed.CapacityInBytes = changed.CapacityInKB * 1024
		default:
			changed.CapacityInKB, changed.CapacityInBytes = disk.CapacityInKB, disk.CapacityInBytes
		}
		if changed.CapacityInBytes < disk.CapacityInBytes {
			return invalid
		}
		// the file stays, whatever the client says of it
		changed.Backing = disk.Backing
		spec.FileOperation = ""
	case types.BaseVirtualEthernetCard:
		card, ok := before.(types.BaseVirtualEthernetCard)
		if !ok {
			return invalid
		}
		nic, old := changed.GetVirtualEthernetCard(), card.GetVirtualEthernetCard()
		if nic.MacAddress == "" {
			nic.MacAddress, nic.AddressType = old.MacAddress, old.AddressType
		}
	}
	return nil
}

// replaced keeps one value of each key, and none of one that became "".
func replaced(vm *simulator.VirtualMachine, value *types.OptionValue) {
	var kept []types.BaseOptionValue
	for _, option := range vm.Config.ExtraConfig {
		if option.GetOptionValue().Key != value.Key {
			kept = append(kept, option)
		}
	}
	if text, ok := value.Value.(string); !ok || text != "" {
		kept = append(kept, value)
	}
	vm.Config.ExtraConfig = kept
}

// settled tells whoever waits for changes of a virtual machine what the simulator changed in silence.
func settled(vm *simulator.VirtualMachine) {
	for _, device := range vm.Config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok {
			sized(disk)
		}
	}
	simulator.Map.Update(vm, []types.PropertyChange{
		{Name: "name", Val: vm.Name},
		{Name: "config.hardware.numCPU", Val: vm.Config.Hardware.NumCPU},
		{Name: "config.hardware.memoryMB", Val: vm.Config.Hardware.MemoryMB},
		{Name: "config.hardware.device", Val: vm.Config.Hardware.Device},
		{Name: "config.extraConfig", Val: vm.Config.ExtraConfig},
		{Name: "config.firmware", Val: vm.Config.Firmware},
		{Name: "summary.config.numCpu", Val: vm.Summary.Config.NumCpu},
		{Name: "summary.config.memorySizeMB", Val: vm.Summary.Config.MemorySizeMB},
	})
}

// clone makes a copy of a virtual machine, a template, or one of its snapshots, with its disks' content.
func (f *front) clone(c *call, source *simulator.VirtualMachine, request *types.CloneVM_Task) (types.AnyType, types.BaseMethodFault) {
	folder, ok := simulator.Map.Get(request.Folder).(*simulator.Folder)
	if !ok {
		return nil, &types.ManagedObjectNotFound{Obj: request.Folder}
	}
	var is *types.VirtualMachineConfigInfo
	var contents map[int32]string
	var values []types.BaseCustomFieldValue
	var problem types.BaseMethodFault
	pool, host := request.Spec.Location.Pool, request.Spec.Location.Host
	c.locked(source, func() {
		values = append(values, source.CustomValue...)
		if pool == nil {
			pool = source.ResourcePool
		}
		if host == nil && request.Spec.Location.Pool == nil {
			host = source.Runtime.Host
		}
		if taken := request.Spec.Snapshot; taken != nil {
			snapshot, ok := simulator.Map.Get(*taken).(*simulator.VirtualMachineSnapshot)
			if !ok || snapshot.Vm != source.Self {
				problem = &types.ManagedObjectNotFound{Obj: *taken}
				return
			}
			is, contents = copied(&snapshot.Config), f.snapshotContents(*taken)
			return
		}
		is, contents = copied(source.Config), diskFiles(source)
	})
	if problem != nil {
		return nil, problem
	}
	if pool == nil {
		return nil, &types.InvalidArgument{InvalidProperty: "spec.location.pool"}
	}
	var at object.DatastorePath
	at.FromString(is.Files.VmPathName)
	if ref := request.Spec.Location.Datastore; ref != nil {
		ds, ok := simulator.Map.Get(*ref).(*simulator.Datastore)
		if !ok {
			return nil, &types.ManagedObjectNotFound{Obj: *ref}
		}
		at.Datastore = ds.Name
	}
	at.Path = request.Name
	spec := types.VirtualMachineConfigSpec{
		Name:                request.Name,
		GuestId:             is.GuestId,
		Version:             is.Version,
		Firmware:            is.Firmware,
		BootOptions:         is.BootOptions,
		Annotation:          is.Annotation,
		NumCPUs:             is.Hardware.NumCPU,
		NumCoresPerSocket:   is.Hardware.NumCoresPerSocket,
		MemoryMB:            int64(is.Hardware.MemoryMB),
		CpuHotAddEnabled:    is.CpuHotAddEnabled,
		MemoryHotAddEnabled: is.MemoryHotAddEnabled,
		ExtraConfig:         is.ExtraConfig,
		Files:               &types.VirtualMachineFileInfo{VmPathName: at.String()},
	}
	defaults := object.VirtualDeviceList(esx.VirtualDevice)
	for _, device := range is.Hardware.Device {
		if defaults.FindByKey(device.GetVirtualDevice().Key) != nil {
			continue
		}
		change := &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: device}
		switch d := device.(type) {
		case *types.VirtualDisk:
			change.FileOperation = types.VirtualDeviceConfigSpecFileOperationCreate
			backing := d.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
			backing.FileName, backing.Datastore, backing.Parent, backing.Uuid = "", nil, nil, ""
		case types.BaseVirtualEthernetCard:
			if nic := d.GetVirtualEthernetCard(); nic.AddressType != string(types.VirtualEthernetCardMacTypeManual) {
				nic.MacAddress = ""
			}
		}
		spec.DeviceChange = append(spec.DeviceChange, change)
	}
	made, problem := f.create(c, folder, spec, *pool, host)
	if problem != nil {
		return nil, problem
	}
	ref := made.(types.ManagedObjectReference)
	clone := machine(ref)
	undo := func(problem types.BaseMethodFault) (types.AnyType, types.BaseMethodFault) {
		_ = f.destroy(c, clone)
		return nil, problem
	}
	simulator.Map.WithLock(clone, func() {
		clone.CustomValue, clone.Value = values, append([]types.BaseCustomFieldValue(nil), values...)
	})
	for key, to := range diskFiles(clone) {
		if err := copyFile(contents[key], to); err != nil {
			return undo(&types.FileFault{File: contents[key]})
		}
	}
	changes := types.VirtualMachineConfigSpec{DeviceChange: request.Spec.Location.DeviceChange}
	if problem := f.reconfigure(c, clone, &changes); problem != nil {
		return undo(problem)
	}
	if request.Spec.Config != nil {
		wished := *request.Spec.Config
		wished.Files = nil
		if problem := f.reconfigure(c, clone, &wished); problem != nil {
			return undo(problem)
		}
	}
	if request.Spec.Template {
		c.locked(clone, func() { clone.MarkAsTemplate(&types.MarkAsTemplate{This: ref}) })
	} else if request.Spec.PowerOn {
		c.locked(clone, func() { clone.PowerOnVMTask(c.context, &types.PowerOnVM_Task{This: ref}) })
	}
	return ref, nil
}

// reset switches it off and on again, and says so by its event.
func (f *front) reset(c *call, vm *simulator.VirtualMachine) types.BaseMethodFault {
	var problem types.BaseMethodFault
	c.locked(vm, func() {
		booted := vm.Summary.Runtime.BootTime
		answer := vm.ResetVMTask(c.context, &types.ResetVM_Task{This: vm.Self})
		task := simulator.Map.Get(answer.(*methods.ResetVM_TaskBody).Res.Returnval).(*simulator.Task)
		if task.Info.Error != nil {
			problem = task.Info.Error.Fault
			return
		}
		simulator.Map.Update(vm, []types.PropertyChange{{Name: "summary.runtime.bootTime", Val: booted}})
	})
	if problem != nil {
		return problem
	}
	event := &types.VmResettingEvent{}
	event.Vm = &types.VmEventArgument{EntityEventArgument: types.EntityEventArgument{Name: vm.Name}, Vm: vm.Self}
	events := simulator.Map.EventManager()
	c.locked(events, func() { events.PostEvent(c.context, &types.PostEvent{EventToPost: event}) })
	return nil
}

// destroy removes a virtual machine with its disks, snapshots and their contents.
func (f *front) destroy(c *call, vm *simulator.VirtualMachine) types.BaseMethodFault {
	var problem types.BaseMethodFault
	var folder string
	c.locked(vm, func() {
		folder = path.Dir(onDisk(datacenter(vm), vm.Config.Files.VmPathName))
		answer := vm.DestroyTask(c.context, &types.Destroy_Task{This: vm.Self})
		task := simulator.Map.Get(answer.(*methods.Destroy_TaskBody).Res.Returnval).(*simulator.Task)
		if task.Info.Error != nil {
			problem = task.Info.Error.Fault
			return
		}
		if vm.Snapshot != nil {
			f.forgetSnapshots(vm.Snapshot.RootSnapshotList)
		}
	})
	if problem == nil {
		_ = os.RemoveAll(folder)
	}
	return problem
}

// diskFiles are the files with the content of each disk, by the disk's key.
func diskFiles(vm *simulator.VirtualMachine) map[int32]string {
	files := map[int32]string{}
	dc := datacenter(vm)
	for _, device := range vm.Config.Hardware.Device {
		if disk, ok := device.(*types.VirtualDisk); ok {
			files[disk.Key] = onDisk(dc, disk.Backing.(types.BaseVirtualDeviceFileBackingInfo).GetVirtualDeviceFileBackingInfo().FileName)
		}
	}
	return files
}

// copyFile copies the content of a disk; one that was never written has none.
func copyFile(from, to string) error {
	if from == "" {
		return nil
	}
	content, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, content, 0600)
	}
	return err
}

func fieldsOf(kind string) []types.CustomFieldDef {
	var fields []types.CustomFieldDef
	for _, field := range simulator.Map.CustomFieldsManager().Field {
		if field.ManagedObjectType == "" || field.ManagedObjectType == kind {
			fields = append(fields, field)
		}
	}
	return fields
}

// setField keeps one value of a field; "" removes it.
func setField(ref types.ManagedObjectReference, key int32, text string) soap.HasFault {
	entity, ok := simulator.Map.Get(ref).(mo.Entity)
	if !ok {
		return failure("", &types.ManagedObjectNotFound{Obj: ref})
	}
	known := false
	for _, field := range fieldsOf(ref.Type) {
		known = known || field.Key == key
	}
	if !known {
		return failure("", &types.InvalidArgument{InvalidProperty: "key"})
	}
	simulator.Map.WithLock(ref, func() {
		e := entity.Entity()
		var kept []types.BaseCustomFieldValue
		for _, value := range e.CustomValue {
			if value.GetCustomFieldValue().Key != key {
				kept = append(kept, value)
			}
		}
		if text != "" {
			kept = append(kept, &types.CustomFieldStringValue{CustomFieldValue: types.CustomFieldValue{Key: key}, Value: text})
		}
		e.Value = kept
		if vm := machine(ref); vm != nil {
			simulator.Map.Update(vm, []types.PropertyChange{{Name: "customValue", Val: kept}, {Name: "value", Val: kept}})
		} else {
			e.CustomValue = kept
		}
	})
	return &methods.SetFieldBody{Res: new(types.SetFieldResponse)}
}

// named finds a virtual machine by its reference or its name, for the switches.
func named(name string) *simulator.VirtualMachine {
	for _, entity := range simulator.Map.All("VirtualMachine") {
		if vm, ok := entity.(*simulator.VirtualMachine); ok && (vm.Self.Value == name || strings.EqualFold(vm.Name, name)) {
			return vm
		}
	}
	return nil
}
