// SPDX-License-Identifier: Apache-2.0
package org.isthmus.rest.routes;

import static org.isthmus.rest.routes.OrganizationRoutes.ONE;

import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.isthmus.api.Problem;
import org.isthmus.api.ProblemException;
import org.isthmus.api.identity.Logins.SessionOpened;
import org.isthmus.api.identity.SignOn;
import org.isthmus.model.Name;
import org.isthmus.model.Secret;
import org.isthmus.model.Sha256;
import org.isthmus.rest.Services;
import org.isthmus.rest.http.Call;
import org.isthmus.rest.http.Guard;
import org.isthmus.rest.http.Parameter;
import org.isthmus.rest.http.Reply;
import org.isthmus.rest.http.Route.Answer;
import org.isthmus.rest.http.Route.Trait;
import org.isthmus.rest.http.Table;
import org.isthmus.rest.http.Verb;
import org.isthmus.rest.json.Field;

/** Logging in at a provider outside. Browsers come here by links and redirects, and providers themselves to end sessions. */
public final class SignOnRoutes {
    private static final String WAYS = ONE + "/sign-on";
    private static final String WAY = WAYS + "/{directory}";
    /** Only over TLS, for this very host, and not readable by scripts. */
    private static final String COOKIE = "__Host-isthmus-sign-on-";

    private static final String COOKIE_TRAITS = "; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=";
    private static final int MOST_CODE = 4096;

    private final Services services;

    private SignOnRoutes(Services services) {
        this.services = services;
    }

    record Way(
            @Field("a directory of the organization") Name directory,
            @Field("where the browser goes to log in there") String begin) {}

    record Ways(List<Way> items) {}

    record LogoutForm(@Field(value = "of the provider", most = 6000) Secret logout_token) {}

    /** Writes the rows. */
    public static void declare(Table table, Services services) {
        SignOnRoutes here = new SignOnRoutes(services);
        Table.Group on = table.group("Sessions");
        on.raw(
                        Verb.GET,
                        WAYS,
                        "listSignOn",
                        Guard.OPEN,
                        "Where the people of an organization may log in besides here; nothing for one that is not there.")
                .answers(200, "the ways in", Ways.class, Answer.JSON)
                .handledBy(here::ways);
        on.raw(
                        Verb.GET,
                        WAY,
                        "beginSignOn",
                        Guard.OPEN,
                        "Begins a login: sends the browser to the provider, with a cookie that lets it alone come back.")
                .with(Parameter.optional("next", String.class, "the path here to which the browser goes on afterwards"))
                .answers(302, "to the provider")
                .handledBy(here::begin);
        on.raw(
                        Verb.GET,
                        WAY + "/callback",
                        "finishSignOn",
                        Guard.OPEN,
                        "Where the provider sends the browser back to: opens a session, as a login by password does. A"
                                + " browser that is to go on elsewhere is sent there with these parameters behind #, for a"
                                + " script that asks here again with Accept: application/json.")
                .with(
                        Parameter.text("code", MOST_CODE, false, "of the provider"),
                        Parameter.text("state", MOST_CODE, true, "of the login"),
                        Parameter.text("iss", MOST_CODE, false, "who the provider says it is"),
                        Parameter.text("error", MOST_CODE, false, "why the provider lets nobody in"))
                .trait(Trait.ANY_PARAMETERS)
                .answers(200, "logged in; the token is shown this once", SessionRoutes.Session.class, Answer.JSON)
                .answers(303, "to the path that was asked for")
                .handledBy(here::finish);
        on.raw(
                        Verb.POST,
                        WAY + "/logout",
                        "logOutByProvider",
                        Guard.OPEN,
                        "For the provider: ends the sessions that began with its own (OpenID Connect Back-Channel Logout).")
                .body(LogoutForm.class)
                .trait(Trait.FORM)
                .answers(200, "ended")
                .handledBy(here::logout);
    }

    private Reply ways(Call call) {
        List<SignOn.Offer> offers = services.call(SignOn.class, all -> all.offers(call.organization()));
        return Reply.json(
                200,
                new Ways(offers.stream()
                        .map(offer ->
                                new Way(offer.directory(), call.uri().replaceAll("/+$", "") + "/" + offer.directory()))
                        .toList()));
    }

