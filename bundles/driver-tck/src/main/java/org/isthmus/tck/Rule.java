// SPDX-License-Identifier: Apache-2.0
package org.isthmus.tck;

import java.util.Locale;
import java.util.Optional;

/**
 * The numbered contract. Each rule is one sentence, one test method that begins with its number, and one line of the
 * integrator's guide; tests hold the three together.
 *
 * <p>Numbers are for good: a rule that goes leaves a gap.
 */
public enum Rule {
    D01("Health is an answer, never an exception."),
    D02("A facet claimed is found by facet() and named in capabilities() by its interface's simple name; no other is."),
    D03("Closing a driver twice is as closing it once."),
    D04("While the far end is away, health says DOWN or DEGRADED and why."),
    D05("Every call returns within 10 seconds."),
    D06("No message, memo or health text contains a secret."),

    C01("Create makes a server, stopped, on the host and with the CPUs, memory, disks and interfaces of its spec."),
    C02("find and list show a server with the server id and the token that made it."),
    C03("The same token makes one server, ever: whatever memo is lost or stale, said twice, or restarted between."),
    C04("Two threads that create with the same token make one server."),
    C05("Create of an existing server id under another token is CONFLICT."),
    C06("Create on a host the endpoint does not have is INVALID."),
    C07("A disk smaller than its image is INVALID."),
    C08("A server larger than its host is NO_CAPACITY."),
    C09("A create that failed leaves nothing that delete by server id would not remove."),
    C10("Two servers may have the same name."),
    C11("Delete removes a server whatever its power state; find and list no longer show it."),
    C12("Delete by server id alone removes it, also when create was begun and never answered."),
    C13("Delete of a server that never was is done."),
    C14("Delete of a server that is already deleted is done, under the same token and under another."),
    C15("Power on and off bring the server there."),
    C16("Power to where the server already is, is done."),
    C17("Restart happens once per token, and the server is on afterwards."),
    C18("Power of a server that is not there is NOT_FOUND."),
    C19("After a restart of the controller, list shows everything made, with ids and tokens."),
    C20("What somebody else made is never shown as managed, and what is managed always has its id and token."),
    C21("While the far end is away, find, list and capacity are UNAVAILABLE, never empty."),
    C22("Create while the far end is away is UNAVAILABLE, and done once when it is back."),
    C23("capacity names each host once, with what it has; the servers' host is among them."),
    C24("find of a server that never was is empty."),
    C25("Wishes for several servers, their calls interleaved, make one server each."),
    C26("The guest of a server that is off says no addresses, whatever it said before."),

    R01("Resize gives a stopped server other CPUs and memory."),
    R02("Resize to what the server already has is done."),
    R03("Resize of a running server is CONFLICT and changes nothing."),
    R04("Resize of a server that is not there is NOT_FOUND."),

    A01("Attach disk adds one disk of that id and size, however often it is said."),
    A02("Detach disk removes it; detach of a disk that is not there is done."),
    A03("Detach of the boot disk is INVALID."),
    A04("Grow disk makes it at least that large; it never shrinks."),
    A05("Attach nic adds one interface of that id and MAC, however often it is said."),
    A06("Detach nic removes it; detach of an interface that is not there is done."),
    A07("Attach and grow on a server that is not there are NOT_FOUND."),
    A08("A disk can be attached to a running server."),

    S01("Take snapshot makes one of that id, however often it is said; snapshots are listed oldest first."),
    S02("Revert leaves the server off, and happens once per token."),
    S03("Revert to a snapshot that is not there is NOT_FOUND."),
    S04("Delete snapshot removes it; delete of one that is not there is done."),
    S05("Delete of a server with snapshots removes all."),

    K01("A console of a server that is off is CONFLICT."),
    K02("A second console takes over: the first sees the end of its input."),
    K03("The console log is at most as long as asked."),

    M01("Counters are shown for servers that are on, and only for those."),
    M02("Counters of a running server only grow."),

    O01("Adopt makes an unmanaged server ours, with id and token."),
    O02("Adopt under the same token is done; of a server that is ours under another it is CONFLICT."),
    O03("Release takes our marks off and leaves the server there; release of what is not ours is done."),

    E01("Shape says CPUs, memory, disks and interfaces of a server, in the order in which its guest sees them."),
    E02("Export reads out every disk of the shape, whole; a raw one has its virtual size and begins with its image."),
    E03("An export comes to the same disks, whatever memo is lost, said twice, or restarted between."),
    E04("An export whose sink fails goes on where its bytes are kept, and changes nothing of the server."),
    E05("Export of a running server is CONFLICT and reads nothing."),
    E06("Shape and export of what is not there are NOT_FOUND, and so is export at a snapshot that is not there."),
    E07("Abandoning an export is done, begun or not, and leaves nothing of it below."),
    E08("Export at a snapshot reads a running server."),
    E09("While the far end is away, shape is UNAVAILABLE."),

