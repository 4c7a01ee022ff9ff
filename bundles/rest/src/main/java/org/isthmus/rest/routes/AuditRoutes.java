// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.http.Table.BASE;
import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.isthmus.api.Action;
import org.isthmus.api.Problem;
import org.isthmus.api.Query;
import org.isthmus.api.audit.AuditLog;
import org.isthmus.api.audit.AuditTrail;
import org.isthmus.api.audit.AuditTrail.EntryView;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Call;
import org.isthmus.rest.http.Filters;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Parameter;
import org.isthmus.rest.http.Reply;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;

/** The audit log and its proofs. */
public final class AuditRoutes {
    private static final String TEXT = "text/plain; charset=utf-8";

    private AuditRoutes() {}

    record Proof(@Field("hexadecimal, as RFC 6962 orders them") List<String> hashes) {}

    record Leaf(long index, @Field("the stored bytes, base64: what the hash is over") String leaf) {}

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        Table.Group on = table.group("Audit");
        Guard read = Guard.may(Action.AUDIT_READ);
        on.list(
                ONE + "/audit/entries",
                "listAuditEntries",
                read,
                "The audit entries of an organization, oldest first.",
                EntryView.class,
                Filters.by()
                        .text("actor")
                        .text("action")
                        .text("subject")
                        .of("outcome", AuditLog.Result.class)
                        .of("kind", AuditLog.Kind.class)
                        .of("from", Instant.class)
                        .of("to", Instant.class)
                        .only(),
                call -> {
                    Query query = call.query();
                    // the log itself writes down who is refused to read it
                    call.reachedGate();
                    return services.call(
                            AuditTrail.class, log -> log.entries(call.caller(), call.organization(), query));
                });
        on.raw(
                        Verb.GET,
                        BASE + "/audit/checkpoint",
                        "getCheckpoint",
                        read,
                        "The newest signed tree head, a C2SP tlog-checkpoint.")
                .answers(200, "the signed note", String.class, TEXT)
                .handledBy(call -> Reply.text(
                        200,
                        TEXT,
                        services.call(AuditTrail.class, log -> log.checkpoint(call.caller()))
                                .getBytes(StandardCharsets.UTF_8)));
        on.get(
                BASE + "/audit/proofs/inclusion",
                "proveInclusion",
                read,
                "Proves that an entry is in the tree (RFC 6962, 2.1.1).",
                Proof.class,
                List.of(
                        Parameter.needed("index", Long.class, "of the entry"),
                        Parameter.needed("size", Long.class, "of the tree")),
                call -> new Proof(services.call(
                        AuditTrail.class,
                        log -> log.inclusionProof(call.caller(), call.number("index"), call.number("size")))));
        on.get(
                BASE + "/audit/proofs/consistency",
                "proveConsistency",
                read,
                "Proves that one tree is the beginning of another (RFC 6962, 2.1.2).",
                Proof.class,
                List.of(
                        Parameter.needed("from", Long.class, "size of the smaller tree"),
                        Parameter.needed("to", Long.class, "size of the larger tree")),
                call -> new Proof(services.call(
                        AuditTrail.class,
                        log -> log.consistencyProof(call.caller(), call.number("from"), call.number("to")))));
        on.get(
                BASE + "/audit/leaves/{index}",
                "getLeaf",
                read,
                "The stored bytes of an entry.",
                Leaf.class,
                List.of(),
                call -> {
                    long index = index(call);
                    call.reachedGate();
                    return new Leaf(index, services.call(AuditTrail.class, log -> log.leaf(call.caller(), index)));
                });
    }

    private static long index(Call call) {
        if (!call.part("index").matches("\\d{1,18}")) {
            throw Problem.NOT_FOUND.because("A leaf's index is a whole number from 0.");
        }
        return Long.parseLong(call.part("index"));
    }
}
