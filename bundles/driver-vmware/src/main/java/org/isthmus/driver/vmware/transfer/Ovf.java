// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.Shape;

/**
 * The OVF 1.x descriptor (DMTF DSP0243) that a vCenter makes an import of. What it says of disks and interfaces counts; the
 * rest is set in what the vCenter makes of it.
 */
final class Ovf {
    /** Disks a SCSI controller takes: units 0 to 15 without 7, which is itself. */
    static final int PER_CONTROLLER = 15;

    static final int CONTROLLERS = 4;

    private static final int OWN_UNIT = 7;
    private static final Pattern GUEST_ID = Pattern.compile("[A-Za-z0-9_]{1,60}Guest");

    private Ovf() {}

    /** What vSphere calls this system: what it said itself, or that it does not know. */
    static String guestId(Shape shape) {
        return shape.os()
                .filter(os -> GUEST_ID.matcher(os).matches())
                .orElseGet(() -> shape.os()
                                .filter(os -> os.toLowerCase(Locale.ROOT).contains("windows"))
                                .isPresent()
                        ? "windows9Server64Guest"
                        : "otherLinux64Guest");
    }

    /** The n-th disk's file, in the descriptor and in what the vCenter answers. */
    static String file(int disk) {
        return "disk" + disk + ".vmdk";
    }

    /** The n-th interface's network, to be mapped to a real one. */
    static String network(int nic) {
        return "nic" + nic;
    }

    static int unit(int disk) {
        int place = disk % PER_CONTROLLER;
        return place < OWN_UNIT ? place : place + 1;
    }

    static String descriptor(String name, Shape shape, List<ImageContent> contents) {
        StringBuilder files = new StringBuilder();
        StringBuilder disks = new StringBuilder();
        StringBuilder networks = new StringBuilder();
        StringBuilder items = new StringBuilder();
        item(items, 1, 3, "CPU", "<rasd:VirtualQuantity>" + shape.cpus() + "</rasd:VirtualQuantity>", "", "");
        item(
                items,
                2,
                4,
                "Memory",
                "<rasd:VirtualQuantity>" + shape.memoryMiB() + "</rasd:VirtualQuantity>",
                "<rasd:AllocationUnits>byte * 2^20</rasd:AllocationUnits>",
                "");
        // Windows starts from the controller it has a driver for; Linux has one for VMware's own since 2.6.33
        String controller = guestId(shape).startsWith("win") ? "lsilogicsas" : "VirtualSCSI";
        for (int i = 0; i * PER_CONTROLLER < contents.size(); i++) {
            item(
                    items,
                    10 + i,
                    6,
                    "SCSI " + i,
                    "",
                    "<rasd:Address>" + i + "</rasd:Address>",
                    "<rasd:ResourceSubType>" + controller + "</rasd:ResourceSubType>");
        }
        for (int i = 0; i < contents.size(); i++) {
            long capacity = shape.disks().get(i).virtualSizeBytes();
            files.append("<File ovf:id=\"file" + i + "\" ovf:href=\"" + file(i) + "\" ovf:size=\""
                    + contents.get(i).sizeBytes() + "\"/>");
            disks.append("<Disk ovf:diskId=\"disk" + i + "\" ovf:fileRef=\"file" + i + "\" ovf:capacity=\"" + capacity
                    + "\" ovf:capacityAllocationUnits=\"byte\""
                    + " ovf:format=\"http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized\"/>");
            items.append("<Item><rasd:AddressOnParent>" + unit(i) + "</rasd:AddressOnParent><rasd:ElementName>Disk " + i
                    + "</rasd:ElementName><rasd:HostResource>ovf:/disk/disk" + i
                    + "</rasd:HostResource><rasd:InstanceID>" + (100 + i) + "</rasd:InstanceID><rasd:Parent>"
                    + (10 + i / PER_CONTROLLER) + "</rasd:Parent><rasd:ResourceType>17</rasd:ResourceType></Item>");
        }
        for (int i = 0; i < shape.nics().size(); i++) {
            networks.append("<Network ovf:name=\"" + network(i) + "\"><Description/></Network>");
            items.append("<Item><rasd:AddressOnParent>" + i + "</rasd:AddressOnParent><rasd:AutomaticAllocation>true"
                    + "</rasd:AutomaticAllocation><rasd:Connection>" + network(i)
                    + "</rasd:Connection><rasd:ElementName>"
                    + "Ethernet " + i + "</rasd:ElementName><rasd:InstanceID>" + (200 + i)
                    + "</rasd:InstanceID><rasd:ResourceSubType>VmxNet3</rasd:ResourceSubType>"
                    + "<rasd:ResourceType>10</rasd:ResourceType></Item>");
        }
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
                + "<Envelope xmlns=\"http://schemas.dmtf.org/ovf/envelope/1\""
                + " xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/1\""
                + " xmlns:rasd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData\""
                + " xmlns:vssd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData\""
                + " xmlns:vmw=\"http://www.vmware.com/schema/ovf\">"
                + "<References>" + files + "</References>"
                + "<DiskSection><Info>Disks</Info>" + disks + "</DiskSection>"
                + "<NetworkSection><Info>Networks</Info>" + networks + "</NetworkSection>"
                + "<VirtualSystem ovf:id=\"" + escaped(name) + "\"><Info>A machine</Info><Name>" + escaped(name)
                + "</Name>"
                + "<OperatingSystemSection ovf:id=\"1\" vmw:osType=\"" + guestId(shape)
                + "\"><Info>Its system</Info></OperatingSystemSection>"
                + "<VirtualHardwareSection><Info>Its hardware</Info><System><vssd:ElementName>Hardware"
                + "</vssd:ElementName><vssd:InstanceID>0</vssd:InstanceID><vssd:VirtualSystemIdentifier>"
                + escaped(name)
                + "</vssd:VirtualSystemIdentifier><vssd:VirtualSystemType>vmx-13</vssd:VirtualSystemType></System>"
                + items + "</VirtualHardwareSection></VirtualSystem></Envelope>";
    }

    /** Elements of an item come in alphabetical order, as the schema wants them. */
    private static void item(
            StringBuilder items, int id, int type, String name, String quantity, String before, String subtype) {
        items.append("<Item>" + before + "<rasd:ElementName>" + name + "</rasd:ElementName><rasd:InstanceID>" + id
                + "</rasd:InstanceID>" + subtype + "<rasd:ResourceType>" + type + "</rasd:ResourceType>" + quantity
                + "</Item>");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
