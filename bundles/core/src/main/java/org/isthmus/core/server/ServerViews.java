// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.isthmus.api.Ref;
import org.isthmus.api.price.Estimate;
import org.isthmus.api.price.Item;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.ServerView.DiskView;
import org.isthmus.api.server.ServerView.NicView;
import org.isthmus.core.lease.LeaseStore;
import org.isthmus.core.lease.LeaseStore.Mark;
import org.isthmus.core.network.Port;
import org.isthmus.core.network.PortStore;
import org.isthmus.core.price.PriceBook;
import org.isthmus.core.server.PartStore.Disk;
import org.isthmus.core.server.ServerStore.Version;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Page;
import org.isthmus.model.Recent;

/**
 * Servers as they are shown: however many, in the same few queries. Inside a transaction.
 *
 * <p>What is listed is kept, and holds for as long as the server's row has the same version: whatever changes its disks,
 * interfaces, tags or lease changes its version in the same transaction. The database is asked for versions every time, so that it
 * does not matter which controller changed what.
 */
final class ServerViews {
    private static final int MOST_KEPT = 10_000;
    /** With this much text it is a few kilobytes; one with more is read anew every time. */
    private static final int MOST_TEXT = 4_000;

    private static final int LONGEST_ADDRESS = 39;

    private final Recent<ServerId, Kept> kept = new Recent<>(MOST_KEPT);
    private final ServerStore servers;
    private final PartStore parts;
    private final PortStore ports;
    private final LeaseStore leases;
    private final PriceBook prices;

    ServerViews(ServerStore servers, PartStore parts, PortStore ports, LeaseStore leases, PriceBook prices) {
        this.servers = servers;
        this.parts = parts;
        this.ports = ports;
        this.leases = leases;
        this.prices = prices;
    }

    /** A view with its host, the same for those who may not see it, and the prices its estimate was made of. */
    private record Kept(ServerView full, ServerView shown, Estimate units) {
        boolean is(Version version, Estimate now) {
            return full.version() == version.version() && units.equals(now);
        }

        ServerView seen(boolean withHost) {
            return withHost ? full : shown;
        }
    }

    /**
     * A page of an organization's servers; {@code withHost} for those who may see it. Not in a transaction that has written:
     * what it is about to write must not be kept.
     */
    Page<ServerView> page(OrganizationId organization, Page<Version> page, boolean withHost) {
        List<Version> all = page.items();
        Estimate units = units(organization);
        Map<ServerId, Kept> good = new HashMap<>();
        List<ServerId> changed = new ArrayList<>();
        for (Version each : all) {
            kept.get(each.id())
                    .filter(known -> known.is(each, units))
                    .ifPresentOrElse(known -> good.put(each.id(), known), () -> changed.add(each.id()));
        }
        // the rows before their parts: a part that is newer than its row is never asked for by the row's version again
        for (ServerView full : of(servers.among(organization, changed), units)) {
            Kept fresh = new Kept(full, full.withoutHost(), units);
            good.put(full.id(), fresh);
            if (text(full) <= MOST_TEXT) {
                kept.put(full.id(), fresh);
            }
        }
        // one that is gone since its version was read is not shown
        List<ServerView> views = all.stream()
                .map(each -> good.get(each.id()))
                .filter(Objects::nonNull)
                .map(each -> each.seen(withHost))
                .toList();
        return new Page<>(views, page.next());
    }

    /** The characters of what its owners and its guest may write as long as they like. */
    private static int text(ServerView view) {
        int length = view.reason().map(String::length).orElse(0)
                + view.drift().map(String::length).orElse(0);
        for (String key : view.sshKeys()) {
            length += key.length();
        }
        for (NicView nic : view.nics()) {
            length += nic.guestAddresses().size() * LONGEST_ADDRESS;
        }
        for (Map.Entry<String, String> tag : view.tags().entrySet()) {
            length += tag.getKey().length() + tag.getValue().length();
        }
        return length;
    }

    /** One of them, by id or name. */
    ServerView one(OrganizationId organization, Ref ref, boolean withHost) {
        return servers.version(organization, ref)
                .flatMap(version -> page(organization, Page.last(List.of(version)), withHost).items().stream()
                        .findFirst())
                .orElseGet(() -> of(servers.must(organization, ref), withHost));
    }

    private List<ServerView> of(List<Server> all, Estimate each) {
        if (all.isEmpty()) {
            return List.of();
        }
        List<ServerId> ids = all.stream().map(Server::id).toList();
        Map<ServerId, List<Disk>> disks = parts.disks(ids);
        Map<ServerId, List<Port>> nics = ports.shown(ids);
        Map<String, Map<String, String>> tags = servers.tags(ids);
        Map<ServerId, Mark> marks = leases.marks(ids);
        List<ServerView> views = new ArrayList<>();
        for (Server server : all) {
            views.add(view(
                    server,
                    disks.get(server.id()),
                    nics.get(server.id()),
                    tags.get(server.id().value()),
                    Optional.ofNullable(marks.get(server.id())),
                    each));
        }
        return views;
    }

    ServerView of(Server server, boolean withHost) {
        ServerView full = of(List.of(server), units(server.organization())).get(0);
        return withHost ? full : full.withoutHost();
    }

    /** What one of each item costs: asked once for a whole list. */
    private Estimate units(OrganizationId organization) {
        Map<Item, Long> one = new EnumMap<>(Item.class);
        one.put(Item.CPU, 1L);
        one.put(Item.MEMORY_GIB, 1L);
        one.put(Item.STORAGE_GIB, 1L);
        return prices.estimate(organization, one);
    }

    private static Estimate estimate(Estimate units, Map<Item, Long> quantities) {
        List<Estimate.Line> lines = new ArrayList<>();
        for (Estimate.Line unit : units.items()) {
            long quantity = quantities.getOrDefault(unit.item(), 0L);
            if (quantity > 0) {
                lines.add(new Estimate.Line(unit.item(), quantity, unit.hourly().times(quantity)));
            }
        }
        return Estimate.of(units.hourly().currency(), lines);
    }

    private static ServerView view(
            Server server,
            List<Disk> disks,
            List<Port> nics,
            Map<String, String> tags,
            Optional<Mark> lease,
            Estimate units) {
        return new ServerView(
                server.id(),
                server.name(),
                server.organization(),
                server.department(),
                server.location(),
                server.state(),
                server.reason(),
                server.power().name(),
                server.flavor().cpus(),
                server.flavor().memoryMiB(),
                server.image(),
                disks.stream()
                        .map(disk -> new DiskView(disk.id(), disk.sizeGiB(), disk.boot()))
                        .toList(),
                nics.stream()
                        .map(port -> new NicView(
                                port.id(),
                                port.network(),
                                port.mac().value(),
                                Cidr.text(port.address()),
                                port.guestAddresses()))
                        .toList(),
                nics.stream().map(port -> Cidr.text(port.address())).toList(),
                server.sshKeys(),
                server.purpose(),
                tags,
                server.isProtected(),
                server.placement(),
                server.place().map(Server.Place::host),
                server.deletedUntil(),
                lease.flatMap(Mark::expiresAt),
                lease.map(Mark::lease),
                server.drift(),
                estimate(units, Charges.shown(server.state(), server.flavor(), Charges.diskGiB(disks))),
                server.createdAt(),
                server.createdBy(),
                server.version());
    }
}
