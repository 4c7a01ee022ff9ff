// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.image.disk;

import static org.isthmus.core.image.disk.Ovf.wrong;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.isthmus.core.image.disk.Ovf.OvfDisk;
import org.isthmus.core.image.disk.Ovf.OvfFile;
import org.isthmus.model.MacAddress;
import org.isthmus.spi.compute.ImageContent.Format;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.Firmware;
import org.isthmus.spi.compute.Shape.ShapeDisk;
import org.isthmus.spi.compute.Shape.ShapeNic;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/** Reads a descriptor as the usual exporters write it. Elements and attributes are known by their local names. */
final class OvfReader {
    private static final int CPU = 3;
    private static final int MEMORY = 4;
    private static final int ETHERNET = 10;
    private static final int DISK = 17;
    private static final int MOST_ITEMS = 1000;
    private static final int MOST_DISKS = 60;
    private static final long MOST_BYTES = 65536L << 30;
    private static final int MOST_OS = 100;
    private static final int MOST_NETWORK = 200;
    private static final Pattern UNITS = Pattern.compile("byte(?:\\s*\\*\\s*(\\d{1,10})(?:\\^(\\d{1,2}))?)?");
    private static final Pattern DISK_RESOURCE = Pattern.compile("(?:ovf:)?/(disk|file)/(.+)");
    private static final Map<String, Integer> NAMED_UNITS =
            Map.of("kilobytes", 10, "kb", 10, "megabytes", 20, "mb", 20, "gigabytes", 30, "gb", 30, "terabytes", 40);

    private final Element envelope;
    private final Map<String, OvfFile> files = new LinkedHashMap<>();
    private final Map<String, Element> disks = new LinkedHashMap<>();

    OvfReader(byte[] descriptor) {
        if (descriptor.length > Ovf.MOST) {
            throw wrong("its descriptor has more than " + (Ovf.MOST >> 20) + " MiB");
        }
        try {
            envelope = builder().parse(new ByteArrayInputStream(descriptor)).getDocumentElement();
        } catch (SAXException | IOException e) {
            throw wrong("its descriptor is no XML that is read here: " + e.getMessage());
        }
    }

