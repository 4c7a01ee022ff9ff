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
            name = "Folder of our own certificate",
            description =
                    "Holds keystore.p12, its password and certificate.pem, made at first start; from karaf.base on.")
    String tls_folder() default "etc/tls";
}
