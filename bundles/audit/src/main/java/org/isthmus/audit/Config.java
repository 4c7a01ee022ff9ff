// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What can be set in {@code etc/org.isthmus.audit.cfg}. */
@ObjectClassDefinition(name = "Audit log", description = "The append-only, proved log of who did what.")
@interface Config {
    @AttributeDefinition(
            description = "The log's name in its checkpoints: no spaces and no plus sign. Never change it afterwards.")
    String origin() default "isthmus-audit";

    @AttributeDefinition(
            description =
                    "PKCS#12 file with the Ed25519 key that signs checkpoints; made on the first start. Relative to"
                            + " the installation.")
    String key_file() default "etc/audit-key.p12";

    @AttributeDefinition(description = "File with the password of the key file; made on the first start.")
    String password_file() default "etc/audit-key.password";

    @AttributeDefinition(
            description =
                    "Most entries that get their place in one transaction, during which readers wait on Derby: 1 to 1000.")
    int batch() default 256;

    @AttributeDefinition(
            description =
                    "Refusals of one address in one organization that are recorded one by one each minute; more are"
                            + " counted, and the count is recorded: 1 to 100000.")
    int refusals_per_minute() default 60;
}
