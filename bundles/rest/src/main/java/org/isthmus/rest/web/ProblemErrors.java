// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.web;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.model.Ids;
import org.isthmus.rest.http.Problems;
import org.isthmus.rest.http.Reply;
import org.isthmus.rest.http.SecurityHeaders;

/** What the web server itself refuses, such as an address that is no address, is answered as a problem, never as HTML. */
final class ProblemErrors extends ErrorHandler {
    private final Ids ids;

    ProblemErrors(Ids ids) {
        this.ids = ids;
        setShowStacks(false);
        setShowServlet(false);
    }

    @Override
    public boolean errorPageForMethod(String method) {
        return true;
    }

    @Override
    public void doError(String target, Request base, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        String requestId = ids.uuid().toString();
        base.setHandled(true);
        int status = response.getStatus();
        Reply reply = Problems.reply(problem(status), requestId).with("X-Request-Id", requestId);
        Written.problem(reply, response);
    }

    @Override
    public ByteBuffer badMessageError(int status, String reason, HttpFields fields) {
        String requestId = ids.uuid().toString();
        Reply reply = Problems.reply(problem(status), requestId).with("X-Request-Id", requestId);
        // the status is on its way already, also one that none of our types has, such as 431: the document repeats it
        reply.json().ifPresent(document -> ((ObjectNode) document).put("status", status));
        SecurityHeaders.ALL.forEach(fields::put);
        reply.headers().forEach(fields::put);
        fields.put(HttpHeader.CONTENT_TYPE, Reply.PROBLEM);
        return ByteBuffer.wrap(reply.bytes().orElseThrow());
    }

    private static ProblemException problem(int status) {
        return switch (status) {
            case 404 -> Problem.NOT_FOUND.because("There is nothing at this path.");
            case 405 -> Problem.METHOD_NOT_ALLOWED.because("No path takes this method.");
            case 413, 414, 431 -> Problem.TOO_LARGE.because("The address or the headers of the request are too long.");
            case 503 -> Problem.UNAVAILABLE.because("The controller is starting or stopping; try again in a moment.");
            default -> status >= 500
                    ? Problem.INTERNAL.because("Something broke that should not. Tell the operator the request id.")
                    : Problem.MALFORMED.because("The request is not HTTP as we take it.");
        };
    }
}
