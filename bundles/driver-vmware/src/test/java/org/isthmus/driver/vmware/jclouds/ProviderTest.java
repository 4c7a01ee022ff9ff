// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.jclouds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableSet;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Properties;
import java.util.Set;
import java.util.function.Predicate;
import org.isthmus.driver.vmware.Stand;
import org.isthmus.driver.vmware.TestSite;
import org.jclouds.ContextBuilder;
import org.jclouds.compute.ComputeService;
import org.jclouds.compute.ComputeServiceContext;
import org.jclouds.compute.RunNodesException;
import org.jclouds.compute.domain.ComputeMetadata;
import org.jclouds.compute.domain.NodeMetadata;
import org.jclouds.compute.domain.NodeMetadata.Status;
import org.jclouds.compute.domain.Template;
import org.jclouds.compute.options.TemplateOptions;
import org.jclouds.domain.Location;
import org.jclouds.domain.LocationScope;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a program written for jclouds sees of a vCenter. */
final class ProviderTest {
    @TempDir
    private static Path folder;

    private static Stand stand;
    private static TestSite site;

    @BeforeAll
    static void start() {
        stand = Stand.start(folder, "-datacenters", "2");
        site = new TestSite(stand);
        site.template("golden", 4 << 20);
    }

    @AfterAll
    static void stop() {
        if (stand != null) {
            site.close();
            stand.close();
        }
    }

    private static ComputeServiceContext vsphere(ContextBuilder builder) {
        Properties overrides = new Properties();
        overrides.setProperty(VSphereApiMetadata.THUMBPRINT, stand.thumbprint());
        return builder.endpoint(stand.url().toString())
                .credentials(Stand.USER, stand.password().reveal())
                .overrides(overrides)
                .buildView(ComputeServiceContext.class);
    }

    /** One program, whatever the cloud. */
    private static void lifeOfTwoNodes(ComputeService compute, String group) throws RunNodesException {
        String image = compute.listImages().iterator().next().getId();
        Template template = compute.templateBuilder().imageId(image).build();

        Set<? extends NodeMetadata> made = compute.createNodesInGroup(group, 2, template);
        Predicate<ComputeMetadata> ours =
                node -> made.stream().anyMatch(one -> one.getId().equals(node.getId()));

        assertEquals(2, made.size());
        assertEquals(Set.of(Status.RUNNING), statuses(compute, made));
        assertEquals(2, compute.listNodes().stream().filter(ours).count());
        made.forEach(node ->
                assertEquals(group, compute.getNodeMetadata(node.getId()).getGroup()));

        made.forEach(node -> compute.suspendNode(node.getId()));
        assertEquals(Set.of(Status.SUSPENDED), statuses(compute, made));
        made.forEach(node -> compute.resumeNode(node.getId()));
        assertEquals(Set.of(Status.RUNNING), statuses(compute, made));
        made.forEach(node -> compute.rebootNode(node.getId()));
        made.forEach(node -> compute.destroyNode(node.getId()));
        assertEquals(0, compute.listNodes().stream().filter(ours).count());
    }

    private static Set<Status> statuses(ComputeService compute, Set<? extends NodeMetadata> nodes) {
        Set<Status> all = new HashSet<>();
        nodes.forEach(node -> all.add(compute.getNodeMetadata(node.getId()).getStatus()));
        return all;
    }

    @Test
    void theSameProgramRunsOnTheStubAndOnVSphere() throws RunNodesException {
        try (ComputeServiceContext stub = ContextBuilder.newBuilder("stub").buildView(ComputeServiceContext.class)) {
            lifeOfTwoNodes(stub.getComputeService(), "stubs");
        }
        try (ComputeServiceContext vsphere = vsphere(ContextBuilder.newBuilder(new VSphereApiMetadata()))) {
            lifeOfTwoNodes(vsphere.getComputeService(), "machines");
        }
    }

    @Test
    void theProviderIsFoundByItsNameAndLeavesNoSession() {
        int before = stand.sessions();

        try (ComputeServiceContext context = vsphere(ContextBuilder.newBuilder("vsphere"))) {
            assertEquals(1, context.getComputeService().listImages().size());
            VSphereApi api = context.unwrapApi(VSphereApi.class);
            assertEquals(stand.uuid(), api.vim().talk().instance());
            assertEquals(before + 1, stand.sessions());
        }

        assertEquals(before, stand.sessions());
    }

    @Test
    void datacentersAreRegionsAndClustersZones() {
        try (ComputeServiceContext context = vsphere(ContextBuilder.newBuilder(new VSphereApiMetadata()))) {
            Set<? extends Location> all = context.getComputeService().listAssignableLocations();

            assertEquals(2, count(all, LocationScope.REGION));
            assertEquals(2, count(all, LocationScope.ZONE));
            assertEquals(4, count(all, LocationScope.HOST));
            for (Location each : all) {
                if (each.getScope() == LocationScope.ZONE) {
                    assertEquals(LocationScope.REGION, each.getParent().getScope());
                }
            }
        }
    }

    private static long count(Set<? extends Location> all, LocationScope scope) {
        return all.stream().filter(each -> each.getScope() == scope).count();
    }

    @Test
    void anySizeIsMadeOnTheHostAndNetworkChosen() throws RunNodesException {
        try (ComputeServiceContext context = vsphere(ContextBuilder.newBuilder(new VSphereApiMetadata()))) {
            ComputeService compute = context.getComputeService();
            String host = site.first("HostSystem", "name").ref();
            Template template = compute.templateBuilder()
                    .hardwareId("automatic:cores=3;ram=1536")
                    .locationId(host)
                    .options(TemplateOptions.Builder.networks(site.portgroup()))
                    .build();

            NodeMetadata node =
                    compute.createNodesInGroup("odd", 1, template).iterator().next();

            assertEquals(host, node.getLocation().getId());
            assertEquals(1536, node.getHardware().getRam());
            assertEquals(3.0, node.getHardware().getProcessors().get(0).getCores());
            compute.destroyNode(node.getId());
        }
    }

    @Test
    void aBadNetworkLeavesNoMachine() {
        try (ComputeServiceContext context = vsphere(ContextBuilder.newBuilder(new VSphereApiMetadata()))) {
            ComputeService compute = context.getComputeService();
            Template template = compute.templateBuilder()
                    .options(TemplateOptions.Builder.networks("nowhere"))
                    .build();
            int before = site.all("VirtualMachine", "name").size();

            RunNodesException failure =
                    assertThrows(RunNodesException.class, () -> compute.createNodesInGroup("lost", 1, template));

            assertTrue(failure.getMessage().contains("nowhere"), failure.getMessage());
            assertEquals(before, site.all("VirtualMachine", "name").size());
            assertEquals(ImmutableSet.of(), ImmutableSet.copyOf(failure.getSuccessfulNodes()));
        }
    }

    @Test
    void aMachineThatCannotBePluggedInIsTakenAwayAgain() {
        try (ComputeServiceContext context = vsphere(ContextBuilder.newBuilder(new VSphereApiMetadata()))) {
            ComputeService compute = context.getComputeService();
            Template template = compute.templateBuilder()
                    .options(TemplateOptions.Builder.networks(site.portgroup()))
                    .build();
            int before = site.all("VirtualMachine", "name").size();
            stand.failNext("ReconfigVM_Task", "InvalidDeviceBacking");

            assertThrows(RunNodesException.class, () -> compute.createNodesInGroup("lost", 1, template));

            assertEquals(before, site.all("VirtualMachine", "name").size());
        }
    }
}
