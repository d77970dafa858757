package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Resource;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.call.Session;
import dev.keytrail.identity.directory.Authenticated;
import dev.keytrail.identity.directory.Authenticator;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.identity.directory.SessionTokens;
import dev.keytrail.identity.sigv4.AuthenticationFailure;
import dev.keytrail.identity.sigv4.HeaderList;
import dev.keytrail.identity.sigv4.SignedRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * How services outside use keys for their users (identity.md section 7). ForwardAccess: a service shows a request that a
 * user signed for it, and gets a short session that acts as the user, with the user's permissions, marked as invoked by
 * the service. GetInfrastructureSession: a service's infrastructure gets a role session that only grants let do anything.
 * AWS has no public API for either. For principals of the operator's account that may do so for that service
 * ({@code arn:aws:keytrail::ACCOUNT:service/NAME}).
 */
public final class ServiceAccess {
    private static final Duration LIFE = Duration.ofMinutes(15);
    private static final String SERVICE = "[a-z0-9-]{1,32}(\\.[a-z0-9-]{1,63}){1,4}";
    private static final String RESOURCE_ID = "[\\w+=,.@-]{2,64}";
    private static final int HEADERS_MAX = 64;
    private static final int BODY_BYTES_MAX = 256 << 10;

    private final Permit permit;
    private final Authenticator authenticator;
    private final SessionTokens tokens;

    ServiceAccess(Permit permit, Authenticator authenticator, SessionTokens tokens) {
        this.permit = permit;
        this.authenticator = authenticator;
        this.tokens = tokens;
    }

    /**
     * A user's request to the service, as it came.
     *
     * @param service e.g. {@code ec2.amazonaws.com}; its first part is what the request's credential scope must name
     * @param headers a line each, {@code name: value}
     * @param body base64
     */
    public record Forward(
            Optional<String> service,
            Optional<String> method,
            Optional<String> path,
            Optional<String> query,
            Optional<String> headers,
            Optional<String> body) {}

    /** @param resourceId what in the service acts, e.g. an instance */
    public record Infrastructure(Optional<String> service, Optional<String> accountId, Optional<String> resourceId) {}

    /** Temporary credentials, and whom they act as. */
    public record Granted(
            String accessKeyId,
            Secret secretAccessKey,
            String sessionToken,
            Instant expiration,
            String accountId,
            String arn,
            String region) {}

    List<Operation<?, ?>> rows() {
        return List.of(
                Rows.changing(
                        Service.KEYTRAIL,
                        "ForwardAccess",
                        Forward.class,
                        Granted.class,
                        this::forward,
                        in -> Rows.shown(Facts.facts().put("service", in.service()))),
                Rows.changing(
                        Service.KEYTRAIL,
                        "GetInfrastructureSession",
                        Infrastructure.class,
                        Granted.class,
                        this::infrastructure,
                        in -> Rows.shown(Facts.facts()
                                .put("service", in.service())
                                .put("accountId", in.accountId())
                                .put("resourceId", in.resourceId()))));
    }

    private Effect<Granted> forward(Attempt attempt, Forward in) {
        String service = permitted(attempt, in.service());
        Instant now = attempt.call().receivedAt();
        Authenticated proven;
        try {
            proven = authenticator.prove(attempt.state(), request(in), signingName(service), now);
        } catch (AuthenticationFailure e) {
            throw invalid("The request proves nobody: " + e.getMessage());
        }
        Caller user = proven.caller();
        if (user.invokedBy().isPresent()) {
            throw invalid("A forwarded session cannot be forwarded.");
        }
        Instant end = user.session()
                .map(Session::expiresAt)
                .filter(now.plus(LIFE)::isAfter)
                .orElse(now.plus(LIFE));
        Session session = user.session().map(own -> until(own, end)).orElseGet(() -> Session.of(now, end));
        SessionTokens.Forwarded forwarded = new SessionTokens.Forwarded(
                Optional.of(service),
                user.accessKeyId().orElse(""),
                user.session().isPresent());
        return granted(
                attempt,
                user.principal(),
                proven.region(),
                tokens.issue(user.principal(), session, Optional.of(forwarded)),
                end);
    }

    private static Session until(Session own, Instant end) {
        return own.lasting(own.issuedAt(), end);
    }

    private static SignedRequest request(Forward in) {
        HeaderList.Builder headers = HeaderList.builder();
        String[] lines = in.headers().orElse("").split("\r?\n", -1);
        if (lines.length > HEADERS_MAX) {
            throw invalid("More than " + HEADERS_MAX + " headers");
        }
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.add(
                        line.substring(0, colon).strip().toLowerCase(java.util.Locale.ROOT),
                        line.substring(colon + 1).strip());
            }
        }
        byte[] body;
        try {
            body = Base64.getDecoder().decode(in.body().orElse(""));
        } catch (IllegalArgumentException e) {
            throw invalid("Body is not base64");
        }
        if (body.length > BODY_BYTES_MAX) {
            throw invalid("Body has more than " + BODY_BYTES_MAX + " bytes");
        }
        return new SignedRequest(
                in.method().orElse("POST"),
                in.path().orElse("/"),
                in.query().orElse(""),
                headers.build(),
                Optional.of(Bytes.adopt(body)));
    }

    private Effect<Granted> infrastructure(Attempt attempt, Infrastructure in) {
        String service = permitted(attempt, in.service());
        String account = in.accountId()
                .filter(id -> attempt.state().get(IdentityTables.ACCOUNTS, id).isPresent())
                .orElseThrow(() -> invalid("There is no such account"));
        String resource = in.resourceId()
                .filter(id -> id.matches(RESOURCE_ID))
                .orElseThrow(() -> invalid("ResourceId is missing or invalid"));
        String role = Role.OF_SERVICES + signingName(service) + "-infrastructure";
        Principal.RoleSession principal = new Principal.RoleSession(account, account + ":" + role, "/", role, resource);
        Instant now = attempt.call().receivedAt();
        Instant end = now.plus(LIFE);
        // No key id is shown for it, as at AWS.
        SessionTokens.Forwarded forwarded = new SessionTokens.Forwarded(Optional.empty(), "", true);
        return granted(
                attempt,
                principal,
                attempt.call().region(),
                tokens.issue(principal, Session.of(now, end), Optional.of(forwarded)),
                end);
    }

    /** The account that is acted in has a copy of the event. */
    private static Effect<Granted> granted(
            Attempt attempt, Principal principal, String region, SessionTokens.Issued issued, Instant end) {
        String account = principal.account().orElseThrow();
        attempt.notes()
                .resource(new Resource(
                        account, "Keytrail::Account", "arn:aws:keytrail::" + account + ":account/" + account));
        Facts shown = Facts.facts()
                .put("accessKeyId", issued.accessKeyId())
                .put("expiration", end)
                .put("arn", principal.arn());
        return Effect.of(new Granted(
                        issued.accessKeyId(), issued.secret(), issued.token(), end, account, principal.arn(), region))
                .showing(shown);
    }

    private String permitted(Attempt attempt, Optional<String> service) {
        String name = service.filter(text -> text.matches(SERVICE))
                .orElseThrow(() -> invalid("Service is missing or invalid"));
        permit.demandOfOperator(attempt, "arn:aws:keytrail::" + attempt.call().account() + ":service/" + name);
        return name;
    }

    private static String signingName(String service) {
        return service.substring(0, service.indexOf('.'));
    }

    private static Refused invalid(String message) {
        return new Refused(ApiError.of("ValidationException", message));
    }
}
