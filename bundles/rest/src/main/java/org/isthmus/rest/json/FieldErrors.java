// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.json;

import java.util.ArrayList;
import java.util.List;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.ProblemException.FieldError;

/** What is wrong with a request, gathered so that all of it can be mended at once. */
public final class FieldErrors {
    private static final int MOST = 100;
    private final List<FieldError> errors = new ArrayList<>();

    /** Adds one; after a hundred the rest is not told. */
    public void add(String pointer, String detail) {
        if (errors.size() < MOST) {
            errors.add(new FieldError(pointer, detail));
        }
    }

    public boolean isEmpty() {
        return errors.isEmpty();
    }

    /** MALFORMED with all of them, when there are any. */
    public void throwIfAny() {
        if (!errors.isEmpty()) {
            throw problem();
        }
    }

    private ProblemException problem() {
        FieldError first = errors.get(0);
        String where = first.pointer().isEmpty() ? "the request" : first.pointer();
        String more = errors.size() == 1 ? "" : " and " + (errors.size() - 1) + " more; see errors[]";
        return Problem.MALFORMED
                .because("%s", "Wrong at " + where + ": " + first.detail() + more)
                .with(List.copyOf(errors));
    }

    /** One step further down a JSON pointer (RFC 6901). */
    static String down(String pointer, String member) {
        return pointer + "/" + member.replace("~", "~0").replace("/", "~1");
    }
}
