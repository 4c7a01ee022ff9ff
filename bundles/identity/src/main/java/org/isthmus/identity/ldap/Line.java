// SPDX-License-Identifier: Apache-2.0
package org.isthmus.identity.ldap;

import com.unboundid.asn1.ASN1OctetString;
import com.unboundid.ldap.sdk.Control;
import com.unboundid.ldap.sdk.DN;
import com.unboundid.ldap.sdk.DereferencePolicy;
import com.unboundid.ldap.sdk.ExtendedResult;
import com.unboundid.ldap.sdk.Filter;
import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPConnectionOptions;
import com.unboundid.ldap.sdk.LDAPException;
import com.unboundid.ldap.sdk.LDAPSearchException;
import com.unboundid.ldap.sdk.ResultCode;
import com.unboundid.ldap.sdk.SearchRequest;
import com.unboundid.ldap.sdk.SearchResult;
import com.unboundid.ldap.sdk.SearchResultEntry;
import com.unboundid.ldap.sdk.SearchResultListener;
import com.unboundid.ldap.sdk.SearchResultReference;
import com.unboundid.ldap.sdk.SearchScope;
import com.unboundid.ldap.sdk.SimpleBindRequest;
import com.unboundid.ldap.sdk.controls.SimplePagedResultsControl;
import com.unboundid.ldap.sdk.extensions.StartTLSExtendedRequest;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;

/** One connection to a server, from when it is trusted until it is closed. Referrals and aliases are not followed. */
final class Line implements AutoCloseable {
    /** Active Directory: say nothing of other domains instead of pointing to them. */
    private static final String DOMAIN_SCOPE = "1.2.840.113556.1.4.1339";

    /** A group of 100,000 members is about 10 MB. */
    private static final int LARGEST_MESSAGE = 32 * 1024 * 1024;
    /** Pages beyond those that the entries need: a server may send some that are empty. */
    private static final int SPARE_PAGES = 50;

    private static final Pattern INNERMOST = Pattern.compile("(?:IOException|Exception)\\('?([^()']{3,})'?\\)");
    private static final Pattern AD_REASON = Pattern.compile(", data ([0-9a-f]{2,4}),");
    private static final Map<String, String> AD_REASONS = Map.of(
            "525", "no such account",
            "52e", "wrong password",
            "530", "not at this time",
            "531", "not from this machine",
            "532", "the password has expired",
            "533", "the account is disabled",
            "701", "the account has expired",
            "773", "the password must be changed first",
            "775", "the account is locked");

    private final LDAPConnection connection;
    private final LdapSettings settings;

    private Runnable onTheWay = () -> {};

    private Line(LDAPConnection connection, LdapSettings settings) {
        this.connection = connection;
        this.settings = settings;
    }

    /** To the first server that answers; nobody is bound yet. */
    static Line open(LdapSettings settings, Reach reach) {
        LdapFailure last = null;
        for (LdapSettings.Place place : settings.places()) {
            try {
                return new Line(connect(settings, reach, place), settings);
            } catch (LdapFailure e) {
                last = e;
            }
        }
        throw last;
    }

    private static LDAPConnection connect(LdapSettings settings, Reach reach, LdapSettings.Place place) {
        LDAPConnectionOptions options = new LDAPConnectionOptions();
        options.setConnectTimeoutMillis((int) settings.timeout().toMillis());
        options.setResponseTimeoutMillis(settings.timeout().toMillis());
        options.setFollowReferrals(false);
        options.setAbandonOnTimeout(false);
        options.setUseSchema(false);
        options.setMaxMessageSize(LARGEST_MESSAGE);
        options.setNameResolver(reach.resolver(settings.plain()));
        LDAPConnection connection = null;
        try {
            if (place.tls()) {
                connection = new LDAPConnection(Trusting.factory(settings), options, place.host(), place.port());
                return connection;
            }
            connection = new LDAPConnection(options, place.host(), place.port());
            if (settings.startTls()) {
                ExtendedResult answer =
                        connection.processExtendedOperation(new StartTLSExtendedRequest(Trusting.factory(settings)));
                if (!answer.getResultCode().equals(ResultCode.SUCCESS)) {
                    throw new LDAPException(answer);
                }
            }
            return connection;
        } catch (LDAPException e) {
            if (connection != null) {
                connection.close();
            }
            throw notOpened(place, settings, e);
        }
    }

