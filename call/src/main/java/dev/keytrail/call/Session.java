package dev.keytrail.call;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What temporary credentials carry beside the principal.
 *
 * @param policies session policies: inline ones as documents, managed ones by ARN; they narrow, never widen
 * @param restricted true when session policies apply even if the list is empty (a federated user without any)
 * @param federatedProvider the OpenID Connect provider whose word the session was made on
 * @param transitiveTagKeys keys of {@code tags} that sessions made with this one inherit
 * @param fromConsole whether somebody signed in for it: {@code sessionCredentialFromConsole} in events
 * @param chained whether a role session made it
 */
public record Session(
        Instant issuedAt,
        Instant expiresAt,
        boolean mfaAuthenticated,
        Optional<String> sourceIdentity,
        Map<String, String> tags,
        List<String> policies,
        boolean restricted,
        List<String> transitiveTagKeys,
        Optional<String> federatedProvider,
        boolean fromConsole,
        boolean chained) {
    public Session {
        tags = Map.copyOf(tags);
        policies = List.copyOf(policies);
        transitiveTagKeys = List.copyOf(transitiveTagKeys);
    }

    /** One that carries nothing but its times. */
    public static Session of(Instant issuedAt, Instant expiresAt) {
        return new Session(
                issuedAt,
                expiresAt,
                false,
                Optional.empty(),
                Map.of(),
                List.of(),
                false,
                List.of(),
                Optional.empty(),
                false,
                false);
    }

    public Session lasting(Instant issued, Instant expires) {
        return with(draft -> {
            draft.issuedAt = issued;
            draft.expiresAt = expires;
        });
    }

    public Session withMfa(boolean used) {
        return with(draft -> draft.mfaAuthenticated = used);
    }

    public Session withSourceIdentity(Optional<String> identity) {
        return with(draft -> draft.sourceIdentity = identity);
    }

    /** @param transitive keys of those that are inherited */
    public Session withTags(Map<String, String> changed, List<String> transitive) {
        return with(draft -> {
            draft.tags = changed;
            draft.transitiveTagKeys = transitive;
        });
    }

    /** @param even as {@link #restricted}: by an empty list too */
    public Session narrowed(List<String> by, boolean even) {
        return with(draft -> {
            draft.policies = by;
            draft.restricted = even;
        });
    }

    public Session withFederatedProvider(String arn) {
        return with(draft -> draft.federatedProvider = Optional.of(arn));
    }

    public Session fromConsole(boolean console) {
        return with(draft -> draft.fromConsole = console);
    }

    public Session chained(boolean byRole) {
        return with(draft -> draft.chained = byRole);
    }

    private Session with(Consumer<Draft> change) {
        Draft draft = new Draft();
        change.accept(draft);
        return draft.session();
    }

    /** This session, while a copy with other members is made. */
    private final class Draft {
        private Instant issuedAt = Session.this.issuedAt;
        private Instant expiresAt = Session.this.expiresAt;
        private boolean mfaAuthenticated = Session.this.mfaAuthenticated;
        private Optional<String> sourceIdentity = Session.this.sourceIdentity;
        private Map<String, String> tags = Session.this.tags;
        private List<String> policies = Session.this.policies;
        private boolean restricted = Session.this.restricted;
        private List<String> transitiveTagKeys = Session.this.transitiveTagKeys;
        private Optional<String> federatedProvider = Session.this.federatedProvider;
        private boolean fromConsole = Session.this.fromConsole;
        private boolean chained = Session.this.chained;

        Session session() {
            return new Session(
                    issuedAt,
                    expiresAt,
                    mfaAuthenticated,
                    sourceIdentity,
                    tags,
                    policies,
                    restricted,
                    transitiveTagKeys,
                    federatedProvider,
                    fromConsole,
                    chained);
        }
    }
}
