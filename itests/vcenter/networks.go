// SPDX-License-Identifier: Apache-2.0

package main

import (
	"strconv"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Distributed portgroups: changed as a vCenter changes them, and not removed while something is plugged in.

func init() {
	own["CreateDVPortgroup_Task"] = func(f *front, c *call) soap.HasFault {
		dvs, ok := simulator.Map.Get(c.This).(*simulator.DistributedVirtualSwitch)
		if !ok {
			return nil
		}
		spec := c.Body.(*types.CreateDVPortgroup_Task).Spec
		return f.task(c, "CreateDVPortgroup", func() (types.AnyType, types.BaseMethodFault) {
			before := len(dvs.Portgroup)
			if problem := addPortgroups(c, dvs, []types.DVPortgroupConfigSpec{spec}); problem != nil {
				return nil, problem
			}
			return dvs.Portgroup[before], nil
		})
	}
	own["AddDVPortgroup_Task"] = func(f *front, c *call) soap.HasFault {
		dvs, ok := simulator.Map.Get(c.This).(*simulator.DistributedVirtualSwitch)
		if !ok {
			return nil
		}
		return f.task(c, "AddDVPortgroup", func() (types.AnyType, types.BaseMethodFault) {
			return nil, addPortgroups(c, dvs, c.Body.(*types.AddDVPortgroup_Task).Spec)
		})
	}
	own["ReconfigureDVPortgroup_Task"] = func(f *front, c *call) soap.HasFault {
		pg, ok := simulator.Map.Get(c.This).(*simulator.DistributedVirtualPortgroup)
		if !ok {
			return nil
		}
		return f.task(c, "ReconfigureDVPortgroup", func() (types.AnyType, types.BaseMethodFault) {
			var problem types.BaseMethodFault
			c.locked(pg, func() { problem = changed(pg, c.Body.(*types.ReconfigureDVPortgroup_Task).Spec) })
			return nil, problem
		})
	}
}

func addPortgroups(c *call, dvs *simulator.DistributedVirtualSwitch, specs []types.DVPortgroupConfigSpec) types.BaseMethodFault {
	for i := range specs {
		if specs[i].Name == "" {
			return &types.InvalidArgument{InvalidProperty: "spec.name"}
		}
		if problem := tagged(specs[i].DefaultPortConfig); problem != nil {
			return problem
		}
		specs[i].ConfigVersion = "0"
	}
	var problem types.BaseMethodFault
	c.locked(dvs, func() {
		answer := dvs.AddDVPortgroupTask(c.context, &types.AddDVPortgroup_Task{This: dvs.Self, Spec: specs})
		task := simulator.Map.Get(answer.(*methods.AddDVPortgroup_TaskBody).Res.Returnval).(*simulator.Task)
		if task.Info.Error != nil {
			problem = task.Info.Error.Fault
		}
	})
	return problem
}

// tagged refuses a VLAN that is none.
func tagged(setting types.BaseDVPortSetting) types.BaseMethodFault {
	if vmware, ok := setting.(*types.VMwareDVSPortSetting); ok {
		if vlan, ok := vmware.Vlan.(*types.VmwareDistributedVirtualSwitchVlanIdSpec); ok && (vlan.VlanId < 0 || vlan.VlanId > 4094) {
			return &types.InvalidArgument{InvalidProperty: "spec.defaultPortConfig.vlan.vlanId"}
		}
	}
	return nil
}

// changed keeps what the wish does not speak of.
func changed(pg *simulator.DistributedVirtualPortgroup, spec types.DVPortgroupConfigSpec) types.BaseMethodFault {
	if spec.ConfigVersion != pg.Config.ConfigVersion {
		return new(types.ConcurrentAccess)
	}
	if problem := tagged(spec.DefaultPortConfig); problem != nil {
		return problem
	}
	config := pg.Config
	if spec.Name != "" {
		config.Name = spec.Name
	}
	if spec.Description != "" {
		config.Description = spec.Description
	}
	if spec.NumPorts != 0 {
		config.NumPorts = spec.NumPorts
	}
	if spec.Policy != nil {
		config.Policy = spec.Policy
	}
	if spec.Type != "" {
		config.Type = spec.Type
	}
	if wished, ok := spec.DefaultPortConfig.(*types.VMwareDVSPortSetting); ok {
		now, ok := config.DefaultPortConfig.(*types.VMwareDVSPortSetting)
		if !ok {
			now = new(types.VMwareDVSPortSetting)
		}
		now = copied(now)
		if wished.Vlan != nil {
			now.Vlan = wished.Vlan
		}
		if wished.SecurityPolicy != nil {
			now.SecurityPolicy = wished.SecurityPolicy
		}
		if wished.Blocked != nil {
			now.Blocked = wished.Blocked
		}
		config.DefaultPortConfig = now
	}
	version, _ := strconv.Atoi(config.ConfigVersion)
	config.ConfigVersion = strconv.Itoa(version + 1)
	pg.Name = config.Name
	pg.Entity().Name = config.Name
	simulator.Map.Update(pg, []types.PropertyChange{{Name: "config", Val: config}, {Name: "name", Val: config.Name}})
	return nil
}

// removable refuses to remove a portgroup with something plugged in.
func (f *front) removable(c *call, pg *simulator.DistributedVirtualPortgroup) soap.HasFault {
	for _, entity := range simulator.Map.All("VirtualMachine") {
		vm := entity.(*simulator.VirtualMachine)
		used := false
		c.locked(vm, func() {
			for _, device := range vm.Config.Hardware.Device {
				if b, ok := device.GetVirtualDevice().Backing.(*types.VirtualEthernetCardDistributedVirtualPortBackingInfo); ok {
					used = used || b.Port.PortgroupKey == pg.Key
				}
			}
		})
		if used {
			return f.task(c, "Destroy", func() (types.AnyType, types.BaseMethodFault) {
				return nil, &types.ResourceInUse{Type: "DistributedVirtualPortgroup", Name: pg.Name}
			})
		}
	}
	return nil
}
