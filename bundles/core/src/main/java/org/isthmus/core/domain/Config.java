// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.domain;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What can be set in {@code etc/org.isthmus.core.domain.cfg}. */
@ObjectClassDefinition(name = "Isthmus domain", description = "Locations, networks, images and servers.")
public @interface Config {
    @AttributeDefinition(
            description =
                    "Directory for the content of images; several controllers share it. Relative to the installation.")
    String images() default "images";

    @AttributeDefinition(
            description =
                    "The key that seals secrets in the database; made on the first start. Keep a copy apart from the"
                            + " database's. Relative to the installation.")
    String key_file() default "etc/isthmus-secrets.key";

    @AttributeDefinition(
            description = "Directory for the drivers' caches; it may be emptied. Relative to the installation.")
    String cache() default "data/isthmus-cache";

    @AttributeDefinition(description = "Largest content of one image in GiB: 1 to 65536.")
    int largest_image_gib() default 256;

    @AttributeDefinition(
            description =
                    "Largest disk of an uploaded image in GiB, as a guest sees it, whatever its content takes: 1 to 65536.")
    int largest_disk_gib() default 2048;

    @AttributeDefinition(
            description = "Whether images may be fetched from addresses that begin with http, unencrypted.")
    boolean fetch_http() default false;

    @AttributeDefinition(
            description =
                    "Private networks that images may be fetched from, as 10.1.0.0/16 or fd00::/8, one comma between them:"
                            + " what is not on the public Internet is refused otherwise. Whoever may make images can send"
                            + " requests there.")
    String fetch_networks() default "";

    @AttributeDefinition(
            description =
                    "Networks that images may not be fetched from, whatever fetch.networks says: management networks with"
                            + " public addresses, public addresses of this machine that are not on its interfaces.")
    String fetch_refused() default "";

    @AttributeDefinition(
            description = "How long a guest has to shut down before power is cut: an ISO 8601 duration, PT0S to PT1H.")
    String stop_patience() default "PT2M";

    @AttributeDefinition(description = "The same, when its server is being deleted: PT0S to PT1H.")
    String delete_patience() default "PT30S";

    @AttributeDefinition(description = "How long a new server has to be on and plugged in: PT1S to PT25M.")
    String verify_patience() default "PT2M";

    @AttributeDefinition(description = "Pause between two rounds of asking endpoints how they are: PT1S to PT1H.")
    String watch_interval() default "PT30S";

    @AttributeDefinition(
            description = "Pause between two rounds of comparing records with what is below: PT1S to PT24H.")
    String reconcile_interval() default "PT1M";

    @AttributeDefinition(
            description = "How long an SSH certificate for root in a server is good at most: PT10S to PT12H.")
    String certificate_validity() default "PT1H";

    @AttributeDefinition(description = "How many of them a user is given at most in an hour: 1 to 10000.")
    int certificates_per_hour() default 60;
}
