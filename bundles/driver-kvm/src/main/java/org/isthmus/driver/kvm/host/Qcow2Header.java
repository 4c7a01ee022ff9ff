// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.host;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/**
 * The part of a qcow2 file that could make a guest's disk out of somebody else's file. An image that names another file,
 * below it or for its data, is refused: the host would open that file, whatever it is, and show it to the guest.
 */
final class Qcow2Header {
    private static final int MAGIC = 0x514649fb;
    private static final int VERSION_3 = 3;
    private static final int EXTERNAL_DATA_FILE = 1 << 2;
    /** From the end of the backing file's offset up to the features of version 3. */
    private static final int BETWEEN = 72 - 16;

    private Qcow2Header() {}

    /**
     * Reads the header.
     *
     * @throws DriverException INVALID when it is no qcow2 file that stands alone
     */
    static void check(InputStream content) throws IOException {
        DataInputStream data = new DataInputStream(content);
        try {
            if (data.readInt() != MAGIC) {
                throw invalid("it does not begin like one");
            }
            int version = data.readInt();
            if (data.readLong() != 0) {
                throw invalid("it has a backing file; convert it into one that stands alone");
            }
            if (version >= VERSION_3) {
                data.readFully(new byte[BETWEEN]);
                if ((data.readLong() & EXTERNAL_DATA_FILE) != 0) {
                    throw invalid("it keeps its data in another file; convert it into one that stands alone");
                }
            }
        } catch (EOFException e) {
            throw new DriverException(Kind.INVALID, "The image is no usable qcow2 file: it is too short.", e);
        }
    }

    private static DriverException invalid(String why) {
        return new DriverException(Kind.INVALID, "The image is no usable qcow2 file: " + why + ".");
    }
}
