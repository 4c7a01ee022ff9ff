// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.web;

import javax.servlet.ReadListener;
import javax.servlet.ServletInputStream;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletRequestWrapper;
import org.isthmus.rest.http.Door;

/**
 * What CXF is shown of a request: everything but its body. Before it answers CXF copies what is left of a body into memory or
 * a temporary file, without limit, also for those who were refused at the door.
 */
final class Bodiless extends HttpServletRequestWrapper {
    Bodiless(HttpServletRequest request) {
        super(request);
        request.setAttribute(Door.REQUEST, request);
    }

    @Override
    public ServletInputStream getInputStream() {
        return new Nothing();
    }

    @Override
    public int getContentLength() {
        return 0;
    }

    @Override
    public long getContentLengthLong() {
        return 0;
    }

    private static final class Nothing extends ServletInputStream {
        @Override
        public int read() {
            return -1;
        }

        @Override
        public boolean isFinished() {
            return true;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {
            throw new IllegalStateException("There is nothing to read");
        }
    }
}
