// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.webhook;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What can be set in {@code etc/org.isthmus.core.webhook.cfg}. */
@ObjectClassDefinition(name = "Isthmus webhooks", description = "Where events may be sent.")
public @interface Config {
    @AttributeDefinition(description = "Whether webhooks may have addresses that begin with http, unencrypted.")
    boolean http() default false;

    @AttributeDefinition(
            description =
                    "Private networks that webhooks may reach, as 10.1.0.0/16 or fd00::/8, one comma between them: what is"
                            + " not on the public Internet is refused otherwise. Whoever may make webhooks can send"
                            + " requests there.")
    String networks() default "";

    @AttributeDefinition(
            description =
                    "Networks that webhooks may not reach, whatever networks says: management networks with public addresses,"
                            + " public addresses of this machine that are not on its interfaces.")
    String refused() default "";

    @AttributeDefinition(description = "How long one delivery may take: an ISO 8601 duration, PT1S to PT30S.")
    String timeout() default "PT10S";
}
