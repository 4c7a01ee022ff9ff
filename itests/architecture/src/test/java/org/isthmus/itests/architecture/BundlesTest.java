// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Who may import whom: the table of the design, as rules. */
final class BundlesTest {
    private static final Map<String, Set<String>> MAY_IMPORT = mayImport();

    /** A delay asked for as a fault; a probe that boots a machine; the test kit's waiting for real drivers. */
    private static final Set<String> MAY_SLEEP = Set.of(
            "org.isthmus.driver.fake.RealMachine",
            "org.isthmus.driver.kvm.host.AccelerationProbe",
            "org.isthmus.tck.Waiting");

    private static String outer(JavaClass type) {
        return type.getName().replaceAll("\\$.*", "");
    }

    private static Map<String, Set<String>> mayImport() {
        Map<String, Set<String>> table = new TreeMap<>();
        table.put("model", Set.of());
        table.put("api", Set.of("model"));
        table.put("driver-spi", Set.of("model"));
        table.put("store", Set.of("model", "api"));
        table.put("core", Set.of("model", "api", "driver-spi", "store"));
        table.put("identity", Set.of("model", "api", "store"));
        table.put("audit", Set.of("model", "api", "store"));
        table.put("mail", Set.of("model", "api"));
        table.put("rest", Set.of("model", "api"));
        table.put("shell", Set.of("model", "api"));
        table.put("driver-fake", Set.of("model", "driver-spi"));
        table.put("driver-kvm", Set.of("model", "driver-spi"));
        table.put("driver-ovn", Set.of("model", "driver-spi"));
        table.put("driver-jclouds", Set.of("model", "driver-spi"));
        table.put("driver-vmware", Set.of("model", "driver-spi"));
        table.put("driver-tck", Set.of("model", "driver-spi"));
        return table;
    }

    /** The packages of each bundle begin with this. */
    private static String home(String bundle) {
        return switch (bundle) {
            case "driver-spi" -> "org.isthmus.spi";
            case "driver-tck" -> "org.isthmus.tck";
            case "driver-fake" -> "org.isthmus.driver.fake";
            case "driver-kvm" -> "org.isthmus.driver.kvm";
            case "driver-ovn" -> "org.isthmus.driver.ovn";
            case "driver-jclouds" -> "org.isthmus.driver.jclouds";
            case "driver-vmware" -> "org.isthmus.driver.vmware";
            default -> "org.isthmus." + bundle;
        };
    }

    private static boolean livesIn(JavaClass type, String bundle) {
        String name = type.getPackageName();
        return name.equals(home(bundle)) || name.startsWith(home(bundle) + ".");
    }

    @Test
    void everyBundleIsInTheTable() {
        Set<String> known = new java.util.TreeSet<>(MAY_IMPORT.keySet());
        known.add("derby"); // a wrapper without code of ours

        assertEquals(List.copyOf(known), Checkout.bundles());
    }

    @Test
    void bundlesImportOnlyWhatTheTableAllows() {
        MAY_IMPORT.forEach((bundle, allowed) -> {
            ArchRule rule = noClasses()
                    .should()
                    .dependOnClassesThat(describe(
                            "live in a bundle that " + bundle + " may not import",
                            type -> type.getPackageName().startsWith("org.isthmus.")
                                    && !livesIn(type, bundle)
                                    && allowed.stream().noneMatch(other -> livesIn(type, other))));
            rule.check(Checkout.classes(bundle));
        });
    }

    @Test
    void classesLiveInTheirOwnBundlesPackages() {
        MAY_IMPORT.keySet().forEach(bundle -> noClasses()
                .should()
                .haveNameNotMatching("\\Q" + home(bundle) + "\\E\\..*")
                .check(Checkout.classes(bundle)));
    }

    @Test
    void domainsHaveNoCycles() {
        for (String bundle : List.of("driver-spi", "core", "identity", "rest", "store")) {
            slices().matching(home(bundle) + ".(*)..").should().beFreeOfCycles().check(Checkout.classes(bundle));
        }
    }

    @Test
    void persistenceIsOnlyInRowsAndStores() {
        for (String bundle : List.of("core", "identity", "audit")) {
            noClasses()
                    .that(describe("are no rows, stores or compositions", type -> {
                        String outer = type.getName().replaceAll("\\$.*", "");
                        return !(outer.endsWith("Row")
                                || outer.endsWith("Rows")
                                || outer.endsWith("Store")
                                || type.getPackageName().equals("org.isthmus.identity.store"));
                    }))
                    .should()
                    .dependOnClassesThat(describe(
                            "belong to JPA",
                            type -> type.getPackageName().startsWith("javax.persistence")
                                    && !type.getSimpleName().equals("EntityManagerFactory")))
                    .check(Checkout.classes(bundle));
        }
    }

    @Test
    void jaxRsIsOnlyInRest() {
        for (String bundle : MAY_IMPORT.keySet()) {
            if (!bundle.equals("rest")) {
                noClasses()
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage("javax.ws.rs..", "org.apache.cxf..")
                        .check(Checkout.classes(bundle));
            }
        }
    }

    @Test
    void timeIsGivenAndIdsAreGiven() {
        for (String bundle : MAY_IMPORT.keySet()) {
            JavaClasses classes = Checkout.classes(bundle);
            noClasses().should().callMethod(Instant.class, "now").check(classes);
            noClasses().should().callMethod(LocalDate.class, "now").check(classes);
            noClasses().should().callMethod(UUID.class, "randomUUID").check(classes);
            noClasses()
                    .that(describe("do not wait for a real machine", type -> !MAY_SLEEP.contains(outer(type))))
                    .should()
                    .callMethod(Thread.class, "sleep", long.class)
                    .because("nothing in the product waits by sleeping")
                    .check(classes);
        }
    }

    @Test
    void moneyIsNeverFloatingPoint() {
        for (JavaClass type : Checkout.classes("core")) {
            if (type.getPackageName().startsWith("org.isthmus.core.price")) {
                assertTrue(
                        type.getFields().stream()
                                .noneMatch(field -> field.getRawType().isEquivalentTo(double.class)
                                        || field.getRawType().isEquivalentTo(float.class)),
                        type.getName());
            }
        }
        for (JavaClass type : Checkout.classes("model")) {
            assertTrue(
                    type.getFields().stream()
                            .noneMatch(field -> field.getRawType().isEquivalentTo(double.class)),
                    type.getName());
        }
    }

    @Test
    void everyComponentHasOneConstructor() {
        for (String bundle : MAY_IMPORT.keySet()) {
            for (JavaClass type : Checkout.classes(bundle)) {
                long activated = type.getConstructors().stream()
                        .filter(each -> each.isAnnotatedWith("org.osgi.service.component.annotations.Activate"))
                        .count();
                assertTrue(activated <= 1, type.getName());
            }
        }
    }
}
