// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.server;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.api.price.Estimate;
import org.isthmus.api.price.Item;
import org.isthmus.api.server.ServerView;
import org.isthmus.api.server.ServerView.DiskView;
import org.isthmus.api.server.ServerView.NicView;
import org.isthmus.core.network.Port;
import org.isthmus.core.network.PortStore;
import org.isthmus.core.price.PriceBook;
import org.isthmus.core.server.PartStore.Disk;
import org.isthmus.model.Cidr;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.ServerId;

/** Servers as they are shown: however many, in the same few queries. Inside a transaction. */
final class ServerViews {
    private final ServerStore servers;
    private final PartStore parts;
    private final PortStore ports;
    private final PriceBook prices;

    ServerViews(ServerStore servers, PartStore parts, PortStore ports, PriceBook prices) {
        this.servers = servers;
        this.parts = parts;
        this.ports = ports;
        this.prices = prices;
    }

    /** Of one organization; {@code withHost} for those who may see it. */
    List<ServerView> of(OrganizationId organization, List<Server> all, boolean withHost) {
        if (all.isEmpty()) {
            return List.of();
        }
        List<ServerId> ids = all.stream().map(Server::id).toList();
        Map<ServerId, List<Disk>> disks = parts.disks(ids);
        Map<ServerId, List<Port>> nics = ports.shown(ids);
        Map<String, Map<String, String>> tags = servers.tags(ids);
        Estimate each = units(organization);
        List<ServerView> views = new ArrayList<>();
        for (Server server : all) {
            views.add(view(
                    server,
                    disks.get(server.id()),
                    nics.get(server.id()),
                    tags.get(server.id().value()),
                    each,
                    withHost));
        }
        return views;
    }

    ServerView of(Server server, boolean withHost) {
        return of(server.organization(), List.of(server), withHost).get(0);
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
            Estimate units,
            boolean withHost) {
        return new ServerView(
                server.id(),
                server.name(),
                server.organization(),
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
                                port.id(), port.network(), port.mac().value(), Cidr.text(port.address())))
                        .toList(),
                nics.stream().map(port -> Cidr.text(port.address())).toList(),
                server.sshKeys(),
                server.purpose(),
                tags,
                server.isProtected(),
                server.placement(),
                withHost ? server.place().map(Server.Place::host) : Optional.empty(),
                server.deletedUntil(),
                server.drift(),
                estimate(units, Charges.shown(server.state(), server.flavor(), Charges.diskGiB(disks))),
                server.createdAt(),
                server.createdBy(),
                server.version());
    }
}
