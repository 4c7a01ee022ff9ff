// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.operation;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.isthmus.api.Caller;
import org.isthmus.core.Json;
import org.isthmus.model.Ids.DirectoryId;
import org.isthmus.model.Ids.OrganizationId;
import org.isthmus.model.Ids.UserId;

/** A caller as an operation remembers it, so that the outcome is audited under who asked. */
public final class CallerText {
    private CallerText() {}

    public static String write(Caller caller) {
        Map<String, String> texts = new TreeMap<>();
        texts.put("kind", caller.kind().name());
        caller.user().ifPresent(user -> texts.put("user", user.value()));
        caller.directory().ifPresent(directory -> texts.put("directory", directory.value()));
        texts.put("username", caller.username());
        texts.put("organization", caller.organization().value());
        texts.put("door", caller.door().name());
        texts.put("address", caller.address());
        texts.put("requestId", caller.requestId());
        caller.proof().at().ifPresent(at -> texts.put("proved", at.toString()));
        return Json.write(texts);
    }

    public static Caller read(String text) {
        Map<String, String> texts = Json.read(text);
        return new Caller(
                Caller.Kind.valueOf(texts.get("kind")),
                Optional.ofNullable(texts.get("user")).map(UserId::new),
                texts.get("username"),
                new OrganizationId(texts.get("organization")),
                Caller.Door.valueOf(texts.get("door")),
                texts.get("address"),
                texts.get("requestId"),
                Optional.empty(),
                false,
                Optional.empty(),
                Caller.Proof.of(Optional.ofNullable(texts.get("proved")).map(Instant::parse)),
                Optional.ofNullable(texts.get("directory")).map(DirectoryId::new));
    }
}
