// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.setting;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What can be set in {@code etc/org.isthmus.identity.cfg}. */
@ObjectClassDefinition(name = "Isthmus identity", description = "Logins, passwords and sessions.")
public @interface Config {
    @AttributeDefinition(
            name = "Length of a session",
            description = "How long a login lasts: an ISO 8601 duration, PT1M to P30D.")
    String session_length() default "PT12H";

    @AttributeDefinition(
            name = "Administrator's first password",
            description =
                    "The file, readable by its owner only, into which the first start writes the password of admin@platform. Relative to the installation.")
    String password_file() default "etc/isthmus-admin-password";

    @AttributeDefinition(
            name = "Argon2id memory",
            description = "KiB a password hash takes: 8192 to 1048576. Raised, hashes are renewed at the next login.")
    int argon2_memory() default 19456;

    @AttributeDefinition(name = "Argon2id iterations", description = "Passes over that memory: 1 to 20.")
    int argon2_iterations() default 2;

    @AttributeDefinition(name = "Argon2id lanes", description = "Independent lanes: 1 to 16.")
    int argon2_parallelism() default 1;

    @AttributeDefinition(
            name = "Parallel logins",
            description = "How many passwords are hashed at a time, so that logins never take all memory: 1 to 64.")
    int parallel_logins() default 4;

    @AttributeDefinition(
            name = "Wait for a login",
            description = "How long a login waits for its turn before it is told to come back: PT0S to PT30S.")
    String login_wait() default "PT5S";

    @AttributeDefinition(
            name = "Age of rights",
            description =
                    "How old rights in memory may be before another controller's changes are looked for: PT0S to PT1S.")
    String rights_recheck() default "PT0.2S";

    @AttributeDefinition(
            name = "Age of tokens",
            description =
                    "How long a bearer token is trusted before another controller's revocations are looked for: PT0S to PT5S.")
    String token_recheck() default "PT2S";

    @AttributeDefinition(
            name = "Directories on this machine",
            description =
                    "Whether a directory that an organization links may be at a loopback address: true or false. Its administrators would reach what listens there.")
    String directories_loopback() default "false";

    @AttributeDefinition(
            name = "Keys count",
            description =
                    "How long whoever made an account or a token, set a password or took a second factor counts as able to be that one, where two persons are asked for: PT0S to P31D.")
    String keys_apart() default "P3D";

    @AttributeDefinition(
            name = "Longest break-glass",
            description = "For how long somebody holds a role by break-glass at most: PT5M to PT4H.")
    String break_glass_longest() default "PT4H";
}
