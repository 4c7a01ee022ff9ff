// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.Set;
import javax.servlet.http.HttpServletRequest;
import javax.ws.rs.DELETE;
import javax.ws.rs.GET;
import javax.ws.rs.HEAD;
import javax.ws.rs.OPTIONS;
import javax.ws.rs.PATCH;
import javax.ws.rs.POST;
import javax.ws.rs.PUT;
import javax.ws.rs.Path;
import javax.ws.rs.core.Context;
import javax.ws.rs.core.Response;
import javax.ws.rs.core.StreamingOutput;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one JAX-RS resource: every request comes in here, and the table says where it goes. */
@Path("/")
public final class Door {
    private static final Logger LOG = LoggerFactory.getLogger(Door.class);
    /** The attribute that holds the request as it came: CXF is only shown one without a body. */
    public static final String REQUEST = "org.isthmus.rest.request";

    /** What it takes. */
    static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    private final Dispatcher dispatcher;
    private final Readers readers = new Readers();

    public Door(Dispatcher dispatcher) {
        this.dispatcher = dispatcher;
    }

    @GET
    @Path("{path: .*}")
    public Response get(@Context HttpServletRequest request) {
        return handle(request);
    }

    @HEAD
    @Path("{path: .*}")
    public Response head(@Context HttpServletRequest request) {
        return handle(request);
    }

    @POST
    @Path("{path: .*}")
    public Response post(@Context HttpServletRequest request) {
        return handle(request);
    }

    @PUT
    @Path("{path: .*}")
    public Response put(@Context HttpServletRequest request) {
        return handle(request);
    }

    @PATCH
    @Path("{path: .*}")
    public Response patch(@Context HttpServletRequest request) {
        return handle(request);
    }

    @DELETE
    @Path("{path: .*}")
    public Response delete(@Context HttpServletRequest request) {
        return handle(request);
    }

    @OPTIONS
    @Path("{path: .*}")
    public Response options(@Context HttpServletRequest request) {
        return handle(request);
    }

    private Response handle(HttpServletRequest shown) {
        HttpServletRequest request = (HttpServletRequest) shown.getAttribute(REQUEST);
        Reply reply = dispatcher.answer(request);
        // a client that reads slowly keeps nobody from being worked on
        Dispatcher.leave(request);
        Response.ResponseBuilder response = Response.status(reply.status());
        SecurityHeaders.ALL.forEach(response::header);
        reply.headers().forEach(response::header);
        if (!reply.mediaType().isEmpty()) {
            response.header("Content-Type", reply.mediaType());
        }
        Optional<byte[]> bytes = reply.bytes();
        bytes.ifPresent(body -> response.header("Content-Length", body.length));
        Optional<Reply.Stream> body = bytes.<Reply.Stream>map(known -> out -> readers.write(known, out, request))
                .or(reply::stream);
        if (!request.getMethod().equals("HEAD")) {
            body.ifPresent(stream -> response.entity((StreamingOutput) out -> write(stream, out)));
        }
        return response.build();
    }

    /** A client that went away is no failure of ours; what it misses of a declared length, the web server tells it. */
    private static void write(Reply.Stream body, OutputStream out) {
        try {
            body.write(out);
            out.flush();
        } catch (IOException e) {
            LOG.debug("A client went away", e);
        } catch (RuntimeException e) {
            // the answer is under way: nothing else can be said any more
            LOG.warn("An answer broke off: {}", e.toString());
            LOG.debug("Because of", e);
        }
    }
}
