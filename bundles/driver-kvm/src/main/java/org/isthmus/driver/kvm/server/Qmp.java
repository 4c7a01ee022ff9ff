// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.kvm.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.isthmus.driver.kvm.host.Domains;
import org.isthmus.spi.DriverException;
import org.isthmus.spi.DriverException.Kind;

/** Says something to a running guest's QEMU, past libvirt (QMP, the QEMU Machine Protocol). */
final class Qmp {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Qmp() {}

    /** A command without arguments yet. */
    static ObjectNode command(String execute) {
        return JSON.createObjectNode().put("execute", execute);
    }

    /**
     * Its answer.
     *
     * @throws DriverException BROKEN when QEMU refuses
     */
    static JsonNode say(Domains domains, String ref, ObjectNode command) {
        try {
            JsonNode answer = JSON.readTree(domains.monitor(ref, JSON.writeValueAsString(command)));
            if (answer.has("error")) {
                throw new DriverException(
                        Kind.BROKEN,
                        "QEMU refused " + command.path("execute").asText() + ": "
                                + answer.path("error").path("desc").asText());
            }
            return answer.path("return");
        } catch (JsonProcessingException e) {
            throw new DriverException(Kind.BROKEN, "QEMU's answer is not JSON.", e);
        }
    }

    /** Whether a block device of {@code query-block} or a node has this file. */
    static boolean has(JsonNode node, String path) {
        return node.path("file").asText("").equals(path)
                || node.path("image").path("filename").asText("").equals(path);
    }
}
