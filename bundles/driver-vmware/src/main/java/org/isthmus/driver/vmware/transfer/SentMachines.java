// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.transfer;

import com.vmware.vim25.ManagedObjectReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.isthmus.driver.vmware.server.Creation;
import org.isthmus.driver.vmware.server.Errands;
import org.isthmus.driver.vmware.server.Inventory;
import org.isthmus.driver.vmware.vim.Vim;
import org.isthmus.driver.vmware.vim.VimFault;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.spi.Call;
import org.isthmus.spi.DriverContext;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.Progress;
import org.isthmus.spi.compute.ImageContent;
import org.isthmus.spi.compute.ServerSpec;
import org.isthmus.spi.compute.ServerSpec.DiskSpec;
import org.isthmus.spi.compute.Shape;
import org.isthmus.spi.compute.Shape.ShapeDisk;

/** Machines made of contents that are sent by the host's executor, one sending for a server at a time. */
public final class SentMachines implements Creation.Contents, AutoCloseable {
    private static final String NOTE = "The server %s of Isthmus. Remove it there, not here.";

    private final Vim vim;
    private final Jobs jobs;

    public SentMachines(Vim vim, DriverContext context) {
        this.vim = vim;
        this.jobs = new Jobs(context);
    }

    private static String key(ServerId server) {
        return "create-" + server.value();
    }

    @Override
    public void settle(Call call, ServerSpec spec) {
        String key = key(spec.server());
        switch (stateOf(key, call)) {
            case RUNNING -> {
                Progress.Pending<?> pending = jobs.pending(key);
                throw Errands.later(pending);
            }
                // from here on the machine itself says that it is there
            case DONE -> jobs.breakOff(key);
            case NONE -> {}
        }
    }

    private Jobs.State stateOf(String key, Call call) {
        try {
            return jobs.state(key, call, "The server is being made by another wish.");
        } catch (DriverException failure) {
            if (failure.getCause() instanceof VimFault fault && fault.is("DuplicateName")) {
                // another version of this driver sends it: it will be found by its name
                return Jobs.State.NONE;
            }
            throw failure;
        }
    }

    @Override
    public void send(Call call, ServerSpec spec, Inventory.Place place, String name, Map<String, String> extra) {
        Upload.Wish wish = new Upload.Wish(name, shape(spec), contents(spec), extra, NOTE.formatted(spec.server()));
        Place there = new Place(
                place.folder(),
                place.pool(),
                place.store().object(),
                Optional.of(place.host().object()),
                Map.of(),
                Optional.empty());
        Progress.Pending<?> pending = jobs.start(
                key(spec.server()), call, (transfer, report) -> new Upload(vim).run(wish, there, transfer, report));
        throw Errands.later(pending);
    }

    @Override
    public boolean breakOff(ServerId server) {
        return jobs.breakOff(key(server));
    }

    @Override
    public void end(ManagedObjectReference task) {
        new Chores(vim, new Transfer("end")).endOurs(task);
    }

    /** The first disks, as many as have content; what is behind them is made empty afterwards. */
    private static List<ImageContent> contents(ServerSpec spec) {
        List<ImageContent> contents = new ArrayList<>();
        boolean ended = false;
        for (DiskSpec disk : spec.disks()) {
            if (disk.image().isEmpty()) {
                ended = true;
            } else if (ended) {
                throw new DriverException(Kind.INVALID, "Disks with content come before those without.");
            } else {
                contents.add(disk.image().orElseThrow());
            }
        }
        if (contents.isEmpty()) {
            throw new DriverException(Kind.INVALID, "A server is made of a template or of an image.");
        }
        return contents;
    }

    private static Shape shape(ServerSpec spec) {
        List<ShapeDisk> disks = new ArrayList<>();
        for (ImageContent content : contents(spec)) {
            disks.add(new ShapeDisk("disk" + disks.size(), content.virtualSizeBytes()));
        }
        return new Shape(spec.cpus(), spec.memoryMiB(), spec.firmware(), Optional.empty(), disks, List.of());
    }

    /** Begins to {@link #close}. */
    public void breakOffAll() {
        jobs.breakOffAll();
    }

    @Override
    public void close() {
        jobs.close();
    }
}
