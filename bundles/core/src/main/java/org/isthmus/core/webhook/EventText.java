// SPDX-License-Identifier: Apache-2.0
package org.isthmus.core.webhook;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.isthmus.api.event.Event;
import org.isthmus.model.Secret;

/** An event as it is sent, the same as in the stream of events, and what proves who sent it. */
final class EventText {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String HMAC = "HmacSHA256";

    private EventText() {}

    static byte[] of(Event event) {
        Map<String, String> subject = new LinkedHashMap<>();
        subject.put("kind", event.subject().kind());
        subject.put("id", event.subject().id());
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("id", event.id().value());
        all.put("sequence", event.sequence());
        all.put("organization", event.organization().value());
        all.put("type", event.type());
        all.put("subject", subject);
        all.put("at", DateTimeFormatter.ISO_INSTANT.format(event.at()));
        all.put("data", new TreeMap<>(event.data()));
        try {
            return MAPPER.writeValueAsBytes(all);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Texts and numbers are always JSON", e);
        }
    }

    /** {@code t=…,v1=…}: the seconds since 1970, and the HMAC-SHA256 of these, a dot and the body. */
    static String signature(Secret secret, Instant now, byte[] body) {
        long seconds = now.getEpochSecond();
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(secret.reveal().getBytes(StandardCharsets.UTF_8), HMAC));
            mac.update((seconds + ".").getBytes(StandardCharsets.US_ASCII));
            return "t=" + seconds + ",v1=" + HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Every Java has HMAC-SHA256", e);
        }
    }
}
