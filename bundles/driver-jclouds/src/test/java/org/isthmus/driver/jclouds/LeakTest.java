// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.jclouds;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.isthmus.spi.Driver;
import org.isthmus.spi.DriverFactory;
import org.isthmus.spi.EndpointConfig;
import org.isthmus.spi.compute.ComputeDriver;
import org.isthmus.tck.HostContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an endpoint that is closed, and a version that is gone, leave behind: nothing. */
final class LeakTest {
    @TempDir
    private Path cache;

    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                // the JDK's own, of connections kept alive, and those of the clouds of these tests
                .filter(thread -> !thread.getName().startsWith("Keep-Alive"))
                .filter(thread -> !thread.getName().startsWith("pool-")
                        && !thread.getName().startsWith("HTTP-"))
                .map(thread -> thread.getName() + " " + thread.getId())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void lookAround(DriverFactory factory, EndpointConfig endpoint, Path cache) {
        try (HostContext context = new HostContext(Clock.systemUTC(), cache);
                Driver driver = factory.open(endpoint, context)) {
            driver.facet(ComputeDriver.class).orElseThrow().list();
            assertEquals(
                    Driver.Health.State.UP,
                    driver.health().state(),
                    driver.health().detail());
        }
    }

    @Test
    void noThreadIsLeftOfTwentyEndpointsThatWereClosed() {
        try (OpenStack openStack = new OpenStack();
                Ec2 ec2 = new Ec2()) {
            JcloudsDriverFactory factory = new JcloudsDriverFactory();
            Set<String> before = threads();

            for (int i = 0; i < 10; i++) {
                lookAround(factory, NovaContractTest.endpoint(openStack), cache);
                lookAround(factory, Ec2ContractTest.endpoint(ec2), cache);
            }

            Set<String> left = new TreeSet<>(threads());
            left.removeAll(before);
            assertEquals(Set.of(), left);
        }
    }

    /** The driver and jclouds by a class loader of its own, as a bundle has, and the contract by the one of the host. */
    private static final class Version extends URLClassLoader {
        private Version(URL[] urls) {
            super(urls, LeakTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            boolean own = name.startsWith("org.isthmus.driver.jclouds.")
                    || name.startsWith("org.jclouds.")
                    || name.startsWith("com.google.")
                    || name.startsWith("jakarta.")
                    || name.startsWith("org.aopalliance.");
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                if (known != null) {
                    return known;
                }
                return own ? findClass(name) : super.loadClass(name, resolve);
            }
        }
    }

    private static URL[] classPath() throws MalformedURLException {
        List<URL> urls = new ArrayList<>();
        for (String entry : System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                .split(File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        return urls.toArray(new URL[0]);
    }

    private WeakReference<ClassLoader> used(EndpointConfig... endpoints) throws Exception {
        try (Version version = new Version(classPath())) {
            DriverFactory factory = (DriverFactory) version.loadClass(JcloudsDriverFactory.class.getName())
                    .getDeclaredConstructor()
                    .newInstance();
            assertTrue(factory.getClass().getClassLoader() == version, "the version is the one that is asked");
            for (EndpointConfig endpoint : endpoints) {
                lookAround(factory, endpoint, cache);
            }
            return new WeakReference<>(version);
        }
    }

    @Test
    void theClassesOfAVersionThatIsGoneAreLetGo() throws Exception {
        try (OpenStack openStack = new OpenStack();
                Ec2 ec2 = new Ec2()) {
            List<WeakReference<ClassLoader>> versions = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                versions.add(used(NovaContractTest.endpoint(openStack), Ec2ContractTest.endpoint(ec2)));
            }

            for (int i = 0; i < 20 && versions.stream().anyMatch(one -> one.get() != null); i++) {
                System.gc();
            }

            assertEquals(0, versions.stream().filter(one -> one.get() != null).count());
        }
    }
}
