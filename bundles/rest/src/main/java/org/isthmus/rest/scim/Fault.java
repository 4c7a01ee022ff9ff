// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.scim;

import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;

/** What can be wrong with a SCIM request, by the words of RFC 7644, 3.12. */
enum Fault {
    INVALID_FILTER("invalidFilter", Problem.MALFORMED),
    TOO_MANY("tooMany", Problem.MALFORMED),
    UNIQUENESS("uniqueness", Problem.NAME_TAKEN),
    MUTABILITY("mutability", Problem.MALFORMED),
    INVALID_SYNTAX("invalidSyntax", Problem.MALFORMED),
    INVALID_PATH("invalidPath", Problem.MALFORMED),
    NO_TARGET("noTarget", Problem.MALFORMED),
    INVALID_VALUE("invalidValue", Problem.MALFORMED);

    private final String word;
    private final Problem type;

    Fault(String word, Problem type) {
        this.word = word;
        this.type = type;
    }

    ProblemException because(String detail, Object... arguments) {
        return type.because(detail, arguments).with("scimType", word);
    }
}
