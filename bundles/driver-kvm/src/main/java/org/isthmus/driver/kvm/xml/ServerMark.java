// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.xml;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.isthmus.model.Ids.ServerId;
import org.w3c.dom.Element;

/**
 * What the driver writes onto a domain, in an element of its own namespace in the domain's metadata: whose it is, what made
 * it, and which things were done to it once per token. It is all the memory the driver has of a server.
 *
 * @param name what people call the server
 * @param adopted true when somebody else made the domain
 * @param once what was begun or done once per token, oldest first; the last few
 */
public record ServerMark(ServerId server, String token, String host, String name, boolean adopted, List<Once> once) {
    public static final String NAMESPACE = "urn:isthmus:driver-kvm:1";
    public static final String PREFIX = "isthmus";
    /** A host repeats a call until it is done and keeps few under way on one server: more need not be remembered. */
    private static final int REMEMBERED = 16;

    public ServerMark {
        once = List.copyOf(once);
    }

    /**
     * Something that must happen once per token.
     *
     * @param deed what, such as {@code restart}
     * @param from the domain's run (libvirt's id of it) in which it was asked for; -1 when it was off
     */
    public record Once(String token, String deed, int from, boolean done) {}

    /** What is remembered of a token's deed. */
    public Optional<Once> once(String wanted, String deed) {
        return once.stream()
                .filter(entry -> entry.token().equals(wanted) && entry.deed().equals(deed))
                .findFirst();
    }

    /** The mark with this remembered in place of what it said of the same token and deed. */
    public ServerMark remembering(Once entry) {
        List<Once> all = new ArrayList<>(once);
        all.removeIf(old -> old.token().equals(entry.token()) && old.deed().equals(entry.deed()));
        all.add(entry);
        return new ServerMark(
                server, token, host, name, adopted, all.subList(Math.max(0, all.size() - REMEMBERED), all.size()));
    }

    /** As the text {@code virDomainSetMetadata} takes: libvirt adds the namespace itself. */
    public String text() {
        return Xml.write(fill(Xml.root("server")));
    }

    /** Adds it to the metadata of a domain being written. */
    void addTo(Element metadata) {
        Element element = metadata.getOwnerDocument().createElementNS(NAMESPACE, PREFIX + ":server");
        metadata.appendChild(element);
        fill(element);
    }

    /** Puts this mark in the place of the one in a domain's description. */
    public void replaceIn(Element domain) {
        Element metadata = Xml.at(domain, "metadata").orElseGet(() -> Xml.add(domain, "metadata"));
        for (Element old : Xml.children(metadata, "server")) {
            if (NAMESPACE.equals(old.getNamespaceURI())) {
                metadata.removeChild(old);
            }
        }
        addTo(metadata);
    }

    private Element fill(Element element) {
        element.setAttribute("id", server.value());
        element.setAttribute("token", token);
        element.setAttribute("host", host);
        element.setAttribute("name", name);
        element.setAttribute("adopted", String.valueOf(adopted));
        for (Once entry : once) {
            Xml.add(
                    element,
                    "once",
                    "token",
                    entry.token(),
                    "deed",
                    entry.deed(),
                    "from",
                    String.valueOf(entry.from()),
                    "done",
                    String.valueOf(entry.done()));
        }
        return element;
    }

    /** The mark on a domain, or empty when it carries none that can be read. */
    public static Optional<ServerMark> of(Element domain) {
        return Xml.at(domain, "metadata").stream()
                .flatMap(metadata -> Xml.children(metadata, "server").stream())
                .filter(element -> NAMESPACE.equals(element.getNamespaceURI()))
                .findFirst()
                .flatMap(ServerMark::read);
    }

    private static Optional<ServerMark> read(Element element) {
        try {
            List<Once> once = new ArrayList<>();
            for (Element entry : Xml.children(element, "once")) {
                once.add(new Once(
                        entry.getAttribute("token"),
                        entry.getAttribute("deed"),
                        Integer.parseInt(entry.getAttribute("from")),
                        Boolean.parseBoolean(entry.getAttribute("done"))));
            }
            return Optional.of(new ServerMark(
                    new ServerId(element.getAttribute("id")),
                    element.getAttribute("token"),
                    element.getAttribute("host"),
                    element.getAttribute("name"),
                    Boolean.parseBoolean(element.getAttribute("adopted")),
                    once));
        } catch (IllegalArgumentException e) {
            // somebody edited it by hand: not ours any more, and shown as unmanaged
            return Optional.empty();
        }
    }
}
