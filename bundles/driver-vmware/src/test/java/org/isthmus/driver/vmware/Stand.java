// SPDX-License-Identifier: Apache-2.0
package org.isthmus.driver.vmware;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.isthmus.model.Secret;
import org.junit.jupiter.api.Assumptions;

/**
 * A vCenter of this test's own ({@code itests/vcenter}); it is stopped with {@link #close}, and ends by itself when this
 * process dies.
 */
public final class Stand implements AutoCloseable {
    /** Who may log in. */
    public static final String USER = "administrator@vsphere.local";

    private static final Path SCRIPT =
            Path.of("../../itests/vcenter/vcenter.sh").toAbsolutePath().normalize();
    private static final Pattern COUNT = Pattern.compile("\"([^\"]+)\":(\\d+)");

    private final Process process;
    private final Map<String, String> told = new HashMap<>();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    private Stand(Process process) {
        this.process = process;
    }

    /**
     * Starts one: one datacenter, one cluster of two hosts, one datastore, no virtual machines, unless options say
     * otherwise, such as {@code -vms 2 -datacenters 2}. Skips the test where Go and the simulator's package are not
     * installed; a Debian root machine gets them with {@code verify}.
     *
     * @param folder of the test; what the vCenter keeps is made in it
     */
    public static Stand start(Path folder, String... options) {
        Assumptions.assumeTrue(
                Files.exists(Path.of("/usr/bin/go"))
                        && Files.exists(Path.of("/usr/share/gocode/src/github.com/vmware/govmomi")),
                "The packages golang-go and golang-github-vmware-govmomi-dev are not installed on this machine.");
        try {
            Path own = Files.createTempDirectory(folder, "vcenter").resolve("files");
            List<String> command = new ArrayList<>(
                    List.of(SCRIPT.toString(), "run", own.toAbsolutePath().toString()));
            command.addAll(Arrays.asList(options));
            Stand stand = new Stand(new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
            stand.listen();
            return stand;
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

    /** Where the API is, such as {@code https://127.0.0.1:12345/sdk}. */
    public URI url() {
        return URI.create(told.get("URL"));
    }

    /** What {@link #USER} logs in with. */
    public Secret password() {
        return new Secret("secret");
    }

    /** The authority that vouches for its certificate, as PEM. */
    public String authority() {
        try {
            return Files.readString(Path.of(told.get("CA")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** SHA-256 of its certificate, 64 digits. */
    public String thumbprint() {
        return told.get("SHA256");
    }

    /** SHA-1 of its certificate, twenty pairs of digits with colons, as older vCenters show it. */
    public String oldThumbprint() {
        return told.get("SHA1");
    }

    /** {@code about.instanceUuid}. */
    public String uuid() {
        return told.get("UUID");
    }

    /** Ends every session, as a restart of a vCenter does; leases and what else belongs to them go too. */
    public void killSessions() {
        post("kill-sessions", "{}");
    }

    /** From now on connections are dropped, those there are and those that come, until {@link #reachable}. */
    public void unreachable() {
        post("unreachable", "{\"on\":true}");
    }

    public void reachable() {
        post("unreachable", "{\"on\":false}");
    }

    /**
     * The next call of this method fails, or, when it makes a task, that task.
     *
     * @param method such as {@code PowerOnVM_Task}
     * @param fault as the vSphere API calls it, such as {@code NoDiskSpace}
     */
    public void failNext(String method, String fault) {
        failAfter(0, method, fault);
    }

    /** So many calls of this method go well, and then one fails. */
    public void failAfter(int calls, String method, String fault) {
        post("fail-next", "{\"method\":\"" + method + "\",\"fault\":\"" + fault + "\",\"skip\":" + calls + "}");
    }

    /** The next task, whatever it is, fails. */
    public void failNextTask(String fault) {
        failNext("", fault);
    }

    /** The next transfer of a disk breaks after so many bytes, as when a cable is pulled. */
    public void breakNextTransfer(long bytes) {
        post("break-next-transfer", "{\"after\":" + bytes + "}");
    }

    /** From now on each transfer of a disk stops after so many bytes, until {@link #releaseTransfers}. */
    public void holdTransfers(long bytes) {
        post("hold-transfers", "{\"after\":" + bytes + "}");
    }

    public void releaseTransfers() {
        holdTransfers(-1);
    }

    /** From now on transfers of disks rest for so many milliseconds after every 64 KiB. */
    public void slowTransfers(int milliseconds) {
        post("slow-transfers", "{\"after\":" + milliseconds + "}");
    }

    /** Transfers that stand still now. */
    public int heldTransfers() {
        return count("heldTransfers");
    }

    /** From now on tasks do not end, though what they do is done, until {@link #releaseTasks}. */
    public void holdTasks() {
        post("hold-tasks", "{\"on\":true}");
    }

    public void releaseTasks() {
        post("hold-tasks", "{\"on\":false}");
    }

    /** From now on calls of this method wait, until {@link #releaseCalls}. */
    public void holdCalls(String method) {
        post("hold-calls", "{\"method\":\"" + method + "\"}");
    }

    public void releaseCalls() {
        holdCalls("");
    }

    /** Calls that wait now. */
    public int heldCalls() {
        return count("heldCalls");
    }

    /** From now on objects of these types are left out of answers, as where the account has no right to see them. */
    public void hide(String... types) {
        String quoted = Arrays.stream(types).map(type -> "\"" + type + "\"").collect(Collectors.joining(","));
        post("hide", "{\"types\":[" + quoted + "]}");
    }

    /** Forgets the tasks that have ended, as a vCenter does after some minutes. */
    public void forgetTasks() {
        post("forget-tasks", "{}");
    }

    /**
     * What the guest of a machine (its reference or name) says of its interfaces, its tools running.
     *
     * @param interfaces each a MAC, the key of the virtual device (-1: not known) and the addresses, with blanks between
     */
    public void guestSays(String machine, String... interfaces) {
        String nets = Arrays.stream(interfaces)
                .map(each -> {
                    List<String> words = List.of(each.split(" "));
                    String ips = words.stream()
                            .skip(2)
                            .map(address -> "\"" + address + "\"")
                            .collect(Collectors.joining(","));
                    return "{\"mac\":\"" + words.get(0) + "\",\"device\":" + words.get(1) + ",\"ips\":[" + ips + "]}";
                })
                .collect(Collectors.joining(","));
        post("guest", "{\"vm\":\"" + machine + "\",\"tools\":true,\"nets\":[" + nets + "]}");
    }

    /** The guest of a machine has no running tools: it cannot be asked to shut down, and says nothing. */
    public void guestWithoutTools(String machine) {
        post("guest", "{\"vm\":\"" + machine + "\",\"tools\":false}");
    }

    /** The guest of a machine hears that it shall shut down, and does not obey. */
    public void deafGuest(String machine) {
        post("guest", "{\"vm\":\"" + machine + "\",\"deaf\":true}");
    }

    /** Puts other content (streamOptimized VMDK) onto a disk, as the guest would by writing. */
    public void writeDisk(String machine, int disk, Path vmdk) {
        post(
                "write-disk",
                "{\"vm\":\"" + machine + "\",\"disk\":" + disk + ",\"file\":\"" + vmdk.toAbsolutePath() + "\"}");
    }

    /** Leases that are held. */
    public int leases() {
        return count("leases");
    }

    /** Virtual machines and templates. */
    public int machines() {
        return count("machines");
    }

    /** Files of disks on its datastores. */
    public int disks() {
        return count("disks");
    }

    /** Files that leases made for themselves and did not take away. */
    public int transferFiles() {
        return count("nfcFiles");
    }

    /** How often anyone logged in. */
    public int logins() {
        return count("logins");
    }

    /** How many sessions there are. */
    public int sessions() {
        return count("sessions");
    }

    /** How many calls of the API there were. */
    public int roundTrips() {
        return count("roundTrips");
    }

    /** How often a method was called. */
    public int calls(String method) {
        return count(method);
    }

    /** A figure of its state, 0 when it is not there. */
    public int count(String name) {
        Matcher matcher =
                COUNT.matcher(send(HttpRequest.newBuilder(control("state")).build()));
        while (matcher.find()) {
            if (matcher.group(1).equals(name)) {
                return Integer.parseInt(matcher.group(2));
            }
        }
        return 0;
    }

    private void post(String path, String body) {
        send(HttpRequest.newBuilder(control(path))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    private URI control(String path) {
        return URI.create(told.get("CONTROL") + "/" + path);
    }

    private String send(HttpRequest request) {
        try {
            HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IllegalStateException(request.uri() + ": " + response.body());
            }
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
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
