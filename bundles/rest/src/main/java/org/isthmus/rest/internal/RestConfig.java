// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.internal;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.AttributeType;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Where REST listens. Changes are applied at once. */
@ObjectClassDefinition(name = "Isthmus REST", description = "Where the REST API listens.")
@interface RestConfig {
    @AttributeDefinition(name = "HTTPS", description = "Listen for HTTPS.")
    boolean https_enabled() default true;

    @AttributeDefinition(name = "HTTPS port")
    int https_port() default 8443;

    @AttributeDefinition(name = "HTTPS address", description = "Of an interface of this machine; 0.0.0.0 for all.")
    String https_address() default "0.0.0.0";

    @AttributeDefinition(name = "HTTP", description = "Listen for plain HTTP on the loopback interface.")
    boolean http_enabled() default true;

    @AttributeDefinition(name = "HTTP port")
    int http_port() default 8080;

    @AttributeDefinition(
            name = "Key store",
            description = "PKCS#12 or JKS file with the server's key and certificate; empty: a certificate of our own.")
    String tls_keystore() default "";

    @AttributeDefinition(
            name = "Key store password",
            type = AttributeType.PASSWORD,
            description = "Of the configured key store.")
    String tls_password() default "";

    @AttributeDefinition(
            name = "Requests at once",
            description = "4 to 128, half of them for one user; 0: eight for each processor, at least 16.")
    int requests_at_once() default 0;

    @AttributeDefinition(name = "Waiting requests", description = "Of one user or address: 8 to 192.")
    int requests_waiting() default 96;

    @AttributeDefinition(name = "Requests a second", description = "Of one user; 0: any number.")
    int requests_per_second() default 10_000;

    @AttributeDefinition(
            name = "Strangers' requests a second",
            description = "From one address without a login that is known; 0: any number.")
    int strangers_per_second() default 200;

    @AttributeDefinition(name = "Connections", description = "All together: 16 or more.")
    int connections() default 4096;

    @AttributeDefinition(name = "Connections of one address", description = "8 or more.")
    int connections_per_address() default 1024;

    @AttributeDefinition(
            name = "Folder of our own certificate",
            description =
                    "Holds keystore.p12, its password and certificate.pem, made at first start; from karaf.base on.")
    String tls_folder() default "etc/tls";

    @AttributeDefinition(
            name = "Notice of a shutdown",
            description =
                    "How long a controller that stops says so (/readyz is 503, connections are closed after an answer)"
                            + " before it lets nobody in any more: an ISO 8601 duration, PT0S to PT5M.")
    String shutdown_notice() default "PT5S";
}
