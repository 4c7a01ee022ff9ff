// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.karaf;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Dictionary;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.inject.Inject;
import javax.sql.DataSource;
import org.apache.karaf.features.Feature;
import org.apache.karaf.features.FeaturesService;
import org.isthmus.api.Caller;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.gate.Gate;
import org.isthmus.api.identity.Logins;
import org.isthmus.api.location.DriverUpdates;
import org.isthmus.api.location.DriverUpdates.UpdateDriver;
import org.isthmus.api.location.DriverUpdates.UpdateState;
import org.isthmus.api.location.DriverUpdates.UpdateView;
import org.isthmus.api.location.Locations;
import org.isthmus.api.location.Locations.CreateEndpoint;
import org.isthmus.api.location.Locations.CreateLocation;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.BundleRevisions;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;

/**
 * What only the whole controller in its container shows. The container begins with Karaf and our API,
 * which these tests are compiled against; our other features are installed into it one by one, without a network: as an
 * operator does, and because the probe of Pax Exam refreshes bundles when it comes while a controller starts.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class ControllerTest {
    private static final int PORT = 18490;

    @Inject
    private BundleContext context;

    @Inject
    private ServiceComponentRuntime components;

    @Inject
    private ConfigurationAdmin configurations;

    @Inject
    private FeaturesService features;

    @Configuration
    public Option[] configuration() {
        return Container.with(PORT, "(" + Container.KARAF + "),(isthmus-api)");
    }

    @Before
    public void everyFeatureIsInstalled() throws Exception {
        for (String name : offered()) {
            if (!features.isInstalled(features.getFeature(name))) {
                features.installFeature(name, EnumSet.of(FeaturesService.Option.NoAutoRefreshBundles));
            }
        }
        attachFragments();
        assertTrue("never ready", Container.becomes(() -> status("/readyz") == 200));
    }

    /** What was left undone above: a fragment that comes after its host is attached when the host is refreshed. */
    private void attachFragments() throws Exception {
        List<Bundle> hosts = Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getState() == Bundle.INSTALLED)
                .map(bundle -> bundle.getHeaders().get("Fragment-Host"))
                .filter(host -> host != null)
                .flatMap(host -> ours().stream()
                        .filter(bundle -> bundle.getSymbolicName().equals(host)))
                .distinct()
                .toList();
        if (!hosts.isEmpty()) {
            refresh(hosts);
        }
    }

    private void refresh(List<Bundle> bundles) throws InterruptedException {
        CountDownLatch refreshed = new CountDownLatch(1);
        context.getBundle(0).adapt(FrameworkWiring.class).refreshBundles(bundles, event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                refreshed.countDown();
            }
        });
        assertTrue("not refreshed", refreshed.await(1, TimeUnit.MINUTES));
    }

    /** The features that we offer; the one that brings all the others comes last, so that each is tried as such. */
    private Set<String> offered() throws Exception {
        return Arrays.stream(features.listFeatures())
                .map(Feature::getName)
                .filter(name -> name.startsWith("isthmus"))
                .collect(Collectors.toCollection(() -> new TreeSet<String>(Comparator.reverseOrder())));
    }

    /** What is registered as the pool of connections, a number that no other registration ever has. */
    private long pool() {
        try {
            return context.getServiceReferences(DataSource.class, "(osgi.jndi.service.name=isthmus)").stream()
                    .map(pool -> (Long) pool.getProperty("service.id"))
                    .findFirst()
                    .orElse(-1L);
        } catch (InvalidSyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static int status(String path) {
        try {
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + PORT + path))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .statusCode();
        } catch (java.io.IOException e) {
            return -1;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }

    private <T> T service(Class<T> type) {
        assertTrue("No " + type.getName(), Container.becomes(() -> context.getServiceReference(type) != null));
        ServiceReference<T> reference = context.getServiceReference(type);
        T service = context.getService(reference);
        assertNotNull(type.getName(), service);
        return service;
    }

    private List<Bundle> ours() {
        return Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getSymbolicName().startsWith("org.isthmus."))
                .toList();
    }

    @Test
    public void everyFeatureResolvesAndNoneBringsRemoteManagement() throws Exception {
        Set<String> offered = offered();
        assertTrue(
                offered.toString(),
                offered.containsAll(List.of(
                        "isthmus", "isthmus-kvm", "isthmus-ovn", "isthmus-vmware", "isthmus-fake", "isthmus-jclouds")));
        for (String name : offered) {
            assertTrue(name, features.isInstalled(features.getFeature(name)));
        }
        List<String> notResolved = Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getState() == Bundle.INSTALLED)
                .map(Bundle::getSymbolicName)
                .toList();
        assertEquals(List.of(), notResolved);
        assertFalse(features.isInstalled(features.getFeature("management")));
    }

    @Test
    public void itIsReadyAndEveryComponentIsSatisfied() {
        for (Bundle bundle : ours()) {
            assertEquals(bundle.getSymbolicName(), Bundle.ACTIVE, bundle.getState());
        }
        List<String> unsatisfied = new ArrayList<>();
        Collection<ComponentDescriptionDTO> all = components.getComponentDescriptionDTOs(ours().toArray(new Bundle[0]));
        assertTrue(all.size() > 10);
        for (ComponentDescriptionDTO component : all) {
            for (ComponentConfigurationDTO each : components.getComponentConfigurationDTOs(component)) {
                if (!Set.of(ComponentConfigurationDTO.SATISFIED, ComponentConfigurationDTO.ACTIVE)
                        .contains(each.state)) {
                    unsatisfied.add(component.name + " state " + each.state);
                }
            }
        }
        assertEquals(List.of(), unsatisfied);
    }

    @Test
    public void noKnownPasswordShips() throws Exception {
        Path etc = Path.of(System.getProperty("karaf.etc"));
        for (String file : List.of("users.properties", "keys.properties")) {
            long users = Files.readAllLines(etc.resolve(file)).stream()
                    .filter(line -> !line.isBlank() && !line.strip().startsWith("#"))
                    .count();
            assertEquals(file, 0, users);
        }
        Path password = etc.resolve("isthmus-admin-password");
        assertEquals("[OWNER_READ, OWNER_WRITE]", new TreeSet<>(Files.getPosixFilePermissions(password)).toString());
    }

    @Test
    public void dataOutlivesARestartOfEveryBundle() throws Exception {
        Caller root = service(Logins.class).localRoot("restart-test");
        service(Gate.class).submit(root, new CreateLocation(new Name("kept"), Locations.Kind.CLOUD));

        List<Bundle> bundles = ours().stream()
                .filter(bundle -> List.of("store", "core", "identity", "audit", "rest")
                        .contains(bundle.getSymbolicName().substring("org.isthmus.".length())))
                .toList();
        for (Bundle bundle : bundles) {
            bundle.stop();
        }
        for (Bundle bundle : bundles) {
            bundle.start();
        }

        assertTrue("not ready again", Container.becomes(() -> status("/readyz") == 200));
        Caller again = service(Logins.class).localRoot("restart-test-2");
        assertTrue(service(Locations.class).list(again, Query.all()).items().stream()
                .anyMatch(location -> location.name().value().equals("kept")));
    }

    @Test
    public void theDatabaseOpensAgainWhenItsBundleIsRefreshed() throws Exception {
        Caller root = service(Logins.class).localRoot("refresh-test");
        service(Gate.class).submit(root, new CreateLocation(new Name("refreshed"), Locations.Kind.CLOUD));
        Bundle derby = ours().stream()
                .filter(bundle -> bundle.getSymbolicName().equals("org.isthmus.derby"))
                .findFirst()
                .orElseThrow();

        refresh(List.of(derby));

        assertTrue("not ready again", Container.becomes(() -> status("/readyz") == 200));
        Caller again = service(Logins.class).localRoot("refresh-test-2");
        assertTrue(service(Locations.class).list(again, Query.all()).items().stream()
                .anyMatch(location -> location.name().value().equals("refreshed")));
    }

    @Test
    public void anEditedSettingOfTheDatabaseOpensItAnewAndLosesNothing() throws Exception {
        Caller root = service(Logins.class).localRoot("pool-test");
        service(Gate.class).submit(root, new CreateLocation(new Name("pooled"), Locations.Kind.CLOUD));
        long before = pool();
        org.osgi.service.cm.Configuration store = configurations.getConfiguration("org.isthmus.store", "?");
        Dictionary<String, Object> settings = store.getProperties();
        settings.put("connections", "12");

        store.update(settings);

        assertTrue("the old pool stays", Container.becomes(() -> pool() != before && pool() != -1));
        assertTrue("not ready again", Container.becomes(() -> status("/readyz") == 200));
        Caller again = service(Logins.class).localRoot("pool-test-2");
        assertTrue(service(Locations.class).list(again, Query.all()).items().stream()
                .anyMatch(location -> location.name().value().equals("pooled")));
    }

    @Test
    public void anEditedSettingAppliesWithoutARestart() throws Exception {
        org.osgi.service.cm.Configuration rest = configurations.getConfiguration("org.isthmus.rest", "?");
        Dictionary<String, Object> settings = rest.getProperties();
        settings.put("http.enabled", "false");
        rest.update(settings);
        assertTrue("still open", Container.becomes(() -> status("/healthz") == -1));

        settings.put("http.enabled", "true");
        rest.update(settings);
        assertTrue("not open again", Container.becomes(() -> status("/readyz") == 200));
    }

    @Test
    public void aRequestUnderWayIsAnsweredBeforeRestEnds() throws Exception {
        Bundle rest = ours().stream()
                .filter(bundle -> bundle.getSymbolicName().equals("org.isthmus.rest"))
                .findFirst()
                .orElseThrow();
        String login = "{\"username\":\"nobody@nowhere\",\"password\":\"seven-herons\"}";
        String answer;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), PORT)) {
            socket.setSoTimeout(20_000);
            BufferedReader in =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            String head = "POST /api/v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                    + "Expect: 100-continue\r\nContent-Length: " + login.length() + "\r\n\r\n";
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            assertEquals("HTTP/1.1 100 Continue", in.readLine());
            assertEquals("", in.readLine());

            Thread stopping = new Thread(() -> stop(rest), "stopping-rest");
            stopping.start();
            assertTrue("still open", Container.becomes(() -> status("/healthz") == -1));
            socket.getOutputStream().write(login.getBytes(StandardCharsets.US_ASCII));
            answer = in.readLine();
            stopping.join();
        } finally {
            rest.start();
        }

        assertEquals("HTTP/1.1 401 Unauthorized", answer);
        assertTrue("not ready again", Container.becomes(() -> status("/readyz") == 200));
    }

    private static void stop(Bundle bundle) {
        try {
            bundle.stop();
        } catch (BundleException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    public void providersOfCloudsAreFragmentsThatTheirDriverFinds() throws Exception {
        Caller root = service(Logins.class).localRoot("clouds-test");
        assertTrue("no provider", Container.becomes(() -> clouds(root).contains("aws-ec2, ")));
        assertTrue(clouds(root), clouds(root).contains("openstack-nova"));
        service(Gate.class).submit(root, new CreateLocation(new Name("clouds"), Locations.Kind.CLOUD));
        Map<String, String> nobody = Map.of("identity", "nobody:nobody", "endpoint", "http://127.0.0.1:1/v3");

        for (String provider : List.of("aws-ec2", "openstack-nova")) {
            Map<String, String> settings = new HashMap<>(nobody);
            settings.put("provider", provider);
            service(Gate.class)
                    .submit(
                            root,
                            new CreateEndpoint(
                                    new Ref("clouds"),
                                    new Name(provider),
                                    "jclouds",
                                    settings,
                                    Map.of("credential", new Secret("no-such-key"))));
            // a cloud that is away is one whose classes have all been found
            assertTrue(
                    provider, Container.becomes(() -> healthOf(root, provider).contains("cannot be reached")));
        }
    }

    private String clouds(Caller root) {
        return service(Locations.class).drivers(root).stream()
                .filter(driver -> driver.type().equals("jclouds"))
                .map(Locations.DriverView::description)
                .findFirst()
                .orElse("");
    }

    private String healthOf(Caller root, String endpoint) {
        return service(Locations.class).endpoints(root, new Ref("clouds"), Query.all()).items().stream()
                .filter(each -> each.name().value().equals(endpoint))
                .map(each -> each.health().detail())
                .findFirst()
                .orElse("");
    }

    private List<Bundle> copiesOfTheFakeDriver() {
        return ours().stream()
                .filter(bundle -> bundle.getSymbolicName().equals("org.isthmus.driver-fake"))
                .toList();
    }

    private UpdateView updated(Path jar) {
        Caller root = service(Logins.class).localRoot("update-test");
        service(Gate.class).submit(root, new UpdateDriver("fake", jar.toUri().toString()));
        return service(DriverUpdates.class).await(root, "fake", Integer.MAX_VALUE, Duration.ofSeconds(30));
    }

    private String driverVersion() {
        Caller root = service(Logins.class).localRoot("version-test");
        return service(Locations.class).drivers(root).stream()
                .filter(driver -> driver.type().equals("fake"))
                .map(Locations.DriverView::version)
                .findFirst()
                .orElse("away");
    }

    @Test
    public void aDriverIsUpdatedBesideItselfAndABadVersionGoesAwayAgain() throws Exception {
        Caller root = service(Logins.class).localRoot("driver-test");
        service(Gate.class).submit(root, new CreateLocation(new Name("swapped"), Locations.Kind.CLOUD));
        service(Gate.class)
                .submit(root, new CreateEndpoint(new Ref("swapped"), new Name("sim"), "fake", Map.of(), Map.of()));
        Bundle first = copiesOfTheFakeDriver().get(0);
        String before = driverVersion();

        UpdateView incomplete = updated(Variant.of("8.0.0", "Switchboard"));

        assertEquals(incomplete.toString(), UpdateState.ROLLED_BACK, incomplete.state());
        assertTrue(incomplete.toString(), incomplete.lines().toString().contains("Switchboard"));
        assertEquals(List.of(first), copiesOfTheFakeDriver());
        assertEquals(before, driverVersion());

        UpdateView good = updated(Variant.of("9.0.0", ""));

        assertEquals(good.toString(), UpdateState.UPDATED, good.state());
        assertTrue(good.toString(), good.lines().toString().contains("Endpoint 1 of 1"));
        assertEquals(1, copiesOfTheFakeDriver().size());
        assertEquals("9.0.0", copiesOfTheFakeDriver().get(0).getVersion().toString());
        assertEquals("9.0.0", driverVersion());
        assertTrue(copiesOfTheFakeDriver().get(0).adapt(BundleStartLevel.class).isPersistentlyStarted());

        UpdateView other = updated(Path.of(System.getProperty("karaf.home"), "etc/config.properties"));
        assertEquals(other.toString(), UpdateState.ROLLED_BACK, other.state());
        assertTrue(other.toString(), other.lines().toString().contains("is no bundle"));
        assertEquals("9.0.0", driverVersion());
    }

    @Test
    public void whatAnUpdateThatWasKilledLeftIsRemovedAtTheNextStart() throws Exception {
        Bundle onTrial = context.installBundle(Variant.of("7.0.0", "").toUri() + "#driver-update-1");
        onTrial.start(Bundle.START_TRANSIENT);
        Bundle accepted = context.installBundle(Variant.of("7.5.0", "").toUri() + "#driver-update-2");
        accepted.start();
        Bundle core = ours().stream()
                .filter(bundle -> bundle.getSymbolicName().equals("org.isthmus.core"))
                .findFirst()
                .orElseThrow();

        core.stop();
        onTrial.stop(Bundle.STOP_TRANSIENT);
        core.start();

        assertTrue(
                "the trial stays",
                Container.becomes(() -> context.getBundle(onTrial.getBundleId()) == null && status("/readyz") == 200));
        assertTrue(
                "what was accepted did not replace what was there before",
                Container.becomes(() -> copiesOfTheFakeDriver().equals(List.of(accepted))));
    }

    @Test
    public void theClassesOfWhatWasSwappedAreLetGo() throws Exception {
        List<String> held = new ArrayList<>();
        for (String name : List.of("driver-fake", "driver-kvm", "driver-ovn", "driver-jclouds", "audit", "identity")) {
            Bundle bundle = ours().stream()
                    .filter(each -> each.getSymbolicName().equals("org.isthmus." + name))
                    .findFirst()
                    .orElseThrow();
            WeakReference<ClassLoader> before =
                    new WeakReference<>(bundle.adapt(BundleWiring.class).getClassLoader());
            // twice: the last one may be known to somebody until the next comes
            for (int i = 0; i < 2; i++) {
                try (InputStream content = Files.newInputStream(Variant.installed(name))) {
                    bundle.update(content);
                }
                // fragments hold on to the version they were attached to until it is refreshed
                if (bundle.adapt(BundleRevisions.class).getRevisions().size() > 1) {
                    refresh(List.of(bundle));
                }
                assertTrue("not ready again", Container.becomes(() -> status("/readyz") == 200));
            }
            boolean gone = Container.becomes(() -> {
                System.gc();
                return before.get() == null;
            });
            if (!gone) {
                held.add(name);
            }
        }
        assertEquals(List.of(), held);
    }
}
