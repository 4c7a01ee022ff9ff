// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.location;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLConnection;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bundles of the framework we run in. What an update must not forget over a kill is kept where the framework keeps it:
 * in the address a bundle is known by, which is marked, and in whether it is started after a restart.
 */
public final class FrameworkBundles implements DriverBundles {
    private static final Logger LOG = LoggerFactory.getLogger(FrameworkBundles.class);
    /** A fragment of an address is not looked at by whoever opens it. */
    private static final String MARK = "#driver-update-";

    private static final int MOST_BYTES = 128 * 1024 * 1024;
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final Duration READ = Duration.ofSeconds(60);

    private final BundleContext context;

    public FrameworkBundles(BundleContext context) {
        this.context = context;
    }

    @Override
    public long install(String url, long beside) throws Unfit {
        Bundle present = context.getBundle(beside);
        if (present == null) {
            throw new Unfit("The present driver was uninstalled.");
        }
        byte[] content = read(url);
        check(url, content, present);
        Bundle made;
        try {
            made = context.installBundle(address(url), new ByteArrayInputStream(content));
        } catch (BundleException e) {
            throw new Unfit(url + " cannot be installed: " + e.getMessage());
        }
        made.adapt(BundleStartLevel.class)
                .setStartLevel(present.adapt(BundleStartLevel.class).getStartLevel());
        return made.getBundleId();
    }

    private String address(String url) {
        int number = 1;
        while (context.getBundle(url + MARK + number) != null) {
            number++;
        }
        return url + MARK + number;
    }

    private static byte[] read(String url) throws Unfit {
        long end = System.nanoTime() + READ.toNanos();
        try {
            URLConnection connection = new URL(url).openConnection();
            connection.setConnectTimeout((int) CONNECT.toMillis());
            connection.setReadTimeout((int) CONNECT.toMillis());
            connection.setUseCaches(false);
            try (InputStream in = connection.getInputStream()) {
                ByteArrayOutputStream content = new ByteArrayOutputStream();
                byte[] part = new byte[64 * 1024];
                for (int got = in.read(part); got >= 0; got = in.read(part)) {
                    content.write(part, 0, got);
                    if (content.size() > MOST_BYTES) {
                        throw new Unfit(url + " has more than " + MOST_BYTES + " bytes.");
                    }
                    if (System.nanoTime() > end) {
                        throw new Unfit(url + " was not read within " + READ.toSeconds() + " s.");
                    }
                }
                return content.toByteArray();
            }
        } catch (IOException e) {
            throw new Unfit(url + " cannot be read: " + e);
        }
    }

    private static void check(String url, byte[] content, Bundle present) throws Unfit {
        String name;
        try {
            name = symbolicName(content);
        } catch (IOException e) {
            throw new Unfit(url + " is no bundle: " + e.getMessage());
        }
        if (name.isEmpty()) {
            throw new Unfit(url + " is no bundle: its manifest has no " + Constants.BUNDLE_SYMBOLICNAME + ".");
        }
        if (!name.equals(present.getSymbolicName())) {
            throw new Unfit(url + " is " + name + ", and the present driver is " + present.getSymbolicName() + ".");
        }
    }

    private static String symbolicName(byte[] content) throws IOException {
        try (ZipInputStream jar = new ZipInputStream(new ByteArrayInputStream(content))) {
            for (ZipEntry entry = jar.getNextEntry(); entry != null; entry = jar.getNextEntry()) {
                if (entry.getName().equals(JarFile.MANIFEST_NAME)) {
                    String said = new Manifest(jar).getMainAttributes().getValue(Constants.BUNDLE_SYMBOLICNAME);
                    return said == null ? "" : said.split(";")[0].strip();
                }
            }
            return "";
        }
    }

    @Override
    public void start(long bundle) throws Unfit {
        start(bundle, Bundle.START_TRANSIENT | Bundle.START_ACTIVATION_POLICY);
    }

    @Override
    public void keep(long bundle) throws Unfit {
        start(bundle, Bundle.START_ACTIVATION_POLICY);
    }

    private void start(long number, int how) throws Unfit {
        Bundle bundle = context.getBundle(number);
        if (bundle == null) {
            throw new Unfit("Somebody uninstalled it.");
        }
        try {
            bundle.start(how);
        } catch (BundleException e) {
            throw new Unfit("It cannot be started: " + e.getMessage());
        }
    }

    @Override
    public boolean uninstall(long number) {
        Bundle bundle = context.getBundle(number);
        if (bundle == null) {
            return true;
        }
        try {
            bundle.uninstall();
            return true;
        } catch (BundleException | IllegalStateException e) {
            LOG.warn("Bundle {} could not be uninstalled: {}", bundle, e.toString());
            return context.getBundle(number) == null;
        }
    }

    @Override
    public void tidy() {
        Map<Boolean, List<Bundle>> byKept = Arrays.stream(context.getBundles())
                .filter(bundle -> bundle.getLocation().contains(MARK))
                .collect(Collectors.partitioningBy(
                        bundle -> bundle.adapt(BundleStartLevel.class).isPersistentlyStarted()));
        for (Bundle bundle : byKept.get(false)) {
            LOG.warn("Bundle {} was on trial when the controller ended; it is uninstalled", bundle);
            uninstall(bundle.getBundleId());
        }
        byKept.get(true).forEach(this::finish);
    }

    /** What was there before it, and was to go. */
    private void finish(Bundle accepted) {
        Arrays.stream(context.getBundles())
                .filter(bundle -> accepted.getSymbolicName().equals(bundle.getSymbolicName()))
                .filter(bundle -> bundle.getBundleId() < accepted.getBundleId())
                .forEach(bundle -> {
                    LOG.warn(
                            "Bundle {} was replaced by {} when the controller ended; it is uninstalled",
                            bundle,
                            accepted);
                    uninstall(bundle.getBundleId());
                });
    }
}
