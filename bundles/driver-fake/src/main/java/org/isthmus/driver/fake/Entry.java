// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.fake;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One line of the ledger. Empty texts and lists are left out of the line, and so are absent objects: {@code server},
 * {@code network} and {@code image} may be null here and nowhere else, because that is what their absence in JSON is.
 *
 * @param object the id of what the call is about
 * @param detail what else matters, such as the power wished for
 * @param marks what an effect made, changed or removed
 * @param server the server as an effect leaves it
 * @param network the network as an effect leaves it
 * @param image the image as an effect leaves it
 * @param gone the reference of the server or image, or the id of the network, an effect removed
 * @param faults of a FAULTS line: the keys of all faults of the endpoint {@code object} in force from here on; of a FIRED line: the one that fired
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
record Entry(
        Kind entry,
        String at,
        String verb,
        String token,
        String object,
        String detail,
        List<Mark> marks,
        FakeServer server,
        FakeNetwork network,
        FakeImage image,
        String gone,
        List<String> faults) {
    enum Kind {
        /** The first line of every ledger. */
        LEDGER,
        CALL,
        EFFECT,
        FIRED,
        FAULTS
    }

    /** What an effect did to one thing. */
    record Mark(Ledger.Thing thing, String object, Ledger.Change change) {}

    Entry {
        Objects.requireNonNull(entry, "entry");
        at = Objects.requireNonNullElse(at, "");
        verb = Objects.requireNonNullElse(verb, "");
        token = Objects.requireNonNullElse(token, "");
        object = Objects.requireNonNullElse(object, "");
        detail = Objects.requireNonNullElse(detail, "");
        marks = List.copyOf(Objects.requireNonNullElse(marks, List.of()));
        gone = Objects.requireNonNullElse(gone, "");
        faults = List.copyOf(Objects.requireNonNullElse(faults, List.of()));
    }

    static Entry header(String at) {
        return new Entry(
                Kind.LEDGER, at, "", "", "", "isthmus fake ledger 1", List.of(), null, null, null, "", List.of());
    }

    static Entry call(String at, Asked asked) {
        return new Entry(
                Kind.CALL,
                at,
                asked.verb().text(),
                asked.token(),
                asked.object(),
                asked.detail(),
                List.of(),
                null,
                null,
                null,
                "",
                List.of());
    }

    static Entry effect(String at, Asked asked, Effect effect) {
        return new Entry(
                Kind.EFFECT,
                at,
                asked.verb().text(),
                asked.token(),
                asked.object(),
                asked.detail(),
                effect.marks(),
                effect.server().orElse(null),
                effect.network().orElse(null),
                effect.image().orElse(null),
                effect.gone(),
                List.of());
    }

    static Entry fired(String at, Asked asked, String fault) {
        return new Entry(
                Kind.FIRED,
                at,
                asked.verb().text(),
                asked.token(),
                asked.object(),
                "",
                List.of(),
                null,
                null,
                null,
                "",
                List.of(fault));
    }

    static Entry faults(String at, String endpoint, List<String> keys) {
        return new Entry(Kind.FAULTS, at, "", "", endpoint, "", List.of(), null, null, null, "", keys);
    }

    Optional<FakeServer> leavesServer() {
        return Optional.ofNullable(server);
    }

    Optional<FakeNetwork> leavesNetwork() {
        return Optional.ofNullable(network);
    }

    Optional<FakeImage> leavesImage() {
        return Optional.ofNullable(image);
    }

    /** What was asked: the verb, the token (empty for questions), the object's id and a word more. */
    record Asked(Verb verb, String token, String object, String detail) {}

    /** What an answer changes below. */
    record Effect(
            List<Mark> marks,
            Optional<FakeServer> server,
            Optional<FakeNetwork> network,
            Optional<FakeImage> image,
            String gone) {
        static Effect leaves(FakeServer server, Mark... marks) {
            return new Effect(List.of(marks), Optional.of(server), Optional.empty(), Optional.empty(), "");
        }

        static Effect leaves(FakeNetwork network, Mark... marks) {
            return new Effect(List.of(marks), Optional.empty(), Optional.of(network), Optional.empty(), "");
        }

        static Effect leaves(FakeImage image, Mark... marks) {
            return new Effect(List.of(marks), Optional.empty(), Optional.empty(), Optional.of(image), "");
        }

        static Effect removes(String refOrNetwork, List<Mark> marks) {
            return new Effect(List.copyOf(marks), Optional.empty(), Optional.empty(), Optional.empty(), refOrNetwork);
        }
    }
}