    private static LdapFailure notOpened(LdapSettings.Place place, LdapSettings settings, LDAPException e) {
        if (untrusted(e)) {
            return new LdapFailure(
                    LdapFailure.Kind.UNTRUSTED,
                    "The certificate of " + place
                            + " is not trusted: it must be of an authority in ca.certificate (or one"
                            + " that Java trusts, without that setting) and for this very name. "
                            + Entries.shown(e.getMessage()));
        }
        boolean refused = settings.startTls() && !e.getResultCode().isClientSideResultCode();
        return new LdapFailure(
                refused ? LdapFailure.Kind.MISCONFIGURED : LdapFailure.Kind.UNREACHABLE,
                refused
                        ? place + " does not do StartTLS: " + told(e) + "."
                        : place + " does not answer: " + told(e) + ".");
    }

    private static boolean untrusted(LDAPException e) {
        for (Throwable each = e; each != null; each = each.getCause()) {
            if (each instanceof SSLException || each instanceof CertificateException) {
                return true;
            }
        }
        String message = String.valueOf(e.getMessage());
        return message.contains("SSLHandshakeException")
                || message.contains("SSLPeerUnverifiedException")
                || message.contains("CertificateException")
                || message.contains("Hostname verification failed");
    }

    /** As the service account of the settings. */
    void bind() {
        try {
            connection.bind(new SimpleBindRequest(
                    settings.bindDn(), settings.bindPassword().reveal()));
        } catch (LDAPException e) {
            throw e.getResultCode().equals(ResultCode.INVALID_CREDENTIALS)
                    ? new LdapFailure(
                            LdapFailure.Kind.MISCONFIGURED,
                            "The directory does not take bind.dn with bind.password: set them anew.")
                    : failed("the bind of the service account", e);
        }
    }

    /** As somebody, once: empty when the server lets them in, else its reason. This line is good for nothing else then. */
    Optional<String> bind(String dn, String password) {
        if (password.isEmpty()) {
            return Optional.of("an empty password is nobody's");
        }
        try {
            connection.bind(new SimpleBindRequest(dn, password));
            return Optional.empty();
        } catch (LDAPException e) {
            ResultCode code = e.getResultCode();
            boolean away = code.isClientSideResultCode()
                    || code.equals(ResultCode.BUSY)
                    || code.equals(ResultCode.UNAVAILABLE)
                    || code.equals(ResultCode.OPERATIONS_ERROR)
                    || code.equals(ResultCode.PROTOCOL_ERROR)
                    || code.equals(ResultCode.REFERRAL)
                    || code.equals(ResultCode.CONFIDENTIALITY_REQUIRED);
            if (away) {
                throw failed("a bind", e);
            }
            return Optional.of("the directory says " + told(e));
        }
    }

    /** What is done after each page of many: whoever asks may have to say that they are still at it. */
    void onTheWay(Runnable work) {
        onTheWay = work;
    }

    /** All entries, or a failure: never some of them. */
    List<SearchResultEntry> all(String what, DN base, Filter filter, String... attributes) {
        Found found = new Found(settings.most());
        ASN1OctetString cookie = null;
        int pages = settings.most() / settings.page() + SPARE_PAGES;
        do {
            List<Control> controls = controls();
            controls.add(new SimplePagedResultsControl(settings.page(), cookie, false));
            SearchResult page = search(found, what, request(found, base, filter, attributes), controls);
            cookie = cookie(page, what);
            onTheWay.run();
            if (--pages < 0) {
                throw new LdapFailure(
                        LdapFailure.Kind.PARTIAL, "The directory sends pages of " + what + " without an end.");
            }
        } while (cookie != null && cookie.getValueLength() > 0);
        return found.entries;
    }

    /** All entries when they are at most so many, without pages; more are a failure. */
    List<SearchResultEntry> few(String what, int most, DN base, Filter filter, String... attributes) {
        Found found = new Found(most);
        SearchRequest request = request(found, base, filter, attributes);
        search(found, what, request, controls());
        return found.entries;
    }

    /** The one entry at this place, if it is there and matches. */
    Optional<SearchResultEntry> at(String what, DN place, Filter filter, String... attributes) {
        Found found = new Found(1);
        SearchRequest request = request(found, place, filter, attributes);
        request.setScope(SearchScope.BASE);
        request.setControls(controls());
        try {
            connection.search(request);
        } catch (LDAPSearchException e) {
            if (e.getResultCode().equals(ResultCode.NO_SUCH_OBJECT)) {
                return Optional.empty();
            }
            throw failed("the search for " + what, e);
        }
        found.check(what, settings);
        return found.entries.stream().findFirst();
    }

    private List<Control> controls() {
        List<Control> controls = new ArrayList<>(2);
        if (settings.activeDirectory()) {
            controls.add(new Control(DOMAIN_SCOPE, false));
        }
        return controls;
    }

