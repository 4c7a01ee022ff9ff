// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.login;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import javax.security.auth.login.AppConfigurationEntry;
import javax.security.auth.login.AppConfigurationEntry.LoginModuleControlFlag;
import org.apache.karaf.jaas.boot.ProxyLoginModule;
import org.apache.karaf.jaas.config.JaasRealm;
import org.isthmus.shell.Services;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The realm {@code isthmus}, which etc/org.apache.karaf.shell.cfg names for SSH. At each activation there is a new local
 * key; without a folder it could be written to, the local console stays shut and operators log in all the same.
 */
@Component(service = JaasRealm.class, immediate = true)
public final class ShellRealm implements JaasRealm {
    /** As etc/org.apache.karaf.shell.cfg names it. */
    static final String NAME = "isthmus";

    private static final Logger LOG = LoggerFactory.getLogger(ShellRealm.class);

    private final AppConfigurationEntry entry;

    @Activate
    public ShellRealm(BundleContext context, @Reference Services services) {
        Doorkeeper doorkeeper = new Doorkeeper(services);
        String etc = context.getProperty("karaf.etc");
        if (etc == null) {
            LOG.warn("There is no karaf.etc, so there is no local key: bin/isthmus-shell cannot log in.");
        } else {
            try {
                doorkeeper.accept(LocalKey.make(Path.of(etc)));
            } catch (IOException | UnsupportedOperationException e) {
                LOG.warn(
                        "The local key could not be written to {}: bin/isthmus-shell cannot log in. {}",
                        etc,
                        e.toString());
            }
        }
        entry = new AppConfigurationEntry(
                ProxyLoginModule.class.getName(),
                LoginModuleControlFlag.REQUIRED,
                Map.of(
                        ProxyLoginModule.PROPERTY_MODULE,
                        ShellLoginModule.class.getName(),
                        ProxyLoginModule.PROPERTY_BUNDLE,
                        Long.toString(context.getBundle().getBundleId()),
                        ShellLoginModule.DOORKEEPER,
                        doorkeeper));
    }

    @Override
    public String getName() {
        return NAME;
    }

    @Override
    public int getRank() {
        return 0;
    }

    @Override
    public AppConfigurationEntry[] getEntries() {
        return new AppConfigurationEntry[] {entry};
    }
}
