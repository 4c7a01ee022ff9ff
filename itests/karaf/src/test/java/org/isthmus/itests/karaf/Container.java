// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.karaf;

import static org.ops4j.pax.exam.CoreOptions.maven;
import static org.ops4j.pax.exam.CoreOptions.vmOptions;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.configureConsole;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.editConfigurationFilePut;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.karafDistributionConfiguration;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.logLevel;

import java.io.File;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.karaf.options.LogLevelOption;

/** Our assembly in a container, with chosen features. */
final class Container {
    /** What every start has before ours: the probe must find a framework that has settled. */
    static final String KARAF = "wrap,bundle,config,feature,log,service,shell,ssh,scr";

    private Container() {}

    static Option[] with(int port, String features) {
        String karaf = System.getProperty("karaf.version");
        List<Option> options = new ArrayList<>();
        options.add(karafDistributionConfiguration()
                .frameworkUrl(maven("org.isthmus", "karaf-assembly")
                        .type("tar.gz")
                        .version(System.getProperty("project.version")))
                .name("isthmus")
                .unpackDirectory(new File("target/exam"))
                .useDeployFolder(false)
                .runEmbedded(false));
        options.add(logLevel(LogLevelOption.LogLevel.INFO));
        options.add(configureConsole().ignoreLocalConsole().ignoreRemoteShell());
        options.add(editConfigurationFilePut("etc/org.apache.karaf.features.cfg", "featuresBoot", features));
        options.add(editConfigurationFilePut("etc/org.isthmus.rest.cfg", "http.port", String.valueOf(port)));
        options.add(editConfigurationFilePut("etc/org.isthmus.rest.cfg", "https.port", String.valueOf(port + 1)));
        options.add(editConfigurationFilePut("etc/org.apache.karaf.shell.cfg", "sshPort", String.valueOf(port + 2)));
        // ours looks into its own system/ folder only; the probe's bundles are where Maven put them
        String maven = System.getProperty("org.ops4j.pax.url.mvn.localRepository");
        options.add(editConfigurationFilePut(
                "etc/org.ops4j.pax.url.mvn.cfg", "org.ops4j.pax.url.mvn.localRepository", maven));
        options.add(editConfigurationFilePut(
                "etc/org.ops4j.pax.url.mvn.cfg",
                "org.ops4j.pax.url.mvn.defaultRepositories",
                "file:${karaf.home}/system@id=system.repository@snapshots,file:" + maven + "@id=maven@snapshots"));
        // what bin/karaf gives the JVM; Pax Exam starts it without that script
        options.add(vmOptions(
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--add-reads=java.xml=java.logging",
                "--add-exports=java.base/org.apache.karaf.specs.locator=java.xml,ALL-UNNAMED",
                "--patch-module",
                "java.base=lib/endorsed/org.apache.karaf.specs.locator-" + karaf + ".jar",
                "--patch-module",
                "java.xml=lib/endorsed/org.apache.karaf.specs.java.xml-" + karaf + ".jar",
                "--add-opens",
                "java.base/java.security=ALL-UNNAMED",
                "--add-opens",
                "java.base/java.net=ALL-UNNAMED",
                "--add-opens",
                "java.base/java.lang=ALL-UNNAMED",
                "--add-opens",
                "java.base/java.util=ALL-UNNAMED",
                "--add-opens",
                "java.naming/javax.naming.spi=ALL-UNNAMED",
                "--add-opens",
                "java.rmi/sun.rmi.transport.tcp=ALL-UNNAMED",
                "--add-exports=java.base/sun.net.www.protocol.http=ALL-UNNAMED",
                "--add-exports=java.base/sun.net.www.protocol.https=ALL-UNNAMED",
                "--add-exports=java.base/sun.net.www.protocol.jar=ALL-UNNAMED",
                "--add-exports=jdk.naming.rmi/com.sun.jndi.url.rmi=ALL-UNNAMED",
                "-classpath",
                "lib/jdk9plus/*" + File.pathSeparator + "lib/boot/*"));
        return options.toArray(new Option[0]);
    }

    /** Looks again and again, a minute at most, without a fixed pause that is too long or too short. */
    static boolean becomes(BooleanSupplier condition) {
        Object never = new Object();
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            synchronized (never) {
                try {
                    TimeUnit.MILLISECONDS.timedWait(never, 100);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return false;
                }
            }
        }
        return true;
    }
}
