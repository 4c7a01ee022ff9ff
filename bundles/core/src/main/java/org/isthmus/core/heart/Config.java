// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.heart;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What can be set in {@code etc/org.isthmus.core.cfg}. */
@ObjectClassDefinition(name = "Isthmus core", description = "How operations are run.")
public @interface Config {
    @AttributeDefinition(
            description =
                    "This controller's name among several on one database: at most 40 characters; empty for the name of"
                            + " the machine. What a killed run of the same name was doing is taken over soon.")
    String node() default "";

    @AttributeDefinition(description = "How many operations run at once: 1 to 64.")
    int worker_threads() default 8;

    @AttributeDefinition(
            description =
                    "How long a step may take before another controller may take over: an ISO 8601 duration, PT15S"
                            + " or more.")
    String worker_lease() default "PT30S";

    @AttributeDefinition(description = "How often to look for operations that are due: PT0.1S to PT1M.")
    String worker_scan() default "PT0.5S";

    @AttributeDefinition(
            description =
                    "How long whoever made somebody's account or token, set their password or took their second factor"
                            + " counts as able to be them, where a second person must approve something: PT0S to P30D.")
    String approvals_apart() default "P3D";
}
