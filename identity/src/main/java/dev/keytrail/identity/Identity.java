package dev.keytrail.identity;

import dev.keytrail.call.Entropy;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.Rewrapping;
import dev.keytrail.crypto.Vault;
import dev.keytrail.identity.directory.AccessKeys;
import dev.keytrail.identity.directory.Authenticator;
import dev.keytrail.identity.directory.Bootstrap;
import dev.keytrail.identity.directory.Identifiers;
import dev.keytrail.identity.directory.IdentityPolicies;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.KeyUse;
import dev.keytrail.identity.directory.SessionTokens;
import dev.keytrail.identity.federation.KeySource;
import dev.keytrail.identity.op.AuthorizationMessages;
import dev.keytrail.identity.op.Operations;
import dev.keytrail.identity.op.SignIn;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.PolicyCache;
import java.util.List;

/** The front of the room. One for a process; thread-safe. */
public final class Identity {
    private final Authenticator authenticator;
    private final IdentityPolicies policies;
    private final Bootstrap bootstrap;
    private final SessionTokens tokens;
    private final AuthorizationMessages messages;
    private final Operations operations;

    private Identity(
            Vault vault, Entropy entropy, Authorizer authorizer, PolicyCache cache, KeySource published, KeyUse uses) {
        Identifiers identifiers = new Identifiers(entropy);
        AccessKeys accessKeys = new AccessKeys(vault, identifiers);
        tokens = new SessionTokens(vault, identifiers, accessKeys);
        authenticator = new Authenticator(accessKeys, tokens);
        policies = new IdentityPolicies(cache);
        bootstrap = new Bootstrap(accessKeys, identifiers);
        messages = new AuthorizationMessages(vault);
        operations = Operations.open(
                authorizer,
                cache,
                policies,
                identifiers,
                accessKeys,
                bootstrap,
                tokens,
                messages,
                published,
                uses,
                vault,
                entropy,
                authenticator);
    }

    /**
     * @param published where keys of OpenID Connect providers come from
     * @param uses when access keys were last used
     */
    public static Identity open(
            Vault vault, Entropy entropy, Authorizer authorizer, PolicyCache cache, KeySource published, KeyUse uses) {
        return new Identity(vault, entropy, authorizer, cache, published, uses);
    }

    /** Every table of the room, for the store. */
    public static List<Table<?>> tables() {
        return IdentityTables.all();
    }

    /** How the room's secrets come under a new root key. */
    public static List<Rewrapping<?>> rewrappings() {
        return IdentityTables.rewrappings();
    }

    /** The operations of IAM and STS, and Keytrail's own CreateAccount. */
    public List<Operation<?, ?>> rows() {
        return operations.rows();
    }

    /** Sign-in, which the server has a front of its own for. */
    public SignIn signIn() {
        return operations.signIn();
    }

    public Authenticator authenticator() {
        return authenticator;
    }

    public IdentityPolicies policies() {
        return policies;
    }

    public Bootstrap bootstrap() {
        return bootstrap;
    }

    /** Makes the messages that DecodeAuthorizationMessage reads. */
    public AuthorizationMessages messages() {
        return messages;
    }

    public SessionTokens tokens() {
        return tokens;
    }
}
