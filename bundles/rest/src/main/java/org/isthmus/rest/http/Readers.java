// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.http;

import java.io.IOException;
import java.io.OutputStream;
import javax.servlet.http.HttpServletRequest;

/**
 * Writes answers to those who asked. One who does not read holds the thread that writes, as long as the connection lives; so
 * each write takes a place, and of too many that wait the oldest is given up, with its connection.
 */
final class Readers {
    private final Places places = new Places("answers that are not read", 64, 32);

    void write(byte[] answer, OutputStream out, HttpServletRequest request) throws IOException {
        Patience patience = new Patience(request);
        Places.Place place = places.takeAnyway(Dispatcher.whose(request), patience::giveUp);
        try (patience; // after the place, with which nobody tells it to give up any more
                place) {
            out.write(answer);
            out.flush();
        }
    }
}
