// SPDX-License-Identifier: Apache-2.0
package org.isthmus.api;

/** Problems that belong to no single domain. */
public enum Problem implements ProblemType {
    MALFORMED("malformed", 400, "The request is malformed", "Mend what errors[] points at and send it again."),
    NOT_LOGGED_IN(
            "not-logged-in",
            401,
            "A login is needed",
            "Log in with POST /api/v1/sessions and send its token as Bearer."),
    FORBIDDEN(
            "forbidden",
            403,
            "A right is missing",
            "The problem names the missing action; somebody who may grant roles can give a role that has it."),
    PASSWORD_CHANGE_NEEDED(
            "password-change-needed",
            403,
            "The password must be changed first",
            "PUT a new password to …/users/{user}/password, then go on with the same session."),
    NOT_FOUND(
            "not-found",
            404,
            "There is no such thing here",
            "It does not exist, was deleted, or belongs to somebody else; these look the same on purpose."),
    METHOD_NOT_ALLOWED("method-not-allowed", 405, "This cannot be done here", "The Allow header says what can."),
    NOT_ACCEPTABLE("not-acceptable", 406, "No such representation", "Ask for application/json."),
    CONFLICT("conflict", 409, "The state does not allow this", "The detail says what is in the way."),
    NAME_TAKEN("name-taken", 409, "The name is taken", "Choose another name, or use the thing that has it."),
    IN_USE("in-use", 409, "It is in use", "Remove what uses it first; the detail names it."),
    KEY_REUSED(
            "idempotency-key-reused",
            409,
            "The Idempotency-Key was used for something else",
            "Use a new key for a new request; the same key only ever repeats the same request."),
    STALE("stale", 412, "It was changed meanwhile", "Read it again and repeat the change with its new version."),
    TOO_LARGE("too-large", 413, "The request is too large", "Send less; images are uploaded in parts."),
    UNSUPPORTED_MEDIA_TYPE(
            "unsupported-media-type", 415, "This content type is not understood", "Send application/json."),
    AGAINST_POLICY(
            "against-policy",
            422,
            "It is against a policy",
            "Each violation names the policy, whose it is and who can change it."),
    VERSION_NEEDED(
            "version-needed", 428, "The version is missing", "Send If-Match with the version you read, in quotes."),
    TOO_MANY("too-many-requests", 429, "Too many requests", "Wait as long as Retry-After says."),
    INTERNAL("internal", 500, "Something broke", "Tell the operator the request id; the log has the cause."),
    UNAVAILABLE("unavailable", 503, "A needed part is away", "Try again after Retry-After; nothing was changed.");

    private final String slug;
    private final int status;
    private final String title;
    private final String help;

    Problem(String slug, int status, String title, String help) {
        this.slug = slug;
        this.status = status;
        this.title = title;
        this.help = help;
    }

    @Override
    public String slug() {
        return slug;
    }

    @Override
    public int status() {
        return status;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public String help() {
        return help;
    }
}
