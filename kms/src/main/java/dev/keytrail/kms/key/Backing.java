package dev.keytrail.kms.key;

import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.Optional;

/**
 * Where the material is of a key that lives in a custom key store.
 *
 * @param storeId {@code cks-...}, of the key's own account and Region
 * @param keeper what in the store holds the material
 */
public record Backing(String storeId, Keeper keeper) {
    /** The two kinds of store. */
    public sealed interface Keeper {}

    /** A key that an external key manager keeps. @param keyId its name there ({@code XksKeyId}) */
    public record ExternalKey(String keyId) implements Keeper {}

    /**
     * A key inside a PKCS#11 token.
     *
     * @param clusterId {@code cluster-...}: the token, as the operator named it
     * @param objectId the token key's {@code CKA_ID}, 64 hex digits
     */
    public record TokenKey(String clusterId, String objectId) implements Keeper {}

    public Optional<String> externalKeyId() {
        return keeper instanceof ExternalKey(String keyId) ? Optional.of(keyId) : Optional.empty();
    }

    public Optional<TokenKey> tokenKey() {
        return keeper instanceof TokenKey key ? Optional.of(key) : Optional.empty();
    }

    void write(RowWriter out) {
        out.text(storeId);
        switch (keeper) {
            case ExternalKey(String keyId) -> out.number(1).text(keyId);
            case TokenKey(String clusterId, String objectId) ->
                out.number(2).text(clusterId).text(objectId);
        }
    }

    static Backing read(RowReader in) {
        String storeId = in.text();
        int kind = in.integer();
        return new Backing(
                storeId,
                switch (kind) {
                    case 1 -> new ExternalKey(in.text());
                    case 2 -> new TokenKey(in.text(), in.text());
                    default -> throw new IllegalArgumentException("keeper of kind " + kind);
                });
    }
}
