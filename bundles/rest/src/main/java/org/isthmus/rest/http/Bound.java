// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.io.IOException;
import org.isthmus.rest.json.Binder;

/** Reads the body of a route that is no change through the gate, such as a login. */
public final class Bound {
    private Bound() {}

    /** The body as its record; MALFORMED, TOO_LARGE or UNSUPPORTED_MEDIA_TYPE when it is none. */
    public static <B> B body(Call call, Class<B> type) throws IOException {
        return Binder.bind(call.json(), type);
    }
}
