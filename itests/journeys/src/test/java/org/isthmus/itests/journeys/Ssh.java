// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;

/** Somebody at the shell, by SSH: each line in a session of its own, as {@code ssh host line} does. */
final class Ssh {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    private final Controller controller;
    private final String user;
    private final String password;

    private Ssh(Controller controller, String user, String password) {
        this.controller = controller;
        this.user = user;
        this.password = password;
    }

    /** What a command said. */
    record Said(String out, String error, int exit) {
        String all() {
            return out + error;
        }
    }

    static Ssh as(Controller controller, String user, String password) {
        return new Ssh(controller, user, password);
    }

    static Ssh operator(Controller controller) {
        return as(controller, "admin@platform", Platform.PASSWORD);
    }

    /** Logs in and runs one line; an SshException when refused. */
    Said run(String line) throws IOException {
        SshClient client = SshClient.setUpDefaultClient();
        client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        // one way to log in, tried once: each failure counts towards the pause that makes guessing slow
        client.setUserAuthFactories(List.of(UserAuthPasswordFactory.INSTANCE));
        client.start();
        try (ClientSession session = client.connect(user, "127.0.0.1", controller.sshPort())
                .verify(PATIENCE)
                .getSession()) {
            session.addPasswordIdentity(password);
            session.auth().verify(PATIENCE);
            return run(session, line);
        } finally {
            client.stop();
        }
    }

    private static Said run(ClientSession session, String line) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream error = new ByteArrayOutputStream();
        try (ChannelExec channel = session.createExecChannel(line)) {
            channel.setOut(out);
            channel.setErr(error);
            channel.open().verify(PATIENCE);
            if (channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), PATIENCE).contains(ClientChannelEvent.TIMEOUT)) {
                throw new AssertionError(line + " did not end within " + PATIENCE + ": " + out + error);
            }
            int exit = channel.getExitStatus() == null ? -1 : channel.getExitStatus();
            return new Said(plain(out), plain(error), exit);
        }
    }

    /** Without what colours it. */
    private static String plain(ByteArrayOutputStream said) {
        return said.toString(StandardCharsets.UTF_8).replaceAll("\\e\\[[0-9;]*m", "");
    }
}
