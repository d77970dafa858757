package dev.keytrail.identity.op;

import dev.keytrail.call.Entropy;
import dev.keytrail.call.Operation;
import dev.keytrail.crypto.Vault;
import dev.keytrail.identity.directory.AccessKeys;
import dev.keytrail.identity.directory.Authenticator;
import dev.keytrail.identity.directory.Bootstrap;
import dev.keytrail.identity.directory.Identifiers;
import dev.keytrail.identity.directory.IdentityPolicies;
import dev.keytrail.identity.directory.KeyUse;
import dev.keytrail.identity.directory.SessionTokens;
import dev.keytrail.identity.federation.KeySource;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.PolicyCache;
import java.util.ArrayList;
import java.util.List;

/** The rows of this room, and sign-in, which has none. */
public final class Operations {
    private final List<Operation<?, ?>> rows;
    private final SignIn signIn;

    private Operations(List<Operation<?, ?>> rows, SignIn signIn) {
        this.rows = List.copyOf(rows);
        this.signIn = signIn;
    }

    public List<Operation<?, ?>> rows() {
        return rows;
    }

    public SignIn signIn() {
        return signIn;
    }

    public static Operations open(
            Authorizer authorizer,
            PolicyCache cache,
            IdentityPolicies policies,
            Identifiers identifiers,
            AccessKeys accessKeys,
            Bootstrap bootstrap,
            SessionTokens tokens,
            AuthorizationMessages messages,
            KeySource published,
            KeyUse uses,
            Vault vault,
            Entropy entropy,
            Authenticator authenticator) {
        Mfa mfa = new Mfa(vault, entropy);
        Permit permit = new Permit(authorizer, policies);
        Documents documents = new Documents(cache);
        Trust trust = new Trust(authorizer, policies, documents);
        PasswordWork passwords = new PasswordWork(entropy);
        AssumeRole assumeRole = new AssumeRole(trust, documents, tokens, mfa);
        List<Operation<?, ?>> rows = new ArrayList<>(List.of(
                new CreateAccount(permit, bootstrap).row(),
                GetCallerIdentity.row(),
                new GetAccessKeyInfo(permit).row(),
                new DecodeAuthorizationMessage(permit, messages).row(),
                assumeRole.row(),
                new GetSessionToken(tokens, mfa).row(),
                new GetFederationToken(permit, documents, tokens).row(),
                new CreateUser(permit, identifiers).row(),
                new GetUser(permit).row(),
                new ListUsers(permit).row(),
                new UpdateUser(permit).row(),
                new DeleteUser(permit).row(),
                new CreateAccessKey(permit, accessKeys).row(),
                new ListAccessKeys(permit).row(),
                new UpdateAccessKey(permit).row(),
                new DeleteAccessKey(permit).row(),
                new CreateRole(permit, documents, identifiers).row(),
                new GetRole(permit, uses).row(),
                new ListRoles(permit).row(),
                new UpdateAssumeRolePolicy(permit, documents).row(),
                new DeleteRole(permit).row(),
                new CreatePolicy(permit, documents, identifiers).row(),
                new GetPolicy(permit).row(),
                new ListPolicies(permit).row(),
                new DeletePolicy(permit).row(),
                new ListEntitiesForPolicy(permit).row(),
                new GetAccountSummary(permit).row(),
                new GetAccountAuthorizationDetails(permit).row(),
                new CreateGroup(permit, identifiers).row(),
                new GetGroup(permit).row(),
                new DeleteGroup(permit).row()));
        FederatedRole federated = new FederatedRole(trust, documents, tokens);
        rows.add(new AssumeRoleWithWebIdentity(federated, documents, published).row());
        rows.add(new AssumeRoleWithSaml(federated, documents, vault).row());
        rows.add(new PutProviderKeys(permit).row());
        rows.addAll(new RootPasswords(permit, passwords).rows());
        rows.add(new GetAccessKeyLastUsed(permit, uses).row());
        rows.add(new CreateServiceLinkedRole(permit, identifiers).row());
        rows.addAll(new MfaDevices(permit, mfa).rows());
        rows.addAll(new LoginProfiles(permit, passwords).rows());
        rows.addAll(new ServiceAccess(permit, authenticator, tokens).rows());
        rows.addAll(new GuardrailRows(permit, documents).rows());
        rows.addAll(new OidcProviders(permit).rows());
        rows.addAll(new SamlProviders(permit, identifiers, vault).rows());
        rows.addAll(new PolicyVersions(permit, documents).rows());
        rows.addAll(new Simulations(permit, documents, policies, new Simulator(authorizer, documents)).rows());
        rows.addAll(new AccountAliases(permit).rows());
        rows.addAll(new ListGroups(permit).rows());
        rows.addAll(new Membership(permit).rows());
        rows.addAll(new UpdateRole(permit).rows());
        rows.addAll(InlinePolicies.rows(permit, documents));
        rows.addAll(ManagedAttachments.rows(permit));
        rows.addAll(Boundaries.rows(permit));
        rows.addAll(Tagging.rows(permit));
        return new Operations(
                rows,
                new SignIn(
                        authenticator,
                        new ConsoleLogin(permit, passwords, mfa, tokens),
                        new SigninTokens(vault, tokens),
                        new SwitchRole(assumeRole),
                        new OAuth(permit, vault, entropy, tokens, authenticator)));
    }
}
