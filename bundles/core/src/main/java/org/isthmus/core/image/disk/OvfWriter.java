// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image.disk;

import java.io.ByteArrayOutputStream;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.xml.stream.XMLOutputFactory;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamWriter;
import org.isthmus.core.image.disk.Ovf.OvfFile;
import org.isthmus.model.MacAddress;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.Firmware;
import org.isthmus.spi.compute.Shape.ShapeNic;

/** Writes a descriptor of version 1, which every reader understands. */
final class OvfWriter {
    private static final String OVF = "http://schemas.dmtf.org/ovf/envelope/1";
    private static final String CIM = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/";
    private static final String RASD = CIM + "CIM_ResourceAllocationSettingData";
    private static final String VSSD = CIM + "CIM_VirtualSystemSettingData";
    private static final String VMW = "http://www.vmware.com/schema/ovf";
    private static final String STREAM_OPTIMIZED =
            "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized";
    /** ESXi 6.5 and later. */
    private static final String HARDWARE = "vmx-13";

    private static final int CPU = 3;
    private static final int MEMORY = 4;
    private static final int SCSI = 6;
    private static final int ETHERNET = 10;
    private static final int DISK = 17;
    private static final int UNITS = 16;
    /** The controller's own. */
    private static final int RESERVED_UNIT = 7;

    private static final int PER_CONTROLLER = UNITS - 1;
    private static final int CONTROLLERS = 4;
    private static final int FIRST_CARD = 7;

    private final XMLStreamWriter xml;
    private int instance;

    private OvfWriter(XMLStreamWriter xml) {
        this.xml = xml;
    }

