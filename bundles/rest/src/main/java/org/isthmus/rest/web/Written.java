// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.web;

import java.io.IOException;
import javax.servlet.http.HttpServletResponse;
import org.isthmus.rest.http.Reply;
import org.isthmus.rest.http.SecurityHeaders;

/** Writes a problem straight into a servlet response, where no JAX-RS is at hand. */
final class Written {
    private Written() {}

    static void problem(Reply reply, HttpServletResponse response) throws IOException {
        response.setStatus(reply.status());
        SecurityHeaders.ALL.forEach(response::setHeader);
        reply.headers().forEach(response::setHeader);
        response.setContentType(reply.mediaType());
        byte[] body = reply.bytes().orElseThrow();
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}
