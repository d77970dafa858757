package dev.keytrail.identity.directory;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import dev.keytrail.identity.sigv4.AuthenticationFailure;
import dev.keytrail.identity.sigv4.AuthenticationFailure.Reason;
import dev.keytrail.identity.sigv4.Claims;
import dev.keytrail.identity.sigv4.PayloadPromise;
import dev.keytrail.identity.sigv4.SigV4;
import dev.keytrail.identity.sigv4.SignedRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Establishes the caller of a request, or refuses (identity.md 1.5: form, key, token, clock, signature, scope). Thread-safe;
 * on the path of every call.
 */
public final class Authenticator {
    private static final Duration SKEW_MAX = Duration.ofMinutes(5);
    /** STS, IAM, S3 and other older services. */
    private static final Duration SKEW_MAX_OLDER = Duration.ofMinutes(15);

    private static final String GLOBAL_REGION = "us-east-1";

    private final AccessKeys accessKeys;
    private final SessionTokens tokens;
    private final UnaryOperator<Instant> clientTime;
    private final SigV4 sigV4 = new SigV4();

    public Authenticator(AccessKeys accessKeys, SessionTokens tokens) {
        this(accessKeys, tokens, now -> now);
    }

    private Authenticator(AccessKeys accessKeys, SessionTokens tokens, UnaryOperator<Instant> clientTime) {
        this.accessKeys = accessKeys;
        this.tokens = tokens;
        this.clientTime = clientTime;
    }

    /**
     * The same where clients' clocks do not show the server's time: times of signatures are held against {@code
     * clientTime}, sessions still end by the server's.
     */
    public Authenticator onClientTime(UnaryOperator<Instant> time) {
        return new Authenticator(accessKeys, tokens, time);
    }

    /** Whose the claimed credentials are, and the sealed secret that must have signed. */
    private record Credentials(Caller caller, Bytes sealedSecret) {}

    /**
     * Reads key, user, role and account rows through {@code state}, so that a commit based on it is refused if one of them
     * has changed since.
     *
     * @param service the one the request is routed to; the scope must name it
     * @throws AuthenticationFailure if the caller cannot be established
     */
    public Authenticated authenticate(State state, SignedRequest request, Service service, Instant now) {
        Claims claims = sigV4.claims(request);
        try {
            return authenticate(state, request, claims, service, now);
        } catch (AuthenticationFailure e) {
            throw e.claiming(claims.accessKeyId());
        }
    }

    private Authenticated authenticate(
            State state, SignedRequest request, Claims claims, Service service, Instant now) {
        Credentials credentials = claims.token().isPresent()
                ? temporary(state, claims, claims.token().get(), now)
                : longTerm(state, claims);
        sigV4.checkTime(claims, clientTime.apply(now), skew(service));
        AccessKeys.Found found = accessKeys.signingKey(claims.accessKeyId(), credentials.sealedSecret(), claims);
        PayloadPromise payload = sigV4.check(claims, request, found.key(), service == Service.S3);
        requireScope(claims, service.signingName());
        if (credentials.caller().invokedBy().isPresent() && givesAccess(service)) {
            throw AuthenticationFailure.ofScope("A forwarded session is for other services than this.");
        }
        if (!found.known()) {
            accessKeys.proven(found);
            sigV4.proven(request, claims);
        }
        return new Authenticated(
                credentials.caller(), service == Service.IAM ? GLOBAL_REGION : claims.region(), payload);
    }

    private static Credentials longTerm(State state, Claims claims) {
        // A temporary key has no row, so without its token it is as unknown as any other.
        AccessKey key = state.get(IdentityTables.ACCESS_KEYS, claims.accessKeyId())
                .filter(AccessKey::active)
                .orElseThrow(() -> AuthenticationFailure.ofCredentials(Reason.UNKNOWN_KEY));
        Principal owner = switch (key.owner()) {
            case AccessKey.Owner.Root() -> new Principal.Root(key.account());
            case AccessKey.Owner.OfUser(String name, String userId) -> user(state, key.account(), name, userId);
        };
        requireAccount(state, key.account());
        return new Credentials(Caller.of(owner, key.id()), key.sealedSecret());
    }

    private Credentials temporary(State state, Claims claims, String token, Instant now) {
        SessionTokens.Opened opened = tokens.open(token)
                .filter(o -> o.accessKeyId().equals(claims.accessKeyId()))
                .orElseThrow(() -> AuthenticationFailure.ofCredentials(Reason.BAD_TOKEN));
        Caller standing = standing(state, opened, now);
        Caller caller = opened.forwarded()
                .map(forwarded -> forwarded(state, opened, forwarded))
                .orElse(standing);
        return new Credentials(caller, opened.sealedSecret());
    }

    /**
     * Who shows temporary credentials as they are instead of signing with them, as sign-in takes them. Those of services
     * that act for somebody do not count.
     *
     * @throws AuthenticationFailure unless key id, secret and token belong together and stand
     */
    public Caller holder(State state, String accessKeyId, Secret secret, String token, Instant now) {
        SessionTokens.Opened opened = tokens.open(token)
                .filter(o ->
                        o.accessKeyId().equals(accessKeyId) && o.forwarded().isEmpty())
                .filter(o -> accessKeys.holds(accessKeyId, o.sealedSecret(), secret))
                .orElseThrow(() -> AuthenticationFailure.ofCredentials(Reason.BAD_TOKEN));
        return standing(state, opened, now);
    }

