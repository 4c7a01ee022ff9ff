// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"net/http/httptest"
	"strconv"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Guests: there are none. A virtual machine that is on has running tools, unless a switch says otherwise.

func init() {
	after["PowerOnVM_Task"] = func(f *front, c *call, _ *httptest.ResponseRecorder) { tools(machine(c.This)) }
	after["PowerOffVM_Task"] = after["PowerOnVM_Task"]
	after["SuspendVM_Task"] = after["PowerOnVM_Task"]
	own["ShutdownGuest"] = func(f *front, c *call) soap.HasFault {
		answer, obeys := f.guest(c)
		if answer != nil {
			return answer
		}
		if !obeys {
			return &methods.ShutdownGuestBody{Res: new(types.ShutdownGuestResponse)}
		}
		vm := machine(c.This)
		c.locked(vm, func() { answer = vm.ShutdownGuest(c.context, c.Body.(*types.ShutdownGuest)) })
		tools(vm)
		return answer
	}
	own["RebootGuest"] = func(f *front, c *call) soap.HasFault {
		if answer, _ := f.guest(c); answer != nil {
			return answer
		}
		return &methods.RebootGuestBody{Res: new(types.RebootGuestResponse)}
	}
	own["AcquireTicket"] = func(f *front, c *call) soap.HasFault {
		vm := machine(c.This)
		if vm == nil {
			return nil
		}
		if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
			return failure("It is not on.", new(types.InvalidState))
		}
		host, text, _ := net.SplitHostPort(simulator.Map.SessionManager().ServiceHostName)
		port, _ := strconv.Atoi(text)
		ticket := uuid.New().String()
		kind := c.Body.(*types.AcquireTicket).TicketType
		res := &types.AcquireTicketResponse{Returnval: types.VirtualMachineTicket{Ticket: ticket,
			CfgFile: vm.Config.Files.VmPathName, Host: host, Port: int32(port), SslThumbprint: f.thumbprint}}
		if kind == string(types.VirtualMachineTicketTypeWebmks) {
			res.Returnval.Url = "wss://" + net.JoinHostPort(host, text) + "/ticket/" + ticket
		}
		return &methods.AcquireTicketBody{Res: res}
	}
}

// guest says whether a guest obeys; or what is answered when nobody can ask it.
func (f *front) guest(c *call) (soap.HasFault, bool) {
	vm := machine(c.This)
	if vm == nil {
		return failure("", &types.ManagedObjectNotFound{Obj: c.This}), false
	}
	if state := vm.Runtime.PowerState; state != types.VirtualMachinePowerStatePoweredOn {
		return failure("", &types.InvalidPowerState{
			RequestedState: types.VirtualMachinePowerStatePoweredOn, ExistingState: state}), false
	}
	if vm.Guest.ToolsRunningStatus != string(types.VirtualMachineToolsRunningStatusGuestToolsRunning) {
		return failure("Tools are not running.", new(types.ToolsUnavailable)), false
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	return nil, !f.deaf[c.This]
}

// tools run while a virtual machine is on.
func tools(vm *simulator.VirtualMachine) {
	if vm == nil {
		return
	}
	simulator.Map.WithLock(vm, func() {
		says(vm, vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn)
	})
}

func says(vm *simulator.VirtualMachine, running bool) {
	status, old := types.VirtualMachineToolsRunningStatusGuestToolsNotRunning, types.VirtualMachineToolsStatusToolsNotRunning
	if running {
		status, old = types.VirtualMachineToolsRunningStatusGuestToolsRunning, types.VirtualMachineToolsStatusToolsOk
	}
	simulator.Map.Update(vm, []types.PropertyChange{
		{Name: "guest.toolsRunningStatus", Val: string(status)}, {Name: "guest.toolsStatus", Val: old},
		{Name: "summary.guest.toolsRunningStatus", Val: string(status)}})
}

// setGuest is the switch for what a guest is and says.
func (f *front) setGuest(w wish) string {
	vm := named(w.VM)
	if vm == nil {
		return "there is no virtual machine " + w.VM
	}
	f.mutex.Lock()
	f.deaf[vm.Self] = w.Deaf
	f.mutex.Unlock()
	simulator.Map.WithLock(vm, func() {
		if w.Tools != nil {
			says(vm, *w.Tools)
		}
		if w.Nets == nil {
			return
		}
		first := ""
		vm.Guest.Net = nil
		for _, each := range w.Nets {
			vm.Guest.Net = append(vm.Guest.Net, types.GuestNicInfo{
				MacAddress: each.MAC, Connected: true, DeviceConfigId: each.Device, IpAddress: each.IPs})
			if first == "" && len(each.IPs) > 0 {
				first = each.IPs[0]
			}
		}
		simulator.Map.Update(vm, []types.PropertyChange{{Name: "guest.ipAddress", Val: first},
			{Name: "guest.net", Val: vm.Guest.Net}, {Name: "summary.guest.ipAddress", Val: first}})
	})
	return ""
}