    private Reply begin(Call call) {
        forBrowsersOnly(call);
        SignOn.Departure departure = asked(
                call,
                all -> all.begin(call.organization(), call.ref("directory"), call.parameter("next"), call.origin()));
        return Reply.empty(302)
                .with("Location", departure.to().toString())
                .with(
                        "Set-Cookie",
                        cookie(departure.state()) + "=" + departure.pledge().reveal() + cookieFor(departure.within()));
    }

    private Reply finish(Call call) {
        forBrowsersOnly(call);
        Map<String, String> given = new LinkedHashMap<>();
        for (String name : List.of("code", "state", "iss", "error")) {
            call.parameter(name).ifPresent(value -> given.put(name, value));
        }
        Secret state = new Secret(given.get("state"));
        Optional<String> next = page(call)
                ? services.call(SignOn.class, all -> all.next(call.organization(), call.ref("directory"), state))
                : Optional.empty();
        if (next.isPresent()) {
            return Reply.empty(303).with("Location", next.get() + "#" + fragment(call, given));
        }
        Map<String, List<String>> response = new HashMap<>();
        given.forEach((name, value) -> response.put(name, List.of(value)));
        Optional<Secret> pledge = kept(call, cookie(state));
        SessionOpened opened = asked(
                call, all -> all.finish(call.organization(), call.ref("directory"), response, pledge, call.origin()));
        return Reply.json(
                        200,
                        new SessionRoutes.Session(
                                opened.token().reveal(),
                                opened.expiresAt(),
                                opened.user(),
                                opened.mustChangePassword()))
                .with("Set-Cookie", cookie(state) + "=" + cookieFor(Duration.ZERO));
    }

    private Reply logout(Call call) throws IOException {
        String token = Optional.ofNullable(call.form().get("logout_token"))
                .orElseThrow(() -> Problem.MALFORMED.at("logout_token", "This is needed."));
        asked(call, all -> {
            all.logout(call.organization(), call.ref("directory"), new Secret(token), call.origin());
            return true;
        });
        return Reply.empty(200);
    }

    /** What is refused behind is audited there, but for what never came so far. */
    private <R> R asked(Call call, Function<SignOn, R> what) {
        call.waits();
        try {
            return services.call(SignOn.class, what);
        } catch (ProblemException refused) {
            if (refused.type() != Problem.NOT_FOUND && refused.type() != Problem.MALFORMED) {
                call.reachedGate();
            }
            throw refused;
        }
    }

    /** A look at the headers alone would begin a login, or use one up. */
    private static void forBrowsersOnly(Call call) {
        if (call.head()) {
            throw Problem.METHOD_NOT_ALLOWED.because("This is for GET only.");
        }
    }

    /** Whether a browser wants to show the answer, not a script to read it. */
    private static boolean page(Call call) {
        return call.header("Accept")
                .filter(types -> types.contains("text/html"))
                .isPresent();
    }

    private static String fragment(Call call, Map<String, String> given) {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("organization", call.part("organization"));
        all.put("directory", call.part("directory"));
        all.putAll(given);
        StringBuilder text = new StringBuilder();
        all.forEach((name, value) -> text.append(text.isEmpty() ? "" : "&")
                .append(name)
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return text.toString();
    }

    /** One for each login: a browser may have several under way. */
    private static String cookie(Secret state) {
        return COOKIE
                + Sha256.of(state.reveal().getBytes(StandardCharsets.UTF_8))
                        .hex()
                        .substring(0, 12);
    }

    private static String cookieFor(Duration time) {
        return COOKIE_TRAITS + time.toSeconds();
    }

    private static Optional<Secret> kept(Call call, String name) {
        Matcher found = Pattern.compile("(?:^|; ?)" + name + "=([A-Za-z0-9_-]{1,100})(?:$|;)")
                .matcher(call.header("Cookie").orElse(""));
        return found.find() ? Optional.of(new Secret(found.group(1))) : Optional.empty();
    }
}