    /** Whose session it is, if it is not over and they still are who they were. */
    private static Caller standing(State state, SessionTokens.Opened opened, Instant now) {
        if (!now.isBefore(opened.session().expiresAt())) {
            throw AuthenticationFailure.ofCredentials(Reason.TOKEN_EXPIRED);
        }
        requireStanding(state, opened.principal());
        return new Caller(
                opened.principal(), Optional.of(opened.accessKeyId()), Optional.of(opened.session()), Optional.empty());
    }

    /** Whose session a token of ours is about, if it still stands. */
    public Optional<Caller> standing(State state, String token, Instant now) {
        try {
            return tokens.open(token).map(opened -> standing(state, opened, now));
        } catch (AuthenticationFailure e) {
            return Optional.empty();
        }
    }

    /** The user as it called the service, which must still be able to. */
    private static Caller forwarded(State state, SessionTokens.Opened opened, SessionTokens.Forwarded forwarded) {
        boolean longTerm = !forwarded.temporary() && !forwarded.accessKeyId().isEmpty();
        if (longTerm
                && state.get(IdentityTables.ACCESS_KEYS, forwarded.accessKeyId())
                        .filter(AccessKey::active)
                        .isEmpty()) {
            throw AuthenticationFailure.ofCredentials(Reason.UNKNOWN_KEY);
        }
        return new Caller(
                opened.principal(),
                Optional.of(forwarded.accessKeyId()),
                longTerm ? Optional.empty() : Optional.of(opened.session()),
                forwarded.service());
    }

    /**
     * Who made a request to a service that is none of the house's: that service shows it as proof of whom it serves.
     *
     * @param signingName the service part of the credential scope that the request must have
     * @throws AuthenticationFailure if the caller cannot be established
     */
    public Authenticated prove(State state, SignedRequest request, String signingName, Instant now) {
        Claims claims = sigV4.claims(request);
        Credentials credentials = claims.token().isPresent()
                ? temporary(state, claims, claims.token().get(), now)
                : longTerm(state, claims);
        sigV4.checkTime(claims, clientTime.apply(now), SKEW_MAX);
        AccessKeys.Found found = accessKeys.signingKey(claims.accessKeyId(), credentials.sealedSecret(), claims);
        PayloadPromise payload = sigV4.check(claims, request, found.key(), false);
        requireScope(claims, signingName);
        return new Authenticated(credentials.caller(), claims.region(), payload);
    }

    /** The user or role behind a session must still be the one that it was made for. */
    private static void requireStanding(State state, Principal principal) {
        switch (principal) {
            case Principal.Root(String account) -> requireAccount(state, account);
            case Principal.User u -> {
                requireAccount(state, u.accountId());
                user(state, u.accountId(), u.name(), u.id());
            }
            case Principal.RoleSession r -> {
                requireAccount(state, r.accountId());
                if (r.roleName().startsWith(Role.OF_SERVICES)) {
                    return;
                }
                boolean stands = state.get(IdentityTables.ROLES, IdentityTables.key(r.accountId(), r.roleName()))
                        .map(role -> role.id().equals(r.roleId()))
                        .orElse(false);
                if (!stands) {
                    throw AuthenticationFailure.ofCredentials(Reason.BAD_TOKEN);
                }
            }
            case Principal.FederatedUser f -> requireStanding(state, f.issuer());
            case Principal.ProviderUser _, Principal.Claimed _, Principal.ServicePrincipal _, Principal.Nobody _ ->
                throw AuthenticationFailure.ofCredentials(Reason.BAD_TOKEN);
        }
    }

    private static Principal user(State state, String account, String name, String userId) {
        return state.get(IdentityTables.USERS, IdentityTables.key(account, name))
                .filter(u -> u.id().equals(userId))
                .map(User::principal)
                .orElseThrow(() -> AuthenticationFailure.ofCredentials(Reason.UNKNOWN_KEY));
    }

    private static void requireAccount(State state, String account) {
        if (state.get(IdentityTables.ACCOUNTS, account).isEmpty()) {
            throw AuthenticationFailure.ofCredentials(Reason.UNKNOWN_KEY);
        }
    }

    private static void requireScope(Claims claims, String signingName) {
        if (!claims.service().equals(signingName)) {
            throw AuthenticationFailure.ofScope(
                    "Credential should be scoped to correct service: '" + signingName + "'.");
        }
        if (!Regions.isValid(claims.region())) {
            throw AuthenticationFailure.ofScope("Credential should be scoped to a valid region.");
        }
    }

    /** From whom a service that acts for a user could get access that lasts. */
    private static boolean givesAccess(Service service) {
        return switch (service) {
            case IAM, STS, SIGNIN, KEYTRAIL -> true;
            case KMS, CLOUDTRAIL, CLOUDTRAIL_DATA, SNS, S3 -> false;
        };
    }

    private static Duration skew(Service service) {
        return switch (service) {
            case STS, IAM, S3 -> SKEW_MAX_OLDER;
            case KMS, CLOUDTRAIL, CLOUDTRAIL_DATA, SNS, SIGNIN, KEYTRAIL -> SKEW_MAX;
        };
    }
}
