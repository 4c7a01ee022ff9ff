// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.sso;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;

/** One JSON object, and nothing behind it. Nothing is in it twice: two readers could take two different ones for true. */
final class StrictJson {
    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(20).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final TypeReference<Map<String, Object>> OBJECT = new TypeReference<>() {};

    private StrictJson() {}

    static Map<String, Object> object(String text, Refusal otherwise) {
        try {
            Map<String, Object> read = MAPPER.readValue(text, OBJECT);
            if (read == null) {
                throw new Untrusted(otherwise, "not a JSON object");
            }
            return read;
        } catch (JsonProcessingException e) {
            throw new Untrusted(otherwise, "not a JSON object: " + e.getOriginalMessage());
        }
    }
}
