// SPDX-License-Identifier: Apache-2.0
package org.isthmus.shell.complete;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** For a new name, an address, a number: there is nothing to offer, and what comes after it can still be completed. */
@Service
public final class Anything extends Offer {
    @Override
    protected Stream<String> words(Line line) {
        return Stream.empty();
    }
}
