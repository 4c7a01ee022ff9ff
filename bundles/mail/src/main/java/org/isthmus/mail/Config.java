// SPDX-License-Identifier: Apache-2.0
package org.isthmus.mail;

import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** What can be set in {@code etc/org.isthmus.mail.cfg}. */
@ObjectClassDefinition(name = "Isthmus mail", description = "The server that takes mail to people.")
public @interface Config {
    @AttributeDefinition(description = "The mail server's name or address; empty: no mail is sent.")
    String host() default "";

    @AttributeDefinition(description = "Its port: 587 for STARTTLS, 465 for TLS from the beginning, 25 for neither.")
    int port() default 587;

    @AttributeDefinition(
            description =
                    "STARTTLS: encrypted after a greeting, and nothing is sent when the server cannot; TLS: encrypted from"
                            + " the beginning; NONE: not encrypted, for a server on this machine.")
    String tls() default "STARTTLS";

    @AttributeDefinition(description = "Who logs in there; empty: nobody.")
    String user() default "";

    @AttributeDefinition(
            description = "A file whose first line is the password; only the controller should be able to read it.")
    String password_file() default "";

    @AttributeDefinition(description = "Whom mail comes from, as isthmus@example.org; needed where there is a host.")
    String from() default "";
}