    private SearchRequest request(Found found, DN base, Filter filter, String... attributes) {
        int seconds = (int) Math.max(1, settings.timeout().toSeconds() * 4);
        SearchRequest request = new SearchRequest(
                found,
                base.toString(),
                SearchScope.SUB,
                DereferencePolicy.NEVER,
                0,
                seconds,
                false,
                filter,
                attributes);
        request.setFollowReferrals(false);
        return request;
    }

    private SearchResult search(Found found, String what, SearchRequest request, List<Control> controls) {
        request.setControls(controls);
        SearchResult result;
        try {
            result = connection.search(request);
        } catch (LDAPSearchException e) {
            found.check(what, settings);
            throw failed("the search for " + what, e);
        }
        found.check(what, settings);
        return result;
    }

    private static ASN1OctetString cookie(SearchResult page, String what) {
        try {
            SimplePagedResultsControl control = SimplePagedResultsControl.get(page);
            return control == null ? null : control.getCookie();
        } catch (LDAPException e) {
            throw new LdapFailure(
                    LdapFailure.Kind.PARTIAL, "The directory's answer about pages of " + what + " cannot be read.");
        }
    }

    /** What has come so far. More than is taken ends the connection, for a stranger's stream may have no end. */
    private final class Found implements SearchResultListener {
        private static final long serialVersionUID = 1;

        private final transient List<SearchResultEntry> entries = new ArrayList<>();
        private final int most;
        private boolean tooMany;
        private String elsewhere = "";

        Found(int most) {
            this.most = most;
        }

        @Override
        public void searchEntryReturned(SearchResultEntry entry) {
            if (entries.size() >= most) {
                tooMany = true;
                connection.close();
                return;
            }
            entries.add(entry);
        }

        @Override
        public void searchReferenceReturned(SearchResultReference reference) {
            elsewhere = Entries.shown(String.join(" ", reference.getReferralURLs()));
        }

        private void check(String what, LdapSettings settings) {
            if (tooMany) {
                throw new LdapFailure(
                        LdapFailure.Kind.PARTIAL,
                        "The directory has more " + what + " than " + most + ": narrow the filter or the base"
                                + (most == settings.most() ? ", or raise max.entries." : "."));
            }
            if (!elsewhere.isEmpty()) {
                throw new LdapFailure(
                        LdapFailure.Kind.PARTIAL,
                        "The directory points to another server for some " + what + " (" + elsewhere
                                + "), where nothing is asked: choose a base that this server has whole.");
            }
        }
    }

    private static LdapFailure failed(String what, LDAPException e) {
        ResultCode code = e.getResultCode();
        if (code.equals(ResultCode.SIZE_LIMIT_EXCEEDED)
                || code.equals(ResultCode.TIME_LIMIT_EXCEEDED)
                || code.equals(ResultCode.ADMIN_LIMIT_EXCEEDED)
                || code.equals(ResultCode.REFERRAL)) {
            return new LdapFailure(
                    LdapFailure.Kind.PARTIAL,
                    "The directory did not answer " + what + " whole: " + told(e)
                            + ". Raise its limits for the service account, or ask for less.");
        }
        if (code.isClientSideResultCode() || code.equals(ResultCode.BUSY) || code.equals(ResultCode.UNAVAILABLE)) {
            return new LdapFailure(
                    LdapFailure.Kind.UNREACHABLE, "The directory did not answer " + what + ": " + told(e) + ".");
        }
        return new LdapFailure(
                LdapFailure.Kind.MISCONFIGURED,
                "The directory refused " + what + ": " + told(e)
                        + ". Is the base right, and may the service account read there?");
    }

    private static String told(LDAPException e) {
        String name = e.getResultCode().getName();
        Optional<String> more = Optional.ofNullable(e.getDiagnosticMessage());
        if (e.getResultCode().isClientSideResultCode()) {
            more = more.or(() -> Optional.of(root(e)));
        }
        return name + more.map(text -> ", " + meaning(text)).orElse("");
    }

    /** What was first in the way. */
    private static String root(LDAPException e) {
        Throwable root = e;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String said = String.valueOf(root.getMessage());
        // the library writes the message of a failure on a thread of its own into its own: the innermost is what
        // happened
        Matcher inner = INNERMOST.matcher(said);
        return inner.find() ? inner.group(1) : said;
    }

    /** Active Directory says in a number why a bind was refused. */
    private static String meaning(String diagnostic) {
        Matcher number = AD_REASON.matcher(diagnostic);
        String reason = number.find() ? AD_REASONS.getOrDefault(number.group(1), "") : "";
        return (reason.isEmpty() ? "" : reason + ": ") + Entries.shown(diagnostic);
    }

    LDAPConnection connection() {
        return connection;
    }

    @Override
    public void close() {
        connection.close();
    }
}
