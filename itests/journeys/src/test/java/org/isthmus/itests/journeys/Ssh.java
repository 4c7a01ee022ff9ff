// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;

/** Somebody at the shell, by SSH. */
final class Ssh implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final SshClient client;
    private final ClientSession session;

    private Ssh(SshClient client, ClientSession session) {
        this.client = client;
        this.session = session;
    }

    /** What a command said. */
    record Said(String out, String error) {
        String all() {
            return out + error;
        }
    }

    /** Logs in; an IOException when refused. */
    static Ssh login(Controller controller, String user, String password) throws IOException {
        SshClient client = SshClient.setUpDefaultClient();
        client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        client.start();
        try {
            ClientSession session = client.connect(user, "127.0.0.1", controller.sshPort())
                    .verify(PATIENCE)
                    .getSession();
            session.addPasswordIdentity(password);
            session.auth().verify(PATIENCE);
            return new Ssh(client, session);
        } catch (IOException e) {
            client.stop();
            throw e;
        }
    }

    static Ssh operator(Controller controller) throws IOException {
        return login(controller, "admin@platform", Platform.PASSWORD);
    }

    /** Runs one line. */
    Said run(String line) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream error = new ByteArrayOutputStream();
        try (ChannelExec channel = session.createExecChannel(line)) {
            channel.setOut(out);
            channel.setErr(error);
            channel.open().verify(PATIENCE);
            if (channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), PATIENCE).contains(ClientChannelEvent.TIMEOUT)) {
                throw new AssertionError(line + " did not end within " + PATIENCE + ": " + out + error);
            }
        }
        return new Said(
                out.toString(StandardCharsets.UTF_8).replaceAll("\\e\\[[0-9;]*m", ""),
                error.toString(StandardCharsets.UTF_8).replaceAll("\\e\\[[0-9;]*m", ""));
    }

    @Override
    public void close() throws IOException {
        session.close();
        client.stop();
    }
}
