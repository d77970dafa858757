package dev.keytrail.call;

import java.util.Optional;

/** Who a caller is. The closed set behind CloudTrail's {@code userIdentity.type}. */
public sealed interface Principal {
    /** The twelve-digit account the principal belongs to; empty for {@link Nobody} and for services. */
    Optional<String> account();

    /** The principal's ARN as STS GetCallerIdentity and access-denied texts print it. */
    String arn();

    /** The unique id: account number, {@code AIDA...}, {@code AROA...:session}, {@code account:name}. */
    String id();

    /** The root user of an account. */
    record Root(String accountId) implements Principal {
        @Override
        public Optional<String> account() {
            return Optional.of(accountId);
        }

        @Override
        public String arn() {
            return "arn:aws:iam::" + accountId + ":root";
        }

        @Override
        public String id() {
            return accountId;
        }
    }

    /** An IAM user. {@code path} begins and ends with a slash. */
    record User(String accountId, String id, String path, String name) implements Principal {
        @Override
        public Optional<String> account() {
            return Optional.of(accountId);
        }

        @Override
        public String arn() {
            return "arn:aws:iam::" + accountId + ":user" + path + name;
        }
    }

    /** A session of a role. {@code roleId} is {@code AROA...}; {@code rolePath} begins and ends with a slash. */
    record RoleSession(String accountId, String roleId, String rolePath, String roleName, String sessionName)
            implements Principal {
        @Override
        public Optional<String> account() {
            return Optional.of(accountId);
        }

        @Override
        public String arn() {
            return "arn:aws:sts::" + accountId + ":assumed-role/" + roleName + "/" + sessionName;
        }

        @Override
        public String id() {
            return roleId + ":" + sessionName;
        }

        public String roleArn() {
            return "arn:aws:iam::" + accountId + ":role" + rolePath + roleName;
        }
    }

    /** A federated user made by GetFederationToken; {@code issuer} is the user (or root) that made it. */
    record FederatedUser(String accountId, String name, Principal issuer) implements Principal {
        @Override
        public Optional<String> account() {
            return Optional.of(accountId);
        }

        @Override
        public String arn() {
            return "arn:aws:sts::" + accountId + ":federated-user/" + name;
        }

        @Override
        public String id() {
            return accountId + ":" + name;
        }
    }

    /**
     * Somebody without credentials whom an identity provider vouches for, while they ask for a role: CloudTrail's
     * {@code WebIdentityUser} and {@code SAMLUser}.
     *
     * @param accountId the account that trusts the provider
     * @param saml whether a SAML assertion vouches, rather than an OpenID Connect token
     * @param provider as {@code identityProvider} shows it
     * @param id as {@code principalId} shows it
     * @param name the subject
     */
    record ProviderUser(String accountId, boolean saml, String provider, String id, String name) implements Principal {
        @Override
        public Optional<String> account() {
            return Optional.of(accountId);
        }

        @Override
        public String arn() {
            return id;
        }
    }

    /**
     * Somebody at the sign-in page who has not proven yet to be the user that is named.
     *
     * @param userId empty when there is no such user
     * @param name as events show it
     */
    record Claimed(String accountId, Optional<String> userId, String name) implements Principal {
        @Override
        public Optional<String> account() {
            return Optional.of(accountId);
        }

        @Override
        public String arn() {
            return "anonymous";
        }

        @Override
        public String id() {
            return userId.orElse("");
        }
    }

    /** A service acting by itself, e.g. {@code cloudtrail.amazonaws.com}. */
    record ServicePrincipal(String name) implements Principal {
        @Override
        public Optional<String> account() {
            return Optional.empty();
        }

        @Override
        public String arn() {
            return name;
        }

        @Override
        public String id() {
            return name;
        }
    }

    /** A request that names no valid caller: unsigned, badly signed, unknown key. */
    record Nobody() implements Principal {
        @Override
        public Optional<String> account() {
            return Optional.empty();
        }

        @Override
        public String arn() {
            return "anonymous";
        }

        @Override
        public String id() {
            return "ANONYMOUS_PRINCIPAL";
        }
    }
}
