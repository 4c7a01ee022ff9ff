// SPDX-License-Identifier: Apache-2.0
package org.isthmus.store.copy;

import java.sql.DriverManager;

/** A process that has a Derby open until it is killed, as a running controller has. */
final class HeldDatabase {
    private HeldDatabase() {}

    public static void main(String[] arguments) throws Exception {
        DriverManager.getConnection("jdbc:derby:directory:" + arguments[0]);
        System.out.println("held");
        Thread.currentThread().join();
    }
}
