// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.Console;
import org.isthmus.tck.ComputeBench.Made;
import org.junit.jupiter.api.Test;

/** The contract of {@link Console}, for a {@link ComputeContract} that claims it. */
public interface ConsoleContract extends FacetContract {
    @Test
    default void k01_aConsoleOfAServerThatIsOffIsAConflict() {
        Console console = bench().driver().offered(Console.class);
        Made made = bench().create();

        DriverException refusal = assertThrows(
                DriverException.class, () -> console.openConsole(made.ref()).close());
        assertEquals(Kind.CONFLICT, refusal.kind());
    }

    @Test
    default void k02_aSecondConsoleTakesOver() throws IOException {
        Console console = bench().driver().offered(Console.class);
        Made made = bench().running();

        try (Console.Session first = console.openConsole(made.ref());
                Console.Session second = console.openConsole(made.ref())) {
            InputStream output = first.output();
            assertTimeoutPreemptively(bench().subject().endOfInput(), () -> {
                while (output.read() >= 0) {
                    // what a guest printed before is read to its end
                }
            });
            second.input().flush();
        }
    }

    @Test
    default void k03_theLogIsAtMostAsLongAsAsked() {
        Console console = bench().driver().offered(Console.class);
        Made made = bench().running();

        assertTrue(console.consoleLog(made.ref(), 1).length <= 1);
        assertTrue(console.consoleLog(made.ref(), 4096).length <= 4096);
    }
}
