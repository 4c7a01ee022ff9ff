// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** House rules that are about text. */
final class SourcesTest {
    private static final Pattern DRIVERS = Pattern.compile(
            "\\b(kvm|libvirt|vsphere|vmware|ovn|openvswitch|wireguard|jclouds)\\b", Pattern.CASE_INSENSITIVE);
    /** Identifiers that standards fix: an XML namespace of OVF descriptors, and what they (DMTF DSP0243) call the VMDK format. */
    private static final List<String> IDENTIFIERS = List.of(
            "\"http://www.vmware.com/schema/ovf\"",
            "\"http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized\"");

    private static final Pattern UNFINISHED = Pattern.compile(
            "\\b(TO" + "DO|FIX" + "ME|XX" + "X|HA" + "CK)\\b|@Dis" + "abled|@Ig" + "nore|printStack" + "Trace");

    private static List<String> offenders(List<Path> files, java.util.function.Predicate<String> wrong) {
        List<String> found = new ArrayList<>();
        for (Path file : files) {
            if (wrong.test(Checkout.read(file))) {
                found.add(Checkout.ROOT.relativize(file).toString());
            }
        }
        return found;
    }

    private static String withoutIdentifiers(String text) {
        String rest = text;
        for (String identifier : IDENTIFIERS) {
            rest = rest.replace(identifier, "");
        }
        return rest;
    }

    @Test
    void theCoreNeverNamesADriver() {
        List<Path> files = new ArrayList<>();
        for (String bundle : List.of("model", "api", "driver-spi", "core", "store", "identity", "audit", "rest")) {
            files.addAll(Checkout.files("bundles/" + bundle + "/src/main", ".java"));
            files.addAll(Checkout.files("bundles/" + bundle + "/src/main", ".sql"));
        }

        assertEquals(List.of(), offenders(files, text -> DRIVERS.matcher(withoutIdentifiers(text))
                .find()));
    }

    @Test
    void nothingIsLeftUnfinished() {
        assertEquals(List.of(), offenders(Checkout.files(".", ".java"), text -> UNFINISHED
                .matcher(text)
                .find()));
    }

    @Test
    void everySourceNamesItsLicence() {
        List<Path> files = new ArrayList<>(Checkout.files(".", ".java"));
        files.addAll(Checkout.files(".", ".sh"));
        files.addAll(Checkout.files(".", ".cfg"));
        files.addAll(Checkout.files("bundles", ".sql"));

        assertEquals(List.of(), offenders(files, text -> !text.contains("SPDX-License-Identifier: Apache-2.0")));
    }

    @Test
    void childPomsStayUnderFortyLinesOfDecisions() {
        List<String> long_ = new ArrayList<>();
        for (Path pom : Checkout.files("bundles", "pom.xml")) {
            long lines = Checkout.read(pom)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.strip().startsWith("<dependency>"))
                    .count();
            if (lines > 60) {
                long_.add(Checkout.ROOT.relativize(pom) + ": " + lines);
            }
        }

        assertEquals(List.of(), long_);
    }

    @Test
    void everyPackageSaysWhatItIsFor() {
        List<String> without = new ArrayList<>();
        for (Path file : Checkout.files("bundles", ".java")) {
            boolean main = file.toString().contains("src/main/java");
            if (main && !file.resolveSibling("package-info.java").toFile().exists()) {
                without.add(Checkout.ROOT.relativize(file.getParent()).toString());
            }
        }

        assertEquals(List.of(), without.stream().distinct().toList());
    }
}
