// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What can be set in {@code etc/org.isthmus.identity.sso.cfg}. */
@ObjectClassDefinition(name = "Isthmus single sign-on", description = "Providers by which people log in.")
public @interface SsoConfig {
    @AttributeDefinition(
            name = "Providers on this machine",
            description =
                    "Whether a provider may be at this machine's own loopback address, and there without TLS: for trials only, because administrators of organizations name providers.")
    boolean loopback() default false;
}
