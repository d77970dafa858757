package dev.keytrail.audit;

import static dev.keytrail.audit.JsonBytes.ascii;

import dev.keytrail.call.Caller;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Session;
import java.util.Optional;

/** Writes {@code userIdentity} (cloudtrail.md B), complete for the caller's own account and reduced for others. */
final class Identity {
    private static final byte[] TYPE = ascii("{\"type\":\"");
    private static final byte[] PRINCIPAL_ID = ascii("\",\"principalId\":");
    private static final byte[] ARN = ascii(",\"arn\":");
    private static final byte[] ACCOUNT_ID = ascii(",\"accountId\":");
    private static final byte[] ACCESS_KEY_ID = ascii(",\"accessKeyId\":");
    private static final byte[] USER_NAME = ascii(",\"userName\":");
    private static final byte[] SESSION_CONTEXT = ascii(",\"sessionContext\":{");
    private static final byte[] SESSION_ISSUER = ascii("\"sessionIssuer\":");
    private static final byte[] CREATION_DATE = ascii("\"attributes\":{\"creationDate\":");
    private static final byte[] MFA = ascii(",\"mfaAuthenticated\":\"");
    private static final byte[] SOURCE_IDENTITY = ascii(",\"sourceIdentity\":");
    private static final byte[] INVOKED_BY = ascii(",\"invokedBy\":");
    private static final byte[] AWS_SERVICE = ascii("{\"type\":\"AWSService\",\"invokedBy\":");
    private static final byte[] UNKNOWN = ascii("{\"type\":\"Unknown\"");
    private static final byte[] ROOT = ascii("Root");
    private static final byte[] IAM_USER = ascii("IAMUser");
    private static final byte[] ASSUMED_ROLE = ascii("AssumedRole");
    private static final byte[] ROLE = ascii("Role");
    private static final byte[] FEDERATED_USER = ascii("FederatedUser");
    private static final byte[] AWS_ACCOUNT = ascii("AWSAccount");

    private static final byte[] SAML_USER = ascii("SAMLUser");
    private static final byte[] WEB_IDENTITY_USER = ascii("WebIdentityUser");
    private static final byte[] IDENTITY_PROVIDER = ascii(",\"identityProvider\":");
    private static final byte[] WEB_ID_FEDERATION = ascii("\"webIdFederationData\":{\"federatedProvider\":");
    private static final byte[] NO_ATTRIBUTES = ascii(",\"attributes\":{}},");

    private Identity() {}

    static void write(JsonBytes out, Caller caller) {
        switch (caller.principal()) {
            case Principal.ServicePrincipal service ->
                out.raw(AWS_SERVICE).string(service.name()).raw('}');
            case Principal.Nobody _ -> {
                out.raw(UNKNOWN);
                // The key id that a bad signature claims is what an operator looks for.
                caller.accessKeyId().ifPresent(id -> out.raw(ACCESS_KEY_ID).string(id));
                out.raw('}');
            }
            case Principal.ProviderUser user -> {
                out.raw(TYPE).raw(user.saml() ? SAML_USER : WEB_IDENTITY_USER);
                out.raw(PRINCIPAL_ID).string(user.id());
                out.raw(USER_NAME).string(user.name());
                out.raw(IDENTITY_PROVIDER).string(user.provider()).raw('}');
            }
            case Principal.Claimed user -> {
                out.raw(TYPE).raw(IAM_USER);
                if (user.userId().isPresent()) {
                    out.raw(PRINCIPAL_ID).string(user.userId().get());
                } else {
                    out.raw('"');
                }
                out.raw(ACCOUNT_ID).string(user.accountId());
                out.raw(ACCESS_KEY_ID).string("");
                out.raw(USER_NAME).string(user.name()).raw('}');
            }
            case Principal.Root root -> known(out, caller, ROOT, root, Optional.empty());
            case Principal.User user -> known(out, caller, IAM_USER, user, Optional.of(user.name()));
            case Principal.RoleSession role -> known(out, caller, ASSUMED_ROLE, role, Optional.empty());
            case Principal.FederatedUser user -> known(out, caller, FEDERATED_USER, user, Optional.empty());
        }
    }