    /** The JDK's own parser, whatever else is installed: no document type, so no entities, and nothing fetched. */
    private static DocumentBuilder builder() {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
            factory.setNamespaceAware(true);
            factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
            factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
            factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
            factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
            factory.setXIncludeAware(false);
            factory.setExpandEntityReferences(false);
            DocumentBuilder builder = factory.newDocumentBuilder();
            // the default prints to standard error
            builder.setErrorHandler(null);
            return builder;
        } catch (ParserConfigurationException e) {
            throw new IllegalStateException("The JDK's parser refuses document types", e);
        }
    }

    Ovf read() {
        if (!envelope.getLocalName().equals("Envelope")) {
            throw wrong("its descriptor is no OVF envelope");
        }
        readFiles();
        readDisks();
        Element machine = machine();
        List<Element> hardware = children(machine, "VirtualHardwareSection");
        if (hardware.isEmpty()) {
            throw wrong("its machine has no hardware");
        }
        List<Element> items = items(hardware.get(0));
        List<ShapeDisk> shapes = new ArrayList<>();
        List<OvfDisk> contents = new ArrayList<>();
        readDrives(items, shapes, contents);
        String name = child(machine, "Name").map(OvfReader::text).orElseGet(() -> attribute(machine, "id"));
        try {
            Shape shape = new Shape(
                    Math.toIntExact(quantity(items, CPU).orElse(1L)),
                    quantity(items, MEMORY).orElseThrow(() -> wrong("its machine has no memory")) >> 20,
                    firmware(machine, hardware.get(0)),
                    os(machine),
                    shapes,
                    nics(items));
            return new Ovf(Ovf.shortened(name), shape, contents, List.copyOf(files.values()));
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw wrong("its machine cannot be: " + e.getMessage());
        }
    }

    private void readFiles() {
        Set<String> names = new HashSet<>();
        for (Element references : children(envelope, "References")) {
            for (Element file : children(references, "File")) {
                String compression = attribute(file, "compression");
                if (!compression.isEmpty() && !compression.equals("identity")) {
                    throw wrong("its files are compressed; make it without");
                }
                if (!attribute(file, "chunkSize").isEmpty()) {
                    throw wrong("its files are cut into pieces; make it without");
                }
                String size = attribute(file, "size");
                String name = attribute(file, "href");
                OptionalLong bytes = size.isEmpty() ? OptionalLong.empty() : OptionalLong.of(number(size));
                if (!names.add(name) || files.put(attribute(file, "id"), new OvfFile(name, bytes)) != null) {
                    throw wrong("it names a file twice");
                }
            }
        }
    }

    private void readDisks() {
        for (Element section : children(envelope, "DiskSection")) {
            for (Element disk : children(section, "Disk")) {
                if (!attribute(disk, "parentRef").isEmpty()) {
                    throw wrong("a disk of it continues another");
                }
                if (disks.put(attribute(disk, "diskId"), disk) != null) {
                    throw wrong("it describes a disk twice");
                }
            }
        }
    }

    private Element machine() {
        List<Element> machines = new ArrayList<>(children(envelope, "VirtualSystem"));
        for (Element collection : children(envelope, "VirtualSystemCollection")) {
            machines.addAll(children(collection, "VirtualSystem"));
            if (!children(collection, "VirtualSystemCollection").isEmpty()) {
                throw wrong("it holds collections of machines; export one machine");
            }
        }
        if (machines.size() != 1) {
            throw wrong("it holds " + machines.size() + " machines; export one");
        }
        return machines.get(0);
    }

    /** The hardware of the configuration that is taken when nobody chooses. */
    private List<Element> items(Element hardware) {
        String configuration = configuration();
        List<Element> items = new ArrayList<>();
        for (Node node = hardware.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element item && item.getLocalName().endsWith("Item")) {
                String of = attribute(item, "configuration");
                if (of.isEmpty() || List.of(of.split("\\s+")).contains(configuration)) {
                    items.add(item);
                }
            }
        }
        if (items.size() > MOST_ITEMS) {
            throw wrong("its machine has more than " + MOST_ITEMS + " parts");
        }
        return items;
    }

    private String configuration() {
        List<Element> all = child(envelope, "DeploymentOptionSection")
                .map(section -> children(section, "Configuration"))
                .orElse(List.of());
        return all.stream()
                .filter(one -> attribute(one, "default").matches("true|1"))
                .findFirst()
                .or(() -> all.stream().findFirst())
                .map(one -> attribute(one, "id"))
                .orElse("");
    }

    private static int type(Element item) {
        String text = child(item, "ResourceType").map(OvfReader::text).orElse("");
        return text.matches("\\d{1,5}") ? Integer.parseInt(text) : -1;
    }

    /** The last of its kind: one of a configuration comes after the general one. Memory in bytes. */
    private static Optional<Long> quantity(List<Element> items, int type) {
        return items.stream()
                .filter(item -> type(item) == type)
                .reduce((first, last) -> last)
                .map(item -> {
                    long amount = number(
                            child(item, "VirtualQuantity").map(OvfReader::text).orElse(""));
                    String units =
                            child(item, "AllocationUnits").map(OvfReader::text).orElse("");
                    return type == MEMORY ? bytes(amount, units) : amount;
                });
    }

    private void readDrives(List<Element> items, List<ShapeDisk> shapes, List<OvfDisk> contents) {
        Map<String, Integer> controllers = new LinkedHashMap<>();
        for (Element item : items) {
            child(item, "InstanceID")
                    .map(OvfReader::text)
                    .ifPresent(id -> controllers.putIfAbsent(id, controllers.size()));
        }
        List<Element> drives = new ArrayList<>(
                items.stream().filter(item -> type(item) == DISK).toList());
        // as the firmware looks: controller by controller, unit by unit
        drives.sort(Comparator.<Element>comparingInt(item -> controllers.getOrDefault(
                        child(item, "Parent").map(OvfReader::text).orElse(""), -1))
                .thenComparingLong(item -> unit(item).orElse(0)));
        if (drives.isEmpty()) {
            throw wrong("its machine has no disk");
        }
        if (drives.size() > MOST_DISKS) {
            throw wrong("its machine has more than " + MOST_DISKS + " disks");
        }
        Set<String> seen = new HashSet<>();
        for (Element drive : drives) {
            String resource = child(drive, "HostResource")
                    .map(OvfReader::text)
                    .orElseThrow(() -> wrong("a drive of it has no disk"));
            Matcher place = DISK_RESOURCE.matcher(resource);
            if (!place.matches()) {
                throw wrong("a drive of it leads to something else than a disk in it");
            }
            if (!place.group(1).equals("disk")) {
                throw wrong("a drive of it leads to a file, of which nobody says how large a disk it is");
            }
            if (!seen.add(place.group(2))) {
                throw wrong("it uses a disk twice");
            }
            Element disk = Optional.ofNullable(disks.get(place.group(2)))
                    .orElseThrow(() -> wrong("a drive of it has a disk that is not described"));
            shapes.add(new ShapeDisk(place.group(2), capacity(disk)));
            contents.add(content(disk));
        }
        Set<String> used = new HashSet<>();
        for (OvfDisk disk : contents) {
            if (disk.file().isPresent() && !used.add(disk.file().get())) {
                throw wrong("two disks of it are one file");
            }
        }
    }

    private OvfDisk content(Element disk) {
        String reference = attribute(disk, "fileRef");
        if (reference.isEmpty()) {
            return new OvfDisk(Optional.empty(), Format.VMDK);
        }
        OvfFile file = Optional.ofNullable(files.get(reference))
                .orElseThrow(() -> wrong("a disk of it is in a file that it does not name"));
        String format = attribute(disk, "format").toLowerCase(Locale.ROOT);
        return new OvfDisk(Optional.of(file.name()), format.contains("qcow") ? Format.QCOW2 : Format.VMDK);
    }

    private static long capacity(Element disk) {
        long bytes = bytes(number(attribute(disk, "capacity")), attribute(disk, "capacityAllocationUnits"));
        if (bytes < 1 || bytes > MOST_BYTES) {
            throw wrong("a disk of it is empty, or has more than 64 TiB");
        }
        return bytes;
    }

    private static OptionalLong unit(Element item) {
        String text = child(item, "AddressOnParent").map(OvfReader::text).orElse("");
        return text.matches("\\d{1,9}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }

    private static List<ShapeNic> nics(List<Element> items) {
        List<Element> cards = new ArrayList<>(
                items.stream().filter(item -> type(item) == ETHERNET).toList());
        if (cards.stream().allMatch(card -> unit(card).isPresent())) {
            cards.sort(Comparator.comparingLong(card -> unit(card).orElse(0)));
        }
        return cards.stream()
                .map(card -> new ShapeNic(
                        child(card, "Address").flatMap(OvfReader::mac),
                        cut(child(card, "Connection").map(OvfReader::text).orElse(""), MOST_NETWORK)))
                .toList();
    }

    private static Optional<MacAddress> mac(Element address) {
        try {
            return Optional.of(
                    new MacAddress(text(address).toLowerCase(Locale.ROOT).replace('-', ':')));
        } catch (IllegalArgumentException e) {
            // some write a name or nothing there: the machine gets another
            return Optional.empty();
        }
    }

    private static Firmware firmware(Element machine, Element hardware) {
        String firmware = "";
        boolean secure = false;
        for (Node node = hardware.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element setting && setting.getLocalName().matches("Config|ExtraConfig")) {
                String value = attribute(setting, "value").toLowerCase(Locale.ROOT);
                switch (attribute(setting, "key")) {
                    case "firmware" -> firmware = value;
                    case "bootOptions.efiSecureBootEnabled", "uefi.secureBoot.enabled" -> secure = value.equals("true");
                    default -> {}
                }
            }
        }
        // VirtualBox's own description of the machine stands beside the hardware
        String other = child(machine, "Machine")
                .flatMap(box -> child(box, "Hardware"))
                .flatMap(box -> child(box, "Firmware"))
                .map(box -> attribute(box, "type"))
                .orElse("");
        if (!firmware.equals("efi") && !other.toUpperCase(Locale.ROOT).startsWith("EFI")) {
            return Firmware.BIOS;
        }
        return secure ? Firmware.EFI_SECURE : Firmware.EFI;
    }

    private static Optional<String> os(Element machine) {
        return child(machine, "OperatingSystemSection")
                .flatMap(section -> Optional.of(attribute(section, "osType"))
                        .filter(text -> !text.isEmpty())
                        .or(() -> child(section, "Description").map(OvfReader::text)))
                .filter(text -> !text.isEmpty())
                .map(text -> cut(text, MOST_OS));
    }

    private static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most);
    }

    private static long number(String text) {
        if (!text.strip().matches("\\d{1,18}")) {
            throw wrong("a size in it is no number");
        }
        return Long.parseLong(text.strip());
    }

    private static long bytes(long amount, String units) {
        String text = units.strip().toLowerCase(Locale.ROOT);
        BigInteger factor;
        Matcher written = UNITS.matcher(text);
        if (text.isEmpty()) {
            factor = BigInteger.ONE;
        } else if (NAMED_UNITS.containsKey(text)) {
            factor = BigInteger.ONE.shiftLeft(NAMED_UNITS.get(text));
        } else if (written.matches()) {
            BigInteger base =
                    new BigInteger(Optional.ofNullable(written.group(1)).orElse("1"));
            factor = base.bitLength() > 34
                    ? base
                    : base.pow(Integer.parseInt(
                            Optional.ofNullable(written.group(2)).orElse("1")));
        } else {
            throw wrong("a size in it is counted in " + cut(text, 30).replaceAll("[^\\w *^]", "?"));
        }
        BigInteger bytes = factor.multiply(BigInteger.valueOf(amount));
        if (bytes.bitLength() > 62) {
            throw wrong("a size in it is not possible");
        }
        return bytes.longValueExact();
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element && name.equals(element.getLocalName())) {
                found.add(element);
            }
        }
        return found;
    }

    private static Optional<Element> child(Element parent, String name) {
        return children(parent, name).stream().findFirst();
    }

    private static String text(Element element) {
        return element.getTextContent().strip();
    }

    /** An attribute by its local name, whatever its prefix; empty when it is not there. */
    private static String attribute(Element element, String name) {
        for (int i = 0; i < element.getAttributes().getLength(); i++) {
            Node attribute = element.getAttributes().item(i);
            if (name.equals(attribute.getLocalName())) {
                return attribute.getNodeValue().strip();
            }
        }
        return "";
    }
}
