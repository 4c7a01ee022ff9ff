// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.AttributeType;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What can be set in {@code etc/org.isthmus.store.cfg}. */
@ObjectClassDefinition(name = "Database", description = "Where everything that must not be lost is kept.")
@interface Config {
    @AttributeDefinition(
            description =
                    "jdbc:postgresql://HOST[:PORT]/DATABASE[?OPTIONS]. Empty: embedded Derby, for one machine, in the"
                            + " folder database/ of the installation.")
    String url() default "";

    @AttributeDefinition(description = "PostgreSQL's user for the controller, who owns the database.")
    String user() default "";

    @AttributeDefinition(description = "That user's password.", type = AttributeType.PASSWORD)
    String password() default "";

    @AttributeDefinition(
            description =
                    "Connections: 2 to 100. Each request and each running step of an operation holds at most one.")
    int connections() default 20;

    @AttributeDefinition(
            description = "How long a request waits for a connection before it is refused with 503: PT0.25S to PT1M.")
    String connection_timeout() default "PT5S";
}
