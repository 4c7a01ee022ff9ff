// SPDX-License-Identifier: Apache-2.0
package org.isthmus.audit;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.isthmus.api.Action;
import org.isthmus.api.Caller;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.Query;
import org.isthmus.api.Ref;
import org.isthmus.api.Subject;
import org.isthmus.api.Swappable;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.audit.AuditLog.Fact;
import org.isthmus.api.audit.AuditTrail;
import org.isthmus.api.identity.Access;
import org.isthmus.audit.leaf.Entry;
import org.isthmus.audit.merkle.Hashing;
import org.isthmus.audit.merkle.Tree;
import org.isthmus.audit.note.Checkpoint;
import org.isthmus.audit.note.NoteSigner;
import org.isthmus.model.Ids.AuditEntryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Page;
import org.isthmus.store.Tx;

/**
 * The log as it is read. Who reads entries or a leaf is recorded first; checkpoints and proofs are hashes only and show
 * nothing about anybody, so they are for whoever may read the log of any organization.
 */
final class Trail implements AuditTrail {
    private static final String READ = Action.AUDIT_READ.key();

    private final Tx tx;
    private final Swappable<Access> access;
    private final AuditLog log;
    private final NoteSigner signer;

    Trail(Tx tx, Swappable<Access> access, AuditLog log, NoteSigner signer) {
        this.tx = tx;
        this.access = access;
        this.log = log;
        this.signer = signer;
    }

    @Override
    public Page<EntryView> entries(Caller caller, Ref organization, Query query) {
        OrganizationId allowed = require(caller, organization);
        EntryFilter filter = EntryFilter.of(allowed, query);
        long after = query.page().cursor().map(Trail::position).orElse(-1L);
        Map<String, String> told = new TreeMap<>(filter.shown());
        query.page().cursor().ifPresent(cursor -> told.put("after", Long.toString(after)));
        recordReading(caller, allowed, Subject.of("organization", allowed), told);
        int limit = query.page().limit();
        return Sql.read(tx, () -> {
            Connection connection = tx.connection();
            // first what has no place yet: an entry that gets its place between the two queries is in both, not in none
            List<Entry> pending = PendingStore.matching(connection, filter, limit);
            List<LogStore.Placed> placed = LogStore.matching(connection, filter, after, limit + 1);
            Page<EntryView> page = Page.of(placed, limit, last -> cursor(last.organizationIndex()))
                    .map(Trail::view);
            if (page.next().isPresent()) {
                return page;
            }
            // what has no place yet closes the last page; a cursor never points there, as places come in between
            List<EntryView> items = new ArrayList<>(page.items());
            Set<AuditEntryId> shown = items.stream().map(EntryView::id).collect(Collectors.toSet());
            pending.stream()
                    .filter(entry -> !shown.contains(entry.id()))
                    .limit(limit - items.size())
                    .forEach(entry -> items.add(view(entry, Optional.empty(), Optional.empty(), Optional.empty())));
            return Page.last(items);
        });
    }

    @Override
    public String checkpoint(Caller caller) {
        requireAnywhere(caller);
        Optional<TreeStore.Head> head = Sql.read(tx, () -> new TreeStore(tx.connection()).newest());
        return head.map(TreeStore.Head::note)
                .orElseGet(() -> signer.sign(
                        Checkpoint.of(signer.name(), 0, Hashing.empty()).text()));
    }

    @Override
    public List<String> inclusionProof(Caller caller, long index, long size) {
        requireAnywhere(caller);
        return proof(size, "size", tree -> {
            if (index < 0 || index >= size) {
                throw Problem.MALFORMED.at("index", "The tree of " + size + " has no leaf " + index + ".");
            }
            return tree.inclusion(index, size);
        });
    }

    @Override
    public List<String> consistencyProof(Caller caller, long from, long to) {
        requireAnywhere(caller);
        return proof(to, "to", tree -> {
            if (from < 0 || from > to) {
                throw Problem.MALFORMED.at("from", "A tree of " + from + " is no prefix of one of " + to + ".");
            }
            return tree.consistency(from, to);
        });
    }

