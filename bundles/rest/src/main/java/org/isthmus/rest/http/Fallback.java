// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.io.IOException;
import javax.ws.rs.WebApplicationException;
import javax.ws.rs.core.Response;
import javax.ws.rs.ext.ExceptionMapper;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.model.Ids;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns what the JAX-RS framework itself refuses, such as a method nobody knows, into a problem document. */
public final class Fallback implements ExceptionMapper<Throwable> {
    private static final Logger LOG = LoggerFactory.getLogger(Fallback.class);
    private static final String METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";
    private final Ids ids;

    public Fallback(Ids ids) {
        this.ids = ids;
    }

    @Override
    public Response toResponse(Throwable thrown) {
        String requestId = ids.uuid().toString();
        if (thrown instanceof IOException) {
            LOG.debug("A client went away", thrown);
            return Response.serverError().build();
        }
        if (!(thrown instanceof WebApplicationException)) {
            LOG.error("Request {} failed", requestId, thrown);
        }
        ProblemException problem = problem(thrown);
        Reply reply = Problems.reply(problem, requestId);
        if (problem.type() == Problem.METHOD_NOT_ALLOWED) {
            reply = reply.with("Allow", METHODS);
        }
        Response.ResponseBuilder response = Response.status(reply.status());
        SecurityHeaders.ALL.forEach(response::header);
        reply.headers().forEach(response::header);
        return response.header("X-Request-Id", requestId)
                .header("Content-Type", Reply.PROBLEM)
                .entity(reply.bytes().orElseThrow())
                .build();
    }

    private static ProblemException problem(Throwable thrown) {
        int status = thrown instanceof WebApplicationException known
                ? known.getResponse().getStatus()
                : 500;
        return switch (status) {
            case 404 -> Problem.NOT_FOUND.because("There is nothing at this path.");
            case 405 -> Problem.METHOD_NOT_ALLOWED.because("No path takes this method.");
            case 406 -> Problem.NOT_ACCEPTABLE.because("Ask for application/json.");
            case 415 -> Problem.UNSUPPORTED_MEDIA_TYPE.because("Send application/json.");
            case 500, 503 -> Problem.INTERNAL.because(
                    "Something broke that should not. Tell the operator the request id.");
            default -> Problem.MALFORMED.because("The request cannot be read.");
        };
    }
}