    static byte[] write(String name, Shape shape, List<OvfFile> files) {
        if (files.size() != shape.disks().size() || files.size() > CONTROLLERS * PER_CONTROLLER) {
            throw new IllegalArgumentException(
                    "There is one file for each disk, and at most " + CONTROLLERS * PER_CONTROLLER + ".");
        }
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            XMLStreamWriter xml = XMLOutputFactory.newDefaultFactory().createXMLStreamWriter(text, "UTF-8");
            new OvfWriter(xml).envelope(Ovf.shortened(name), shape, files);
            xml.close();
        } catch (XMLStreamException e) {
            throw new IllegalStateException("Memory can be written to", e);
        }
        return text.toByteArray();
    }

    private void envelope(String name, Shape shape, List<OvfFile> files) throws XMLStreamException {
        xml.writeStartDocument("UTF-8", "1.0");
        xml.writeStartElement("Envelope");
        xml.writeDefaultNamespace(OVF);
        xml.writeNamespace("ovf", OVF);
        xml.writeNamespace("rasd", RASD);
        xml.writeNamespace("vssd", VSSD);
        xml.writeNamespace("vmw", VMW);
        xml.writeStartElement("References");
        for (int i = 0; i < files.size(); i++) {
            OvfFile file = files.get(i);
            empty(
                    "File",
                    "ovf:id",
                    "file" + i,
                    "ovf:href",
                    file.name(),
                    "ovf:size",
                    String.valueOf(file.sizeBytes().orElseThrow()));
        }
        xml.writeEndElement();
        section("DiskSection", "Disks");
        for (int i = 0; i < files.size(); i++) {
            empty(
                    "Disk",
                    "ovf:diskId",
                    "disk" + i,
                    "ovf:fileRef",
                    "file" + i,
                    "ovf:capacity",
                    String.valueOf(shape.disks().get(i).virtualSizeBytes()),
                    "ovf:capacityAllocationUnits",
                    "byte",
                    "ovf:format",
                    STREAM_OPTIMIZED);
        }
        xml.writeEndElement();
        networks(shape);
        machine(name, shape);
        xml.writeEndElement();
        xml.writeEndDocument();
    }

    private static String network(ShapeNic nic) {
        return nic.network().isEmpty() ? "network" : nic.network();
    }

    private void networks(Shape shape) throws XMLStreamException {
        Set<String> names = new LinkedHashSet<>();
        shape.nics().forEach(nic -> names.add(network(nic)));
        if (names.isEmpty()) {
            return;
        }
        section("NetworkSection", "Networks");
        for (String name : names) {
            empty("Network", "ovf:name", name);
        }
        xml.writeEndElement();
    }

    private void machine(String name, Shape shape) throws XMLStreamException {
        xml.writeStartElement("VirtualSystem");
        xml.writeAttribute("ovf:id", clean(name));
        text("Info", "A machine");
        text("Name", name);
        xml.writeStartElement("OperatingSystemSection");
        // 101 is a Linux of 64 bits, 1 another
        xml.writeAttribute("ovf:id", "1");
        text("Info", "What runs on it");
        text("Description", shape.os().orElse("unknown"));
        xml.writeEndElement();
        section("VirtualHardwareSection", "Hardware");
        xml.writeStartElement("System");
        text("vssd:ElementName", "Virtual Hardware Family");
        text("vssd:InstanceID", "0");
        text("vssd:VirtualSystemIdentifier", name);
        text("vssd:VirtualSystemType", HARDWARE);
        xml.writeEndElement();
        item(CPU, "CPUs", "VirtualQuantity", String.valueOf(shape.cpus()));
        item(MEMORY, "Memory", "AllocationUnits", "byte * 2^20", "VirtualQuantity", String.valueOf(shape.memoryMiB()));
        drives(shape.disks().size());
        int card = FIRST_CARD;
        for (ShapeNic nic : shape.nics()) {
            card(nic, card++);
        }
        firmware(shape.firmware());
        xml.writeEndElement();
        xml.writeEndElement();
    }

    private void drives(int disks) throws XMLStreamException {
        int controller = -1;
        for (int i = 0; i < disks; i++) {
            int slot = i % PER_CONTROLLER;
            if (slot == 0) {
                controller = item(
                        SCSI,
                        "SCSI controller " + i / PER_CONTROLLER,
                        "Address",
                        String.valueOf(i / PER_CONTROLLER),
                        "ResourceSubType",
                        "VirtualSCSI");
            }
            item(
                    DISK,
                    "Disk " + i,
                    "AddressOnParent",
                    String.valueOf(slot < RESERVED_UNIT ? slot : slot + 1),
                    "HostResource",
                    "ovf:/disk/disk" + i,
                    "Parent",
                    String.valueOf(controller));
        }
    }

    private void card(ShapeNic nic, int unit) throws XMLStreamException {
        String place = String.valueOf(unit);
        String kind = "VmxNet3";
        if (nic.mac().isPresent()) {
            String mac = nic.mac().map(MacAddress::value).orElseThrow();
            item(
                    ETHERNET,
                    "Interface",
                    "Address",
                    mac,
                    "AddressOnParent",
                    place,
                    "AutomaticAllocation",
                    "true",
                    "Connection",
                    network(nic),
                    "ResourceSubType",
                    kind);
        } else {
            item(
                    ETHERNET,
                    "Interface",
                    "AddressOnParent",
                    place,
                    "AutomaticAllocation",
                    "true",
                    "Connection",
                    network(nic),
                    "ResourceSubType",
                    kind);
        }
    }

    private void firmware(Firmware firmware) throws XMLStreamException {
        config("firmware", firmware == Firmware.BIOS ? "bios" : "efi");
        if (firmware == Firmware.EFI_SECURE) {
            config("bootOptions.efiSecureBootEnabled", "true");
        }
    }

    private void config(String key, String value) throws XMLStreamException {
        empty("vmw:Config", "ovf:required", "false", "vmw:key", key, "vmw:value", value);
    }

    /** Elements of an item are in alphabetical order: its type is a sequence. Answers with its instance. */
    private int item(int type, String name, String... more) throws XMLStreamException {
        instance++;
        java.util.TreeMap<String, String> elements = new java.util.TreeMap<>();
        elements.put("ElementName", name);
        elements.put("InstanceID", String.valueOf(instance));
        elements.put("ResourceType", String.valueOf(type));
        for (int i = 0; i < more.length; i += 2) {
            elements.put(more[i], more[i + 1]);
        }
        xml.writeStartElement("Item");
        for (java.util.Map.Entry<String, String> element : elements.entrySet()) {
            text("rasd:" + element.getKey(), element.getValue());
        }
        xml.writeEndElement();
        return instance;
    }

    private void section(String name, String info) throws XMLStreamException {
        xml.writeStartElement(name);
        text("Info", info);
    }

    private void text(String name, String text) throws XMLStreamException {
        xml.writeStartElement(name);
        xml.writeCharacters(clean(text));
        xml.writeEndElement();
    }

    private void empty(String name, String... attributes) throws XMLStreamException {
        xml.writeEmptyElement(name);
        for (int i = 0; i < attributes.length; i += 2) {
            xml.writeAttribute(attributes[i], clean(attributes[i + 1]));
        }
    }

    /** Without what XML has no way to write. */
    private static String clean(String text) {
        return text.replaceAll("[\\p{Cntrl}\\x{FFFE}\\x{FFFF}\\x{D800}-\\x{DFFF}]", "?");
    }
}
