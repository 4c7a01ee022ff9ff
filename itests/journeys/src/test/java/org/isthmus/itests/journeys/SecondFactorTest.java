// SPDX-License-Identifier: Apache-2.0
package org.isthmus.itests.journeys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.sshd.common.SshException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Story 15: a second factor at the login, before anything is destroyed, and at the shell. */
@ExtendWith(Journey.class)
@Own
final class SecondFactorTest {
    /** Somebody's device, as any authenticator app is one (RFC 6238). */
    private static String code(String base32) {
        try {
            byte[] key = new byte[base32.length() * 5 / 8];
            long held = 0;
            int bits = 0;
            int at = 0;
            for (int i = 0; i < base32.length(); i++) {
                held = held << 5 | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(base32.charAt(i));
                bits += 5;
                if (bits >= 8) {
                    bits -= 8;
                    key[at++] = (byte) (held >> bits);
                }
            }
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(key, "RAW"));
            long step = System.currentTimeMillis() / 30_000;
            byte[] digest = mac.doFinal(ByteBuffer.allocate(8).putLong(step).array());
            int number = ByteBuffer.wrap(digest).getInt(digest[19] & 0xf) & 0x7fffffff;
            return String.format(Locale.ROOT, "%06d", number % 1_000_000);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Gives somebody a second factor; their recovery codes, which no clock makes wrong. */
    private static List<String> armed(Api who, String user) {
        String secret = who.post(user + "/totp", Api.json()).must(200).get("secret");
        Answer confirmed =
                who.post(user + "/totp/confirm", Api.json("totp", code(secret))).must(200);
        List<String> codes = new ArrayList<>();
        confirmed.body().path("recoveryCodes").forEach(each -> codes.add(each.asText()));
        assertEquals(10, codes.size());
        return codes;
    }

    private static Answer login(Platform platform, String username, Optional<String> totp) {
        ObjectNode login = Api.json("username", username, "password", Platform.PASSWORD);
        totp.ifPresent(code -> login.put("totp", code));
        return platform.anonymous().post("/sessions", login);
    }

    private static void require(Tenant tenant, String what) {
        Answer policy = tenant.get("/policy").must(200);
        tenant.admin()
                .request("PUT", tenant.path("/policy"))
                .header("If-Match", policy.tag())
                .body(Api.json("requireMfa", what))
                .send()
                .must(200);
    }

    @Test
    void whoHasOneLogsInWithItAndProvesItBeforeSomethingIsDestroyed(Platform platform) {
        Tenant tenant = platform.tenant("armed");
        tenant.post("/departments", Api.json("name", "research")).must(201);
        String department = tenant.path("/departments/research");
        List<String> codes = armed(tenant.admin(), tenant.path("/users/ann"));

        login(platform, "ann@armed", Optional.empty()).refused(401, "second-factor-needed");
        Answer session = login(platform, "ann@armed", Optional.of(codes.get(0))).must(201);
        login(platform, "ann@armed", Optional.of(codes.get(0))).refused(401, "second-factor-needed");
        assertTrue(session.body().path("user").path("secondFactor").asBoolean());

        Api ann = platform.anonymous().with(session.get("token"));
        require(tenant, "STEP_UP");
        ann.delete(department + "?dryRun=true").must(200);
        Answer made = ann.post(tenant.path("/tokens"), Api.json("name", "plain", "expiresAt", "2027-01-01T00:00:00Z"))
                .must(201);
        Answer token = platform.anonymous().with(made.get("secret")).delete(department);
        token.refused(403, "step-up-needed");
        ann.post("/sessions/current/step-up", Api.json("totp", codes.get(1))).must(200);
        ann.delete(department).must(204);

        ann.request("DELETE", tenant.path("/users/ann/totp"))
                .body(Api.json("totp", codes.get(2)))
                .send()
                .must(204);
        login(platform, "ann@armed", Optional.empty()).must(201);
        List<JsonNode> entries = ann.all(tenant.path("/audit/entries"));
        assertTrue(entries.toString().contains("password and recovery code"), "how the login was made");
        codes.forEach(code -> assertFalse(entries.toString().contains(code), "a recovery code is in the audit log"));
    }

    @Test
    void whereEverybodyNeedsOneWhoHasNoneMakesOneAndGoesOn(Platform platform) {
        Tenant tenant = platform.tenant("strict");
        require(tenant, "ALL");

        tenant.get("/users").refused(403, "second-factor-enrolment-needed");
        tenant.get("/servers").refused(403, "second-factor-enrolment-needed");
        armed(tenant.admin(), tenant.path("/users/ann"));

        tenant.get("/users").must(200);
    }

    @Test
    void atTheShellTheCodeIsBehindThePassword(Controller controller, Platform platform) throws Exception {
        List<String> codes = armed(platform.operator(), "/organizations/platform/users/admin");

        assertThrows(SshException.class, () -> Ssh.as(controller, "admin@platform", Platform.PASSWORD)
                .run("shell:date"));
        Ssh ssh = Ssh.as(controller, "admin@platform", Platform.PASSWORD + " " + codes.get(0));
        assertTrue(ssh.run("isthmus:organization-list").out().contains("platform"));
    }
}
