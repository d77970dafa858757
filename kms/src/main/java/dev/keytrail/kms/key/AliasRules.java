package dev.keytrail.kms.key;

/** What an alias may be called and point to (kms.md section 13). The pattern was checked on the wire. */
public final class AliasRules {
    private AliasRules() {}

    /**
     * In AWS's order: prefix, reserved names, characters. The texts are AWS's: of the prefix as seen in 2023
     * (aws-controllers-k8s/community #1878), of the colon in 2020 (hashicorp/terraform-provider-aws #12891).
     */
    public static void demandUsable(String name) {
        if (!name.startsWith(Alias.PREFIX)) {
            throw KmsErrors.invalidAliasPrefix();
        }
        if (name.startsWith(Alias.RESERVED_PREFIX)) {
            throw KmsErrors.reservedAlias();
        }
        if (name.indexOf(':') >= 0) {
            throw KmsErrors.invalid(name + " contains invalid characters for an alias");
        }
        if (name.length() == Alias.PREFIX.length()) {
            throw KmsErrors.invalidAliasName("The alias name must not be empty.");
        }
    }

    public static void demandKeyName(String targetKeyId) {
        if (targetKeyId.startsWith(Alias.PREFIX) || targetKeyId.startsWith("arn:") && targetKeyId.contains(":alias/")) {
            throw KmsErrors.invalid("Aliases must refer to keys. Not aliases");
        }
    }

    public static void demandWithinQuota(AliasNames names, int most) {
        if (names.names().size() > most) {
            throw KmsErrors.limitExceeded("A key can have at most " + most + " aliases.");
        }
    }
}
