// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware.server;

import com.vmware.vim25.ManagedObjectReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.isthmus.driver.vmware.vim.Seen;
import org.isthmus.driver.vmware.vim.Talk;
import org.isthmus.driver.vmware.vim.Tasks;
import org.isthmus.model.Id;
import org.isthmus.model.Ids.ServerId;
import org.isthmus.model.Name;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;
import org.isthmus.spi.compute.ComputeDriver.SeenServer;

/** The virtual machines of a vCenter, found by the marks they carry. */
public final class Machines {
    static final String TYPE = "VirtualMachine";
    /** Of 80 characters that a name may have, an id takes 40 and a blank. */
    private static final int READABLE = 39;

    private final Talk talk;
    private final Inventory inventory;
    private final Fields fields;

    public Machines(Talk talk, Inventory.Where where) {
        this.talk = talk;
        this.inventory = new Inventory(talk, where);
        this.fields = Fields.of(talk, TYPE);
    }

    Talk talk() {
        return talk;
    }

    Inventory inventory() {
        return inventory;
    }

    Fields fields() {
        return fields;
    }

    /** One machine with all we look at, or empty when it is not there. */
    public Optional<Machine> at(String ref) {
        String[] paths = new String[Machine.PATHS.length + 1];
        System.arraycopy(Machine.PATHS, 0, paths, 0, Machine.PATHS.length);
        paths[Machine.PATHS.length] = Machine.EXTRA;
        return talk.see(Tasks.object(TYPE, ref), paths).map(seen -> new Machine(seen, fields.on(seen)));
    }

    /** A whole machine of ours by its reference; NOT_FOUND when it is not there, or not ours. */
    public Machine ours(String ref) {
        return at(ref).filter(machine -> machine.mark().filter(Mark::whole).isPresent())
                .orElseThrow(() -> new DriverException(Kind.NOT_FOUND, "There is no server " + ref + "."));
    }

    /** Whether it is a whole machine of ours. */
    boolean isOurs(String ref) {
        return at(ref).flatMap(Machine::mark).filter(Mark::whole).isPresent();
    }

    /** What carries this server's mark, whole or not; what we made and let go is not it any more. */
    public Optional<Machine> of(ServerId server) {
        Optional<Machine> made = byUuid(server);
        return made.isPresent() ? made : marked(server);
    }

    /** A machine that we made, also while it is being made: it has the server's id as its own. */
    Optional<Machine> byUuid(ServerId server) {
        ManagedObjectReference index = talk.content().getSearchIndex();
        String uuid = Mark.uuid(server);
        ManagedObjectReference found = talk.read(port -> port.findByUuid(index, null, uuid, true, true));
        return Optional.ofNullable(found)
                .flatMap(object -> at(object.getValue()))
                .filter(machine -> !machine.template())
                .filter(machine -> !Mark.released(machine.ref(), machine.attributes()))
                .filter(machine ->
                        machine.mark().map(mark -> mark.server().equals(server)).orElse(true));
    }

    /** One that was adopted, or whose making has come no further than its name. */
    private Optional<Machine> marked(ServerId server) {
        return talk.all(inventory.root(), TYPE, "name", "customValue").stream()
                .filter(seen -> carries(seen, server))
                .findFirst()
                .flatMap(seen -> at(seen.ref()))
                .filter(machine -> !machine.template());
    }

    private boolean carries(Seen seen, ServerId server) {
        Map<String, String> attributes = fields.on(seen);
        Optional<Mark> mark = Mark.on(seen.ref(), attributes);
        return mark.isPresent()
                ? mark.orElseThrow().server().equals(server)
                // a copy that somebody made carries the mark of what it is a copy of
                : isNameOf(seen.text("name"), server) && attributes.get(Mark.SERVER) == null;
    }

    /** What a machine is called: unique in its folder, so that none is made twice, and readable. */
    static String nameOf(Name name, ServerId server) {
        String readable = name.value();
        String shown = readable.length() <= READABLE ? readable : readable.substring(0, READABLE);
        return shown + " " + server.value();
    }

    private static boolean isNameOf(String name, ServerId server) {
        return name.endsWith(" " + server.value());
    }

    /** The server as it is, when it is whole. */
    public Optional<SeenServer> find(ServerId server) {
        return of(server)
                .filter(machine -> machine.mark()
                        .filter(mark -> mark.whole() && mark.server().equals(server))
                        .isPresent())
                .map(machine -> machine.toServer(hostNames()));
    }

    private static boolean beingMade(Machine machine, Optional<Mark> mark) {
        if (mark.isPresent()) {
            return !mark.orElseThrow().whole();
        }
        String name = machine.name();
        int blank = name.lastIndexOf(' ');
        if (blank < 0 || !Id.looksLike(ServerId.PREFIX, name.substring(blank + 1))) {
            return false;
        }
        // one of a template that was a server inherits a mark that is not its own
        boolean made = !machine.uuidIsNot(Mark.uuid(new ServerId(name.substring(blank + 1))));
        return machine.attributes().get(Mark.SERVER) == null
                || (made && !Mark.released(machine.ref(), machine.attributes()));
    }

    private UnaryOperator<String> hostNames() {
        Map<String, String> names = new HashMap<>();
        for (Inventory.Host host : inventory.hosts()) {
            names.put(host.object().getValue(), host.name());
        }
        return ref -> names.getOrDefault(ref, "");
    }

    /**
     * All machines but templates, in a number of questions that does not grow with them but by page. Those that are just
     * being made are left out: they are nobody's yet.
     */
    public List<SeenServer> list() {
        UnaryOperator<String> hostNames = hostNames();
        Map<String, Machine> all = new HashMap<>();
        List<ManagedObjectReference> ours = new ArrayList<>();
        List<String> order = new ArrayList<>();
        List<Seen> there = talk.all(inventory.root(), TYPE, Machine.PATHS);
        if (there.isEmpty()) {
            // none, or none that we may see
            inventory.seesMachines();
        }
        for (Seen seen : there) {
            Machine machine = new Machine(seen, fields.on(seen));
            Optional<Mark> mark = machine.mark();
            if (machine.template() || beingMade(machine, mark)) {
                continue;
            }
            all.put(machine.ref(), machine);
            order.add(machine.ref());
            if (mark.isPresent()) {
                ours.add(machine.object());
            }
        }
        for (Seen apart : talk.see(ours, Machine.EXTRA)) {
            all.computeIfPresent(apart.ref(), (ref, machine) -> machine.with(apart));
        }
        return order.stream()
                .map(all::get)
                .map(machine -> machine.toServer(hostNames))
                .toList();
    }
}
