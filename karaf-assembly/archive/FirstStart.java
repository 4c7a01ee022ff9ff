// SPDX-License-Identifier: Apache-2.0

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.File;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Starts Karaf in this JVM, on free ports, and ends it when it has refused a login; the arguments are a class path and Karaf's. */
final class FirstStart {
    private static final long LONGEST_SECONDS = 240;

    public static void main(String[] args) throws ReflectiveOperationException, IOException {
        List<Integer> free = free(3);
        Path etc = Path.of(System.getProperty("karaf.etc"));
        set(etc.resolve("org.isthmus.rest.cfg"), "http.port", free.get(0));
        set(etc.resolve("org.isthmus.rest.cfg"), "https.port", free.get(1));
        set(etc.resolve("org.apache.karaf.shell.cfg"), "sshPort", free.get(2));

        List<URL> jars = new ArrayList<>();
        for (String jar : args[0].split(File.pathSeparator)) {
            jars.add(Path.of(jar).toUri().toURL());
        }
        ClassLoader karaf = new URLClassLoader(jars.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
        Thread.currentThread().setContextClassLoader(karaf);
        Thread client = new Thread(() -> end(URI.create("http://127.0.0.1:" + free.get(0) + "/api/v1/sessions")));
        client.setDaemon(true);
        client.start();
        karaf.loadClass("org.apache.karaf.main.Main")
                .getMethod("main", String[].class)
                .invoke(null, (Object) java.util.Arrays.copyOfRange(args, 1, args.length));
    }

    private static List<Integer> free(int count) throws IOException {
        List<ServerSocket> held = new ArrayList<>();
        List<Integer> ports = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            ports.add(held.get(i).getLocalPort());
        }
        for (ServerSocket each : held) {
            each.close();
        }
        return ports;
    }

    private static void set(Path file, String key, int value) throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        lines.removeIf(line -> line.startsWith(key + " "));
        lines.add(key + " = " + value);
        Files.write(file, lines);
    }

    /** An archive of a start that did not succeed would be worse than none. */
    private static void end(URI sessions) {
        long begun = System.nanoTime();
        while (status(sessions) != HttpURLConnection.HTTP_UNAUTHORIZED) {
            if (System.nanoTime() - begun > TimeUnit.SECONDS.toNanos(LONGEST_SECONDS)) {
                Runtime.getRuntime().halt(1);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
        link();
        System.exit(0);
    }

    private static void link() {
        try {
            VirtualMachine self = VirtualMachine.attach(Long.toString(ProcessHandle.current().pid()));
            self.loadAgent(System.getProperty("linker"));
            self.detach();
        } catch (IOException | AttachNotSupportedException | AgentLoadException | AgentInitializationException e) {
            System.err.println("The classes cannot be linked: " + e);
            Runtime.getRuntime().halt(1);
        }
    }

    private static int status(URI sessions) {
        try {
            HttpURLConnection connection = (HttpURLConnection) sessions.toURL().openConnection();
            connection.setRequestMethod("POST");
            connection.setRequestProperty("Content-Type", "application/json");
            connection.setDoOutput(true);
            connection.getOutputStream()
                    .write("{\"username\":\"nobody@platform\",\"password\":\"nothing\"}".getBytes(StandardCharsets.UTF_8));
            int status = connection.getResponseCode();
            connection.disconnect();
            return status;
        } catch (IOException e) {
            return 0; // not listening yet
        }
    }
}