    I01("Import makes a copy of an image; images shows it with the image's id, the token and the shape."),
    I02("The same token makes one copy, ever: whatever memo is lost or stale, said twice, or restarted between."),
    I03("Import of an image that is whole here under another token is CONFLICT."),
    I04("Content in a format that the driver does not take is INVALID and leaves nothing."),
    I05("Content that has another checksum than it says is refused and leaves nothing."),
    I06("A server of the copy has disks of the sizes wished and starts; content is not sent for it."),
    I07("Create of a template that is not there is NOT_FOUND."),
    I08("Remove image removes the copy by its id alone; absent is done; its servers go on."),
    I09("Remove image breaks off an import that never answered."),
    I10("After a restart of the controller, images shows every copy, with ids and tokens."),
    I11("While the far end is away, images is UNAVAILABLE, never empty."),

    N01("Ensure network makes it with its subnet; find and list show it with the token that made it."),
    N02("The same network is made once, ever: whatever memo is lost or stale, said twice, or restarted between."),
    N03("Two threads that ensure one network make one network."),
    N04("Ensure under another token brings a network to the form wanted, and it keeps the token that made it."),
    N05("Two networks may have the same subnet."),
    N06("Ensure port makes it with its MAC and address and answers a binding; find shows it with its token, not up."),
    N07("The same port is made once, ever: whatever memo is lost or stale, said twice, or restarted between."),
    N08("The binding of a port stays the same, also after a restart of the controller."),
    N09("Ensure under another token brings a port to the MAC and address wanted."),
    N10("A port on a network that is not there is NOT_FOUND."),
    N11("An address another port of the network holds is CONFLICT."),
    N12("A MAC another port of the network holds is CONFLICT."),
    N13("Ports of two networks may have the same address and MAC."),
    N14("An address outside the network's subnet is INVALID."),
    N15("Two threads that want one address for two ports: one gets it, the other is CONFLICT."),
    N16("Remove port removes it, and its address is free again."),
    N17("Remove of a port that is not there is done, also when its network is not there."),
    N18("Remove of a network with ports is CONFLICT and leaves them."),
    N19("Remove network removes it; find and list no longer show it."),
    N20("Remove of a network that is not there is done."),
    N21("After a restart of the controller, list shows every network and port made, with tokens."),
    N22("Networks somebody else made are not shown."),
    N23("While the far end is away, find and list are UNAVAILABLE, never empty."),
    N24("Ensure while the far end is away is UNAVAILABLE, and done once when it is back."),
    N25("find of a network that never was is empty.");

    private final String sentence;

    Rule(String sentence) {
        this.sentence = sentence;
    }

    /** The rule, as a sentence. */
    public String sentence() {
        return sentence;
    }

    /** What the rule is about. */
    public Area area() {
        return Area.of(name().charAt(0));
    }

    /** The rule a test method checks, by its name: {@code c03_…} is C03. */
    public static Optional<Rule> ofTest(String method) {
        int end = method.indexOf('_');
        String number = end < 0 ? method : method.substring(0, end);
        for (Rule rule : values()) {
            if (rule.name().toLowerCase(Locale.ROOT).equals(number)) {
                return Optional.of(rule);
            }
        }
        return Optional.empty();
    }

    /** What rules are about, by their first letter. */
    public enum Area {
        EVERY_DRIVER('D', "Every driver"),
        COMPUTE('C', "Compute"),
        RESIZABLE('R', "Facet Resizable"),
        ATTACHABLE('A', "Facet Attachable"),
        SNAPSHOTS('S', "Facet Snapshots"),
        CONSOLE('K', "Facet Console"),
        METERED('M', "Facet Metered"),
        ADOPTABLE('O', "Facet Adoptable"),
        IMAGE_EXPORT('E', "Facet ImageExport"),
        IMAGE_IMPORT('I', "Facet ImageImport"),
        NETWORK('N', "Network");

        private final char letter;
        private final String title;

        Area(char letter, String title) {
            this.letter = letter;
            this.title = title;
        }

        /** A heading. */
        public String title() {
            return title;
        }

        private static Area of(char letter) {
            for (Area area : values()) {
                if (area.letter == letter) {
                    return area;
                }
            }
            throw new IllegalArgumentException("No area has the letter " + letter + ".");
        }
    }
}
