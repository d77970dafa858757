package dev.keytrail.identity.directory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Principal;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Session;
import dev.keytrail.crypto.Vault;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * Session tokens: base64 of an AEAD-sealed statement of whose session it is, what narrows it, when it ends, and its
 * secret access key (sealed once more, so that only crypto ever sees it). Any node can open one without a look-up; no byte
 * of one can be changed. Thread-safe.
 */
public final class SessionTokens {
    /** Temporary keys' tokens that stay opened between calls, by their characters. */
    private static final long OPENED_CHARS_MAX = 16L << 20;

    private static final String NAME = "session token";

    private final Vault vault;
    private final Identifiers identifiers;
    private final AccessKeys accessKeys;
    private final Cache<String, Opened> opened = Caffeine.newBuilder()
            .maximumWeight(OPENED_CHARS_MAX)
            .weigher((String token, Opened _) -> token.length())
            .executor(Runnable::run)
            .build();

    public SessionTokens(Vault vault, Identifiers identifiers, AccessKeys accessKeys) {
        this.vault = vault;
        this.identifiers = identifiers;
        this.accessKeys = accessKeys;
    }

    /** What a token states, proven to be ours; whether it is over is for the caller to see. */
    record Opened(
            String accessKeyId,
            Bytes sealedSecret,
            Principal principal,
            Session session,
            Optional<Forwarded> forwarded) {}

    /**
     * Of credentials that a service got to act on somebody's behalf: for whom, and how the user's own call was made.
     *
     * @param service the service, e.g. {@code ec2.amazonaws.com}; empty for its infrastructure, which acts by itself
     * @param accessKeyId the key that signed the user's own call
     * @param temporary whether that was a temporary key: only then has the user a session
     */
    public record Forwarded(Optional<String> service, String accessKeyId, boolean temporary) {}

    /** Credentials as STS hands them out, once. */
    public record Issued(String accessKeyId, Secret secret, String token) {}

    /** Makes temporary credentials. The principal is a root user, user, role session or federated user. */
    public Issued issue(Principal principal, Session session) {
        return issue(principal, session, Optional.empty());
    }

    /** Makes temporary credentials for a service that acts for the principal. */
    public Issued issue(Principal principal, Session session, Optional<Forwarded> forwarded) {
        String accessKeyId = identifiers.temporaryAccessKeyId();
        Secret secret = identifiers.secretAccessKey();
        RowWriter out = new RowWriter().version(1).text(accessKeyId).bytes(accessKeys.seal(accessKeyId, secret));
        writePrincipal(principal, out);
        out.instant(session.issuedAt()).instant(session.expiresAt()).flag(session.mfaAuthenticated());
        out.optionalText(session.sourceIdentity()).texts(session.tags()).texts(session.policies());
        out.flag(session.restricted()).texts(session.transitiveTagKeys());
        out.optionalText(session.federatedProvider());
        out.optional(
                forwarded,
                (f, to) -> to.optionalText(f.service()).text(f.accessKeyId()).flag(f.temporary()));
        out.flag(session.fromConsole()).flag(session.chained());
        Bytes statement = vault.seal(Bytes.adopt(out.toByteArray()), NAME);
        return new Issued(accessKeyId, secret, Base64.getEncoder().encodeToString(statement.unsafeArray()));
    }

    /** Credentials of ours once more, for whoever has shown that they are to be theirs. */
    public Optional<Credentials> credentials(String token) {
        return open(token)
                .filter(o -> o.forwarded().isEmpty())
                .map(o -> new Credentials(
                        new Issued(o.accessKeyId(), accessKeys.unseal(o.accessKeyId(), o.sealedSecret()), token),
                        o.principal(),
                        o.session()));
    }

    /** What credentials are, and whose. */
    public record Credentials(Issued issued, Principal principal, Session session) {}

    /** Empty when the token is not exactly as this server made it. */
    Optional<Opened> open(String token) {
        Opened known = opened.getIfPresent(token);
        if (known != null) {
            return Optional.of(known);
        }
        Optional<Opened> fresh =
                decode(token).flatMap(bytes -> vault.open(bytes, NAME)).map(SessionTokens::read);
        fresh.ifPresent(o -> opened.put(token, o));
        return fresh;
    }

    /** Base64 lets the last character vary without changing the bytes; only the spelling that was given out counts. */
    private static Optional<Bytes> decode(String token) {
        try {
            byte[] sealed = Base64.getDecoder().decode(token.getBytes(StandardCharsets.ISO_8859_1));
            return Base64.getEncoder().encodeToString(sealed).equals(token)
                    ? Optional.of(Bytes.adopt(sealed))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Opened read(Bytes statement) {
        RowReader in = new RowReader(statement.unsafeArray());
        in.version(1);
        String accessKeyId = in.text();
        Bytes sealedSecret = in.bytes();
        Principal principal = readPrincipal(in);
        Session session = new Session(
                in.instant(),
                in.instant(),
                in.flag(),
                in.optionalText(),
                in.textMap(),
                in.texts(),
                in.flag(),
                in.texts(),
                in.hasMore() ? in.optionalText() : Optional.empty(),
                false,
                false);
        Optional<Forwarded> forwarded =
                in.hasMore() ? in.optional(f -> new Forwarded(f.optionalText(), f.text(), f.flag())) : Optional.empty();
        if (in.hasMore()) {
            session = session.fromConsole(in.flag()).chained(in.flag());
        }
        return new Opened(accessKeyId, sealedSecret, principal, session, forwarded);
    }

    private static void writePrincipal(Principal principal, RowWriter out) {
        switch (principal) {
            case Principal.Root(String account) -> out.number(1).text(account);
            case Principal.User u ->
                out.number(2).text(u.accountId()).text(u.id()).text(u.path()).text(u.name());
            case Principal.RoleSession r ->
                out.number(3)
                        .text(r.accountId())
                        .text(r.roleId())
                        .text(r.rolePath())
                        .text(r.roleName())
                        .text(r.sessionName());
            case Principal.FederatedUser f -> {
                out.number(4).text(f.accountId()).text(f.name());
                writePrincipal(f.issuer(), out);
            }
            case Principal.ProviderUser _, Principal.Claimed _, Principal.ServicePrincipal _, Principal.Nobody _ ->
                throw new IllegalArgumentException("no sessions for " + principal.arn());
        }
    }

    private static Principal readPrincipal(RowReader in) {
        int kind = in.integer();
        return switch (kind) {
            case 1 -> new Principal.Root(in.text());
            case 2 -> new Principal.User(in.text(), in.text(), in.text(), in.text());
            case 3 -> new Principal.RoleSession(in.text(), in.text(), in.text(), in.text(), in.text());
            case 4 -> new Principal.FederatedUser(in.text(), in.text(), readPrincipal(in));
            default -> throw new IllegalArgumentException("principal of kind " + kind);
        };
    }
}