    private List<String> proof(long size, String field, Function<Tree, List<byte[]>> work) {
        return Sql.read(tx, () -> {
            TreeStore store = new TreeStore(tx.connection());
            long most = store.newest().map(TreeStore.Head::size).orElse(0L);
            if (size < 0 || size > most) {
                throw Problem.MALFORMED.at(field, "The log has " + most + " entries in place, not " + size + ".");
            }
            return work.apply(new Tree(store)).stream()
                    .map(HexFormat.of()::formatHex)
                    .toList();
        });
    }

    @Override
    public String leaf(Caller caller, long index) {
        Optional<LogStore.StoredLeaf> there =
                Sql.read(tx, () -> LogStore.leaf(tx.connection(), index)).filter(leaf -> member(caller, leaf));
        if (there.isEmpty()) {
            recordRefusal(caller, Long.toString(index), "leaf", "absent, or no member of its organization");
            throw noLeaf(index);
        }
        LogStore.StoredLeaf leaf = there.get();
        require(caller, Ref.of(leaf.organization()));
        recordReading(
                caller,
                leaf.organization(),
                Subject.of("organization", leaf.organization()),
                Map.of("leaf", Long.toString(index)));
        return leaf.content();
    }

    private boolean member(Caller caller, LogStore.StoredLeaf leaf) {
        Access.Decision decision =
                access.call(each -> each.decide(caller, Action.AUDIT_READ, Ref.of(leaf.organization())));
        return decision.verdict() != Access.Verdict.ABSENT;
    }

    private static ProblemException noLeaf(long index) {
        return Problem.NOT_FOUND.because("There is no leaf %d here for you.", index);
    }

    private OrganizationId require(Caller caller, Ref organization) {
        try {
            return access.call(each -> each.require(caller, Action.AUDIT_READ, organization))
                    .id();
        } catch (ProblemException e) {
            if (e.type() != Problem.UNAVAILABLE) {
                recordRefusal(caller, organization.text(), "organization", e.getMessage());
            }
            throw e;
        }
    }

    private void requireAnywhere(Caller caller) {
        Access.Visibility visible = access.call(each -> each.visible(caller, Action.AUDIT_READ));
        if (!visible.everything() && visible.organizations().isEmpty()) {
            throw Problem.FORBIDDEN
                    .because("You lack the action %s in every organization.", READ)
                    .with("action", READ);
        }
    }

    private void recordReading(Caller caller, OrganizationId organization, Subject subject, Map<String, String> data) {
        log.append(new Fact(
                AuditLog.Kind.NOTE,
                caller,
                READ,
                organization,
                subject,
                AuditLog.Result.SUCCESS,
                Optional.empty(),
                "",
                data));
    }

    /** In the log of the caller's own organization: the other must not learn who looked for it, nor be flooded. */
    private void recordRefusal(Caller caller, String wanted, String kind, String because) {
        log.append(new Fact(
                AuditLog.Kind.REFUSED,
                caller,
                READ,
                caller.organization(),
                new Subject(kind, wanted),
                AuditLog.Result.DENIED,
                Optional.empty(),
                because,
                Map.of()));
    }

    private static EntryView view(LogStore.Placed placed) {
        return view(
                placed.entry(),
                Optional.of(placed.index()),
                Optional.of(placed.organizationIndex()),
                Optional.of(placed.hash()));
    }

    private static EntryView view(
            Entry entry, Optional<Long> index, Optional<Long> organizationIndex, Optional<String> hash) {
        return new EntryView(
                entry.id(),
                index,
                organizationIndex,
                hash,
                entry.at(),
                entry.kind(),
                entry.username(),
                entry.door().name(),
                entry.address(),
                entry.requestId(),
                entry.action(),
                entry.organization(),
                new Subject(
                        entry.subjectKind(),
                        entry.subjectId().or(entry::subjectText).orElse(LogStore.ERASED)),
                entry.outcome(),
                entry.attempt(),
                entry.because(),
                entry.data());
    }

    private static String cursor(long position) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(Long.toString(position).getBytes(StandardCharsets.US_ASCII));
    }

    private static long position(String cursor) {
        try {
            return Long.parseLong(new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.US_ASCII));
        } catch (IllegalArgumentException e) {
            throw Problem.MALFORMED.at("cursor", "Not a cursor of this list; leave it out to begin at the start.");
        }
    }
}
