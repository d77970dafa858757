package dev.keytrail.kms.key;

/**
 * How much there may be of what calls can make without end (kms.md section 18). The rest of AWS's resource quotas is
 * fixed: tags, policy size, rotations on demand.
 *
 * @param keys customer managed keys of an account in a Region, whatever their state
 * @param aliasesOfKey aliases of one key
 * @param grantsOfKey grants of one key
 */
public record Quotas(int keys, int aliasesOfKey, int grantsOfKey) {
    /** AWS's own. */
    public static final Quotas DEFAULT = new Quotas(100_000, AliasNames.COUNT_MAX, 50_000);
}