    /** What the owner of a resource learns of another account's caller. */
    static void writeReduced(JsonBytes out, Caller caller) {
        if (caller.principal().account().isEmpty()) {
            write(out, caller);
            return;
        }
        out.raw(TYPE).raw(AWS_ACCOUNT);
        out.raw(PRINCIPAL_ID).string(caller.principal().id());
        out.raw(ACCOUNT_ID).string(caller.accountOrOperator()).raw('}');
    }

    private static void known(
            JsonBytes out, Caller caller, byte[] type, Principal principal, Optional<String> userName) {
        subject(out, type, principal.id(), principal.arn(), caller.accountOrOperator(), caller.accessKeyId(), userName);
        Optional<Session> session = caller.session();
        boolean switching = session.isEmpty() && principal instanceof Principal.RoleSession;
        Optional<Issuer> issuer = switching ? Optional.empty() : issuer(principal);
        if (session.isPresent() || issuer.isPresent()) {
            sessionContext(out, session, issuer);
        }
        if (caller.invokedBy().isPresent()) {
            out.raw(INVOKED_BY).string(caller.invokedBy().get());
        }
        out.raw('}');
    }

    /** Leaves the object open. */
    private static void subject(
            JsonBytes out,
            byte[] type,
            String id,
            String arn,
            String account,
            Optional<String> accessKeyId,
            Optional<String> userName) {
        out.raw(TYPE).raw(type);
        out.raw(PRINCIPAL_ID).string(id);
        out.raw(ARN).string(arn);
        out.raw(ACCOUNT_ID).string(account);
        if (accessKeyId.isPresent()) {
            out.raw(ACCESS_KEY_ID).string(accessKeyId.get());
        }
        if (userName.isPresent()) {
            out.raw(USER_NAME).string(userName.get());
        }
    }

    private static void sessionContext(JsonBytes out, Optional<Session> session, Optional<Issuer> issuer) {
        out.raw(SESSION_CONTEXT);
        if (issuer.isPresent()) {
            Issuer by = issuer.get();
            out.raw(SESSION_ISSUER);
            subject(out, by.type(), by.id(), by.arn(), by.account(), Optional.empty(), by.userName());
            out.raw('}');
            if (session.isPresent()) {
                out.raw(',');
            }
        }
        if (session.isPresent()) {
            Session s = session.get();
            if (s.federatedProvider().isPresent()) {
                out.raw(WEB_ID_FEDERATION).string(s.federatedProvider().get()).raw(NO_ATTRIBUTES);
            }
            out.raw(CREATION_DATE).instant(s.issuedAt().getEpochSecond());
            out.raw(MFA).bool(s.mfaAuthenticated()).raw('"').raw('}');
            if (s.sourceIdentity().isPresent()) {
                out.raw(SOURCE_IDENTITY).string(s.sourceIdentity().get());
            }
        }
        out.raw('}');
    }

    private record Issuer(Principal principal, String account) {
        byte[] type() {
            return switch (principal) {
                case Principal.RoleSession _ -> ROLE;
                case Principal.Root _ -> ROOT;
                default -> IAM_USER;
            };
        }

        /** A role's id is without the session's name. */
        String id() {
            return principal instanceof Principal.RoleSession role ? role.roleId() : principal.id();
        }

        String arn() {
            return principal instanceof Principal.RoleSession role ? role.roleArn() : principal.arn();
        }

        Optional<String> userName() {
            return switch (principal) {
                case Principal.RoleSession role -> Optional.of(role.roleName());
                case Principal.User user -> Optional.of(user.name());
                default -> Optional.empty();
            };
        }
    }

    private static Optional<Issuer> issuer(Principal principal) {
        return switch (principal) {
            case Principal.RoleSession role -> Optional.of(new Issuer(role, role.accountId()));
            case Principal.FederatedUser user -> Optional.of(new Issuer(user.issuer(), user.accountId()));
            default -> Optional.empty();
        };
    }

    /** LookupEvents' Username (cloudtrail.md E2). */
    static Optional<String> username(Caller caller) {
        return switch (caller.principal()) {
            case Principal.User user -> Optional.of(user.name());
            case Principal.RoleSession role -> Optional.of(role.sessionName());
            case Principal.FederatedUser user -> Optional.of(user.name());
            case Principal.Root _ -> Optional.of("root");
            case Principal.ProviderUser user -> Optional.of(user.name());
            case Principal.Claimed user -> Optional.of(user.name());
            case Principal.ServicePrincipal _, Principal.Nobody _ -> Optional.empty();
        };
    }
}
