// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A vCenter of a story's own, as a process; see itests/vcenter. It ends with this one, whatever happens. */
final class Vcenter implements AutoCloseable {
    static final String USER = "administrator@vsphere.local";
    static final String PASSWORD = "secret";

    private static final Path SCRIPT = Path.of("../vcenter/vcenter.sh");

    private final Process process;
    private final Map<String, String> told = new HashMap<>();

    private Vcenter(Process process) {
        this.process = process;
    }

    /** Whether this machine can have one. */
    static boolean here() {
        return Files.exists(Path.of("/usr/bin/go"))
                && Files.exists(Path.of("/usr/share/gocode/src/github.com/vmware/govmomi"));
    }

    /** @param folder that is not there yet */
    static Vcenter start(Path folder) {
        try {
            Vcenter vcenter = new Vcenter(new ProcessBuilder(SCRIPT.toString(), "run", folder.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
            vcenter.listen();
            return vcenter;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void listen() throws IOException {
        BufferedReader said = process.inputReader(StandardCharsets.UTF_8);
        for (String line = said.readLine(); line != null; line = said.readLine()) {
            String[] both = line.split("=", 2);
            told.put(both[0], both[1]);
            if (both[0].equals("READY")) {
                return;
            }
        }
        close();
        throw new IllegalStateException("The vCenter does not start; it said " + told);
    }

    String url() {
        return told.get("URL");
    }

    /** The authority that vouches for its certificate, as PEM. */
    String authority() throws IOException {
        return Files.readString(Path.of(told.get("CA")));
    }

    /** What lies about in it, by its names: no machine, disk, lease or file of a transfer is there when all are 0. */
    Map<String, Integer> holds() {
        JsonNode state = state();
        Map<String, Integer> all = new HashMap<>();
        for (String name : List.of("machines", "disks", "leases", "nfcFiles")) {
            all.put(name, state.path(name).asInt());
        }
        return all;
    }

    private JsonNode state() {
        try {
            return Api.parsed(Api.plainHttp()
                    .send(
                            HttpRequest.newBuilder(URI.create(told.get("CONTROL") + "/state"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("Interrupted", e);
        }
    }

    @Override
    public void close() {
        try {
            // it holds our end of its standard input for its life
            process.getOutputStream().close();
            process.waitFor();
        } catch (IOException e) {
            process.destroy();
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
        }
    }
}
