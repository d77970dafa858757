package dev.keytrail.identity.directory;

import dev.keytrail.call.Table;
import dev.keytrail.crypto.Rewrapping;
import java.util.List;
import java.util.Locale;

/**
 * The state rows of this room. Names are unique without case in an account, so keys hold them in lower case; access keys
 * are unique in the server and keyed by their id alone.
 */
public final class IdentityTables {
    public static final Table<Account> ACCOUNTS = new Table<>("identity.account", Account.CODEC);
    public static final Table<AccessKey> ACCESS_KEYS = new Table<>("identity.access-key", AccessKey.CODEC);
    public static final Table<User> USERS = new Table<>("identity.user", User.CODEC);
    public static final Table<Group> GROUPS = new Table<>("identity.group", Group.CODEC);
    public static final Table<Role> ROLES = new Table<>("identity.role", Role.CODEC);
    public static final Table<ManagedPolicy> POLICIES = new Table<>("identity.policy", ManagedPolicy.CODEC);
    /** Keyed by alias, and once more by account number, which no alias can be. */
    public static final Table<AccountAlias> ALIASES = new Table<>("identity.account-alias", AccountAlias.CODEC);

    /** Keyed by account and issuer, which is a URL and compares exactly. */
    public static final Table<OidcProvider> OIDC_PROVIDERS = new Table<>("identity.oidc-provider", OidcProvider.CODEC);

    public static final Table<SamlProvider> SAML_PROVIDERS = new Table<>("identity.saml-provider", SamlProvider.CODEC);

    public static final Table<MfaDevice> MFA_DEVICES = new Table<>("identity.mfa-device", MfaDevice.CODEC);

    /** Keyed by account number; an account without guardrails has no row. */
    public static final Table<Guardrails> GUARDRAILS = new Table<>("identity.guardrails", Guardrails.CODEC);

    public static final Table<SignInCode> SIGN_IN_CODES = new Table<>("identity.sign-in-code", SignInCode.CODEC);

    private IdentityTables() {}

    /** Every table of the room, for the store. */
    public static List<Table<?>> all() {
        return List.of(
                ACCOUNTS,
                ACCESS_KEYS,
                USERS,
                GROUPS,
                ROLES,
                POLICIES,
                ALIASES,
                OIDC_PROVIDERS,
                SAML_PROVIDERS,
                MFA_DEVICES,
                GUARDRAILS,
                SIGN_IN_CODES);
    }

    /** Rows with secrets under the root key. */
    public static List<Rewrapping<?>> rewrappings() {
        return List.of(
                new Rewrapping<>(ACCESS_KEYS, (vault, key) -> key.renewed(vault)),
                new Rewrapping<>(MFA_DEVICES, (vault, device) -> device.renewed(vault)),
                new Rewrapping<>(SAML_PROVIDERS, (vault, provider) -> provider.renewed(vault)));
    }

    /** The key of a user, group, role or policy row. */
    public static String key(String account, String name) {
        return prefix(account) + name.toLowerCase(Locale.ROOT);
    }

    /** What all keys of an account's rows start with. */
    public static String prefix(String account) {
        return account + "/";
    }
}
