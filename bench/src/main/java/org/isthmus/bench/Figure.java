// SPDX-License-Identifier: Apache-2.0
package org.isthmus.bench;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/** What is measured, and what is wished of it on two cores. */
enum Figure {
    COLD("cold start to the first answer that reads the database", Unit.S, 6),
    WARM("restart to the first answer that reads the database", Unit.S, 4),
    CREATE("create a server until it runs, one at a time", Unit.MS, 40),
    CREATES("1,000 creates at concurrency 8 until all run", Unit.PER_SECOND, 300),
    LIST_200("whole list of 200 servers", Unit.MS, 5),
    LIST_1000("whole list of 1,000 servers", Unit.MS, 15),
    PAGE("a page of 100 out of many servers", Unit.MS, 20),
    GET_1("GET one server, 1 client, keep-alive", Unit.PER_SECOND),
    GET_8("GET one server, 8 clients, keep-alive", Unit.PER_SECOND, 5000),
    GET_1_NEW("GET one server, 1 client, a connection each", Unit.PER_SECOND),
    GET_8_NEW("GET one server, 8 clients, a connection each", Unit.PER_SECOND),
    LOGIN("login (Argon2id as it ships)", Unit.MS),
    TOKEN("token check, 8 threads", Unit.PER_SECOND, 10_000),
    DECISION("gate decision with 10,000 grants (99th percentile)", Unit.MICROS, 50),
    USERS("a page of 100 out of 10,000 users, in process", Unit.MS, 20),
    FSYNC("a write and fsync of an entry's size in the same folder: the baseline", Unit.PER_SECOND),
    AUDIT_1("audit appends, 1 client", Unit.PER_SECOND),
    AUDIT_8("audit appends, 8 clients", Unit.PER_SECOND),
    AUDIT_32("audit appends, 32 clients", Unit.PER_SECOND, 2000, 5000),
    AUDIT_PLACED("audit entries in their place of the log, appended by 32 clients", Unit.PER_SECOND),
    RSS("resident memory", Unit.MB, 512),
    KVM("create a server until it runs on KVM and OVN", Unit.MS),
    KVM_RAW("the same, done by libvirt and OVN alone", Unit.MS),
    KVM_SHARE("our share of a create on KVM and OVN", Unit.MS, 300);

    /** What a figure is counted in. */
    enum Unit {
        S("s", true),
        MS("ms", true),
        MICROS("µs", true),
        MB("MB", true),
        PER_SECOND("/s", false);

        private final String text;
        private final boolean lessIsBetter;

        Unit(String text, boolean lessIsBetter) {
            this.text = text;
            this.lessIsBetter = lessIsBetter;
        }

        String text() {
            return text;
        }

        boolean lessIsBetter() {
            return lessIsBetter;
        }
    }

    private final String meaning;
    private final Unit unit;
    private final OptionalDouble onDerby;
    private final OptionalDouble onPostgresql;

    Figure(String meaning, Unit unit) {
        this(meaning, unit, OptionalDouble.empty(), OptionalDouble.empty());
    }

    Figure(String meaning, Unit unit, double target) {
        this(meaning, unit, OptionalDouble.of(target), OptionalDouble.of(target));
    }

    Figure(String meaning, Unit unit, double onDerby, double onPostgresql) {
        this(meaning, unit, OptionalDouble.of(onDerby), OptionalDouble.of(onPostgresql));
    }

    Figure(String meaning, Unit unit, OptionalDouble onDerby, OptionalDouble onPostgresql) {
        this.meaning = meaning;
        this.unit = unit;
        this.onDerby = onDerby;
        this.onPostgresql = onPostgresql;
    }

    String meaning() {
        return meaning;
    }

    Unit unit() {
        return unit;
    }

    /** As it is written on the command line and in JSON. */
    String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Optional<Figure> of(String key) {
        for (Figure figure : values()) {
            if (figure.key().equals(key)) {
                return Optional.of(figure);
            }
        }
        return Optional.empty();
    }

    OptionalDouble target(Database.Kind on) {
        return on == Database.Kind.DERBY ? onDerby : onPostgresql;
    }

    boolean meets(double value, double target) {
        return unit.lessIsBetter() ? value <= target : value >= target;
    }
}
