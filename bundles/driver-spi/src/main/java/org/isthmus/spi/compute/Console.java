// SPDX-License-Identifier: Apache-2.0
package org.isthmus.spi.compute;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.osgi.annotation.versioning.ConsumerType;

/** Facet: the server's serial console, to type at and to read back. */
@ConsumerType
public interface Console {
    /**
     * Opens the serial console. A second one takes it over: the first then sees the end of its input. The caller closes
     * it. CONFLICT when the server is off.
     */
    Session openConsole(String ref);

    /** The last bytes the console printed, at most {@code maxBytes} (1 to 1 MiB); empty when there are none. */
    byte[] consoleLog(String ref, int maxBytes);

    /** An open console. Reading blocks the reader's own thread; closing ends the reading. */
    interface Session extends Closeable {
        InputStream output();

        OutputStream input();

        @Override
        void close() throws IOException;
    }
}
